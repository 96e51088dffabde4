package battery

import "strings"

var network = []Case{
	{Number: 49, Name: "connect out, to loopback, to the admin socket; resolve names", Expect: "DK", Gravest: true, App: []AppAttempt{
		{Name: "control: fetch the service", Script: "return (await fetch(`http://127.0.0.1:${port}/`)).text()", Works: true, Outbound: Service},
		{Name: "fetch loopback", Script: "return (await fetch(`http://127.0.0.1:${port}/`)).text()", Wall: noNetwork},
		{Name: "import node:net", Script: "return String((await import([\"node\", \"net\"].join(\":\"))).connect)", Wall: noModule},
	}, Attempts: []Attempt{
		{Name: "TCP to loopback", Probe: "dial {tcp}", Holders: netNS | landlock | filter, LandlockABI: landlockNet},
		{Name: "UDP to loopback", Probe: "udp {udp}", Holders: netNS | filter},
		{Name: "unix socket", Probe: "unix {socket}", Holders: root | filter},
	}},
	{Number: 50, Name: "connect to an abstract socket of the host", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "abstract", Probe: "abstract {abstract}", Holders: netNS | landlock | filter, LandlockABI: landlockScope},
	}},
	{Number: 51, Name: "pass descriptors over the link", Expect: "K", Attempts: []Attempt{
		{Name: "sendmsg on the link", Probe: "call sendmsg 3 bad 0", Holders: filter, Surface: true},
		{Name: "sendmmsg", Probe: "call sendmmsg 4 bad 1 0", Holders: filter, Surface: true},
		{Name: "recvmsg on the link", Probe: "call recvmsg 3 bad 0", Holders: filter, Surface: true},
		{Name: "the link under the number 4", Probe: "call dup2 3 4", Holders: filter, Files: true},
		{Name: "the link under the first free number", Probe: "call fcntl 3 1030 4", Holders: filter, Files: true},
		{Name: "recvmmsg", Probe: "call recvmmsg 3 bad 1 0 0", Holders: filter, Surface: true},
	}, Tests: append(tests("facet/internal/lockdown", "TestReceiveExactly"), tests("supervisor/internal/acceptance", "TestFilterDenies")...)},
	{Number: 52, Name: "raw, ICMP and packet sockets", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "raw", Probe: "call socket 2 3 1", Holders: caps | userNS | filter, Also: ids},
		{Name: "packet", Probe: "call socket 17 3 0x300", Holders: caps | userNS | filter, Also: ids},
		{Name: "ping", Probe: "call socket 2 2 1", Holders: filter, Surface: true},
	}},
	{Number: 53, Name: "list the host's network interfaces", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "netlink", Probe: "interfaces", Holders: netNS | filter, Leak: func(s string, _ *Battery) bool { return strings.Contains(s, "/up") }},
	}},
	{Number: 54, Name: "the cloud's metadata service", Expect: "DK", Gravest: true, App: []AppAttempt{
		{Name: "fetch", Script: "return (await fetch(\"http://169.254.169.254/latest/meta-data/\")).status", Wall: noNetwork},
	}, Attempts: []Attempt{
		{Name: "a route to it", Probe: "udp 169.254.169.254:80", Holders: netNS | filter, NoControl: "the host may have no route itself"},
	}, Tests: tests("supervisor/internal/acceptance", "TestNetworkControl")},
	{Number: 55, Name: "the supervisor as a proxy to private addresses (SSRF)", Expect: "R",
		App: []AppAttempt{
			{Name: "control: a mapped address", Script: "return (await fetch(`http://[::ffff:127.0.0.1]:${port}/`)).text()", Works: true, Outbound: Service},
			{Name: "a mapped address", Script: "return (await fetch(`http://[::ffff:127.0.0.1]:${port}/`)).text()", Wall: lost, Outbound: Public},
			{Name: "an address", Script: "return (await fetch(`http://127.0.0.1:${port}/`)).text()", Wall: lost, Outbound: Public},
			{Name: "an address as one number", Script: "return (await fetch(`http://2130706433:${port}/`)).text()", Wall: lost, Outbound: Public},
			{Name: "a name", Script: "return (await fetch(`http://localhost:${port}/`)).text()", Wall: lost, Outbound: Public},
			{Name: "user information", Script: "return (await fetch(`http://a@127.0.0.1:${port}/`)).text()", Wall: lost, Outbound: Public},
		}, Tests: append(tests("supervisor/internal/egress", "TestAddresses", "TestURLs", "TestRebinding", "TestUniformErrors", "TestRequestFields"), tests("supervisor", "TestHostileOutbound")...)},
	{Number: 56, Name: "a handshake that names another address", Expect: "R",
		Tests: tests("supervisor/internal/instance", "TestHandshake")},
}
