package instance

import "strconv"

// quote makes the runner's text harmless in a log line: control characters,
// escapes and invalid UTF-8 become visible.
func quote(s string) string { return strconv.QuoteToGraphic(s) }
