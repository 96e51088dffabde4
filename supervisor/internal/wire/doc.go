// Package wire carries many calls over the one stream between the supervisor
// and a runner (message Packet of package facetv1).
//
// The other side is hostile. Every frame is checked against the state of the
// call it belongs to; the first one that the contract forbids ends the
// connection with a [ViolationError], which the owner turns into the verdict
// protocol-violation. Each call has its own window of 262144 bytes in each
// direction, so a call that does not read costs at most that much memory and
// holds up nobody else.
//
// One goroutine sends, coalescing the frames of all calls into packets; one
// receives. A call that is alone sends by itself, which saves the hand-over.
package wire
