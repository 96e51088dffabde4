package gateway

import (
	"io"
	"net/http"
	"time"
)

const (
	// defaultPatience is Options.ClientPatience where that is 0.
	defaultPatience = 30 * time.Second
	// bufferedBody is a body that net/http's buffer holds whole, in bytes: writing
	// it waits for nobody.
	bufferedBody = 2 << 10
)

// patience bounds each write to a client. The zero value does nothing.
type patience struct {
	control *http.ResponseController
	limit   time.Duration
}

func (o *Options) newPatience(w http.ResponseWriter, r *http.Request) patience {
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.WriteTimeout > 0 {
		return patience{} // whoever runs the server has decided
	}
	return patience{http.NewResponseController(w), o.clientPatience()}
}

func (o *Options) clientPatience() time.Duration {
	if o.ClientPatience == 0 {
		return defaultPatience
	}
	return o.ClientPatience
}

// limitRead begins the time for what the client still has to send: the server reads
// the rest of a body also where nobody wants it. The function ends it.
func (o *Options) limitRead(w http.ResponseWriter, r *http.Request) (end func()) {
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ReadTimeout > 0 {
		return func() {} // whoever runs the server has decided
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(o.clientPatience()))
	return func() { _ = control.SetReadDeadline(time.Time{}) }
}

// readWhole reads a body that is read before a call is made, which would bound it.
func (o *Options) readWhole(w http.ResponseWriter, r *http.Request, body []byte) error {
	end := o.limitRead(w, r)
	_, err := io.ReadFull(r.Body, body)
	if err == nil {
		end() // the server looks whether the client is still there
	}
	return err
}

// renew begins the time for the next write. Writers that know no deadlines have
// no slow client behind them.
func (p patience) renew() {
	if p.limit > 0 {
		_ = p.control.SetWriteDeadline(time.Now().Add(p.limit))
	}
}

// end lifts the deadline: the connection may serve other requests.
func (p patience) end() {
	if p.limit > 0 {
		_ = p.control.SetWriteDeadline(time.Time{})
	}
}
