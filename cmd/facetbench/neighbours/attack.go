//go:build linux && amd64

package main

// attack is one thing that a bad neighbour does.
type attack struct {
	name     string
	resource string
	// path is the tenant's; "" is no attack, or one that JavaScript can't make.
	path string
	// clients make it at a time.
	clients int
	// native is the number of a case of the battery, made in a sandbox of its own.
	native int
	// noPeer says why it is not made on the peer.
	noPeer string
}

var attacks = []attack{
	{name: "none", resource: "–"},
	{name: "endless loop", resource: "CPU", path: "loop", clients: 1},
	{name: "endless microtasks", resource: "CPU", path: "microtasks", clients: 1},
	{name: "512 MiB of buffers", resource: "memory", path: "memory", clients: 1},
	{name: "bombs of threads and processes", resource: "pids", native: 57,
		noPeer: "JavaScript cannot ask for a thread or process; the attempt is native, and an engine that was taken over there is in the process of all tenants"},
	{name: "128 MB into the database", resource: "disk", path: "disk", clients: 1},
	{name: "a storm of 1 MiB commits", resource: "I/O", path: "io", clients: 4},
	{name: "50 MB of log lines", resource: "logs", path: "logs", clients: 1},
	{name: "200,000 chunks of one byte", resource: "frames", path: "frames", clients: 2},
	{name: "500 requests held open", resource: "connections", path: "connections", clients: 500},
}
