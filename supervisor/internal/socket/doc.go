// Package socket joins the two ends of a WebSocket connection: a client, or an
// instance, on either side. It knows neither HTTP nor the wire; what it moves are
// whole messages that whoever made them has checked.
package socket
