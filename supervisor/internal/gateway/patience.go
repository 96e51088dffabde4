package gateway

import (
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
	limit := o.ClientPatience
	if limit == 0 {
		limit = defaultPatience
	}
	return patience{http.NewResponseController(w), limit}
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
