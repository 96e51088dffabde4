// Package instance holds the life of one runner process: started and waiting,
// assigned to a facet, running, stopping, ended with a verdict.
//
// The process is reached through go-plugin, hardened: the handshake line is read
// and compared here before go-plugin sees a constant; the dialer returns the
// inherited socketpair whatever the line says, once; only the methods of service
// Facet may be called, so go-plugin's broker, stdio and controller streams never
// open; its logger never sees the child's text; message, header and start time
// are bounded. go-plugin's Kill is called for its bookkeeping after the process
// is dead.
package instance
