package runner

import "encoding/json"

// trace maps the places in a call's trace back to the modules'.
func (o *outbox) trace(text []byte) []byte {
	mapped := []byte(o.maps.apply(string(text)))
	if !json.Valid(mapped) { // a module's name that JSON would write otherwise
		return append([]byte(nil), text...)
	}
	return mapped
}
