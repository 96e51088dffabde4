package egress

import (
	"net/netip"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	public := []string{"1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255",
		"2606:4700::1111", "2a00:1450::1", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"}
	special := []string{"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.9",
		"224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:101:101::1", "2001::1", "2001:db8::1", "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1",
		"fec0::1", "ff02::1", "100::1", "fd00:ec2::254", "::ffff:0:127.0.0.1"}
	var p policy
	for _, a := range public {
		if why := p.check(netip.MustParseAddr(a), true); why != "" {
			t.Errorf("%s: %s", a, why)
		}
	}
	for _, a := range special {
		if why := p.check(netip.MustParseAddr(a), true); why == "" {
			t.Errorf("%s passes for public", a)
		}
	}
	if why := p.check(netip.MustParseAddr("2606:4700::1%eth0"), true); why == "" {
		t.Error("an address with a zone passes")
	}
	// The same addresses pass where the operator opened their blocks, and only for
	// hosts that the operator named.
	open, err := parsePolicy(nil, []string{"0.0.0.0/0", "::/0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range special {
		if why := open.check(netip.MustParseAddr(a), true); why != "" {
			t.Errorf("control: %s: %s", a, why)
		}
		if why := open.check(netip.MustParseAddr(a), false); why == "" {
			t.Errorf("%s passes for a host of *", a)
		}
	}
}

func TestRules(t *testing.T) {
	p, err := parsePolicy([]string{"api.example.com", "*.example.org:8443", "127.0.0.1:80", "[2606:4700::1111]", "BÜCHER.example.", "a_b.example:65535"},
		[]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for dest, want := range map[string]admission{
		"api.example.com:80": verbatim, "api.example.com:443": verbatim, "API.example.COM.:443": verbatim, "api.example.com:8080": denied,
		"x.api.example.com:443": denied, "example.com:443": denied, "apiXexample.com:443": denied,
		"a.example.org:8443": named, "a.b.example.org:8443": named, "example.org:8443": denied, "evilexample.org:8443": denied, "a.example.org:443": denied,
		"127.0.0.1:80": verbatim, "127.0.0.2:80": denied, "[::ffff:127.0.0.1]:80": verbatim, "[2606:4700::1111]:443": verbatim, "[2606:4700::1112]:443": denied,
		"xn--bcher-kva.example:443": verbatim, "a_b.example:65535": verbatim,
	} {
		d, err := splitHost(dest)
		if err != nil {
			t.Errorf("%s: %v", dest, err)
			continue
		}
		if got := p.admit(d.host, d.addr, d.port); got != want {
			t.Errorf("%s: %v, want %v", dest, got, want)
		}
	}
	anywhere, err := parsePolicy([]string{"*", "in.example:80"}, []string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	if got := anywhere.admit("x.example", netip.Addr{}, 443); got != admitted {
		t.Errorf("*: %v", got)
	}
	if got := anywhere.admit("x.example", netip.Addr{}, 25); got != denied {
		t.Errorf("* at port 25: %v", got)
	}
	if got := anywhere.admit("in.example", netip.Addr{}, 80); got != verbatim {
		t.Errorf("the rule that says more: %v", got)
	}
	for _, wrong := range []string{"", ":80", "a:", "a:0", "a:65536", "a:+80", "a:080", "a:x", "::1", "[::1", "[1.2.3.4]", "[fe80::1%eth0]:80", "a b", "a/b", "http://a",
		"*.", "**", "a.*", "*.1", "1.2.3", "a..b", ".a", "127.1", "0x7f.1", "a@b", "*:x", "10.0.0.1", "[::1]:80", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "bb"} {
		if _, err := parsePolicy([]string{wrong}, nil); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	for _, wrong := range []string{"", "10.0.0.0", "10.0.0.0/33", "::ffff:10.0.0.0/104", "x/8", "fe80::1%eth0/64"} {
		if _, err := parsePolicy(nil, []string{wrong}); err == nil {
			t.Errorf("block %q is taken", wrong)
		}
	}
}

func TestURLs(t *testing.T) {
	for url, want := range map[string][3]string{ // host, path as sent, destination
		"http://a.example/":                        {"a.example", "/", "a.example:80"},
		"https://a.example":                        {"a.example", "/", "a.example:443"},
		"https://a.example:443/x?y#z":              {"a.example", "/x?y", "a.example:443"},
		"http://A.example.:8080/":                  {"a.example:8080", "/", "a.example:8080"},
		"http://[::ffff:127.0.0.1]/":               {"127.0.0.1", "/", "127.0.0.1:80"},
		"http://[2606:4700::1111]:8080/":           {"[2606:4700::1111]:8080", "/", "[2606:4700::1111]:8080"},
		"http://[2606:4700:0::1111]/":              {"[2606:4700::1111]", "/", "[2606:4700::1111]:80"},
		"http://a.example/a|b/%2F[]^?q=a|b'\\%20{": {"a.example", "/a|b/%2F[]^?q=a|b'\\%20{", "a.example:80"},
		"http://a.example?q":                       {"a.example", "/?q", "a.example:80"},
		"http://a.example/?":                       {"a.example", "/?", "a.example:80"},
		"http://a.example//x":                      {"a.example", "//x", "a.example:80"},
	} {
		u, d, err := parseURL(url)
		if err != nil || u.Host != want[0] || u.RequestURI() != want[1] || d.String() != want[2] {
			t.Errorf("%s: %+v %q %v %v", url, u, u.RequestURI(), d, err)
		}
	}
	for _, url := range []string{"", "/x", "a.example", "ftp://a.example/", "file:///etc/passwd", "http:/a", "http:a", "http://", "http://:80/", "http://a.example:/",
		"http://a.example:0/", "http://a.example:65536/", "http://a.example:-1/", "http://u@a.example/", "http://u:p@a.example/", "http://a.example@evil.example/",
		"http://a.example\\@evil.example/", "http://a.example/\r\nHost: evil", "http://a.example/\x00", "http://a.example/ü", "http://ü.example/", "http://127.1/", "http://2130706433/",
		"http://0x7f000001/", "http://0177.0.0.1/", "http://[fe80::1%25eth0]/", "http://[::1/", "http://a..b/", "http://a b/", "http://a%2eb/", "unix:///run/x.sock", "HTTP://x y/"} {
		if u, d, err := parseURL(url); err == nil {
			t.Errorf("%q is taken: %v %v", url, u, d)
		}
	}
}

// Whatever an operator writes, and whatever a runner asks for: what is admitted is
// covered by a rule, and no special address is dialled.
func FuzzPolicy(f *testing.F) {
	f.Add("*.example.com:443", "10.0.0.0/8", "https://a.example.com/")
	f.Add("*", "", "http://[::ffff:10.0.0.1]/")
	f.Add("[2606:4700::1111]:1", "::/0", "http://127.1/")
	f.Fuzz(func(t *testing.T, allow, private, url string) {
		var blocks []string
		if private != "" {
			blocks = []string{private}
		}
		p, err := parsePolicy([]string{allow}, blocks)
		if err != nil {
			return
		}
		u, d, err := parseURL(url)
		if err != nil {
			return
		}
		if d.addr.IsValid() == (d.host != "") || d.port == 0 || u.User != nil || strings.ContainsAny(u.Host, "@/\\ \r\n%") {
			t.Fatalf("%q gave %+v %+v", url, u, d)
		}
		again, err := splitHost(d.String())
		if err != nil || again != d {
			t.Fatalf("%q gave %v, which reads as %v, %v", url, d, again, err)
		}
		switch p.admit(d.host, d.addr, d.port) {
		case denied:
		case verbatim:
			if r := p.rules[0]; r.host != d.host || r.addr != d.addr {
				t.Fatalf("%q admits %v", allow, d)
			}
		case named:
			if !strings.HasSuffix("."+d.host, p.rules[0].suffix) {
				t.Fatalf("%q admits %v", allow, d)
			}
		case admitted:
			if allow[0] != '*' {
				t.Fatalf("%q admits %v", allow, d)
			}
		}
		if d.addr.IsValid() && d.addr.IsPrivate() && p.check(d.addr, false) == "" {
			t.Fatalf("%v passes", d.addr)
		}
	})
}
