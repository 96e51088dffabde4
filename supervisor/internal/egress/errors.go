package egress

import "fmt"

// Error is why a request was not made, or its answer not given. What an
// application is told is the same for all that depends on addresses: whether a
// host inside exists is none of its business.
type Error struct {
	// Host is the host with its port, or what stood in their place, bounded.
	Host string
	// Reason is for the operator only.
	Reason string
	// Told is the text for the application; Class the class of its error.
	Told, Class string
	// Refused is set where the policy decided, and not the network.
	Refused bool
}

// Error gives the host and the reason, for the operator.
func (e *Error) Error() string { return e.Host + ": " + e.Reason }

// Lost is what the peer says of a connection that failed.
const Lost = "Network connection lost."

func lost(host string, format string, args ...any) *Error {
	return &Error{Host: host, Reason: fmt.Sprintf(format, args...), Told: Lost, Class: "Error"}
}

// refusedAddress is a refusal that reads like a failure.
func refusedAddress(host, reason string) *Error {
	e := lost(host, "%s", reason)
	e.Refused = true
	return e
}

// notListed is a refusal that tells nothing but what is in the request.
func notListed(host string) *Error {
	return &Error{Host: host, Reason: "the list of allowed hosts does not have it", Class: "Error", Refused: true,
		Told: "This worker is not permitted to access " + host + ": the list of allowed hosts does not have it."}
}

func badURL(url, reason string) *Error {
	url = url[:min(len(url), 200)]
	return &Error{Host: url, Reason: reason, Class: "TypeError", Refused: true, Told: "Fetch API cannot load: " + url}
}
