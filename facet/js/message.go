package js

// Message is one message in either direction.
type Message struct {
	Kind int
	// Call is the call's id, below 2^53; 0: of no call.
	Call uint64
	// A is the message's number, within ±2^53.
	A int64
	// S1, S2, S3 are UTF-8 (invalid parts become U+FFFD), except for the header
	// strings that kinds.go names, which are Latin-1. NULs are fine.
	S1, S2, S3 []byte
	// Body is undefined in JavaScript where nil, an ArrayBuffer otherwise.
	Body []byte
}
