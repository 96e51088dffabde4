// Package egress makes the requests that applications send to the outside. It is
// the only way out: no facet's process has a network.
//
// Everything is refused that a list does not name. The list is about hosts and
// ports; what a host's name resolves to is checked against the special-purpose
// address registries (RFC 6890) after each resolution, and the address that was
// checked is the one that is dialled, so a name whose answer changes gains
// nothing. Redirects are not followed here: the application's runtime makes
// another request, which is checked like the first.
//
// The package believes nothing of what it is given: a request may be the work of
// a process that was taken over, an answer that of any host in the world. It does
// not hide that a name resolves or how long that took, and it does not look into
// what allowed hosts are told.
package egress
