// Package server starts facetd and the peer, workerd, as a user would, waits until
// they listen, and stops them.
package server
