package wire

import "net/http"

// ParseHeaders parses flattened fields, which an [Incoming] has checked, with
// canonical names. Errors: a *[ViolationError], or one about the number of fields.
func ParseHeaders(b []byte, maxEntries int) (http.Header, error) { return parseHeaders(b, maxEntries) }
