package gateway

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
)

// overloadedRetry is when to try a callee of a facet again that had no place.
const overloadedRetry = time.Second

// Status returns the status code for an error, and after how long the client
// should try again; 0 where that is not known.
func Status(err error) (code int, retry time.Duration) {
	var busy *fault.BusyError
	var backoff *fault.BackoffError
	var verdict *fault.VerdictError
	var remote *fault.RemoteError
	switch {
	case errors.Is(err, errHost), errors.Is(err, errTarget), errors.Is(err, errHandshake):
		return http.StatusBadRequest, 0
	case errors.Is(err, errVersion):
		return http.StatusUpgradeRequired, 0
	case errors.Is(err, errMethod):
		return http.StatusNotImplemented, 0
	case errors.Is(err, errHeaders):
		return http.StatusRequestHeaderFieldsTooLarge, 0
	case errors.Is(err, fault.ErrRequestTooLarge):
		return http.StatusRequestEntityTooLarge, 0
	case errors.As(err, &busy):
		return http.StatusServiceUnavailable, busy.RetryAfter
	case errors.As(err, &backoff):
		return http.StatusServiceUnavailable, backoff.RetryAfter
	case errors.Is(err, fault.ErrCallCPU), errors.Is(err, fault.ErrCallWall):
		return http.StatusGatewayTimeout, 0
	case errors.As(err, &verdict):
		return verdictStatus(verdict.Verdict)
	case errors.Is(err, fault.ErrResponseTooLarge), errors.Is(err, errProtocol):
		return http.StatusBadGateway, 0
	case errors.As(err, &remote) && remote.Overloaded:
		return http.StatusServiceUnavailable, overloadedRetry
	case errors.As(err, &remote):
		return http.StatusInternalServerError, 0
	}
	return http.StatusInternalServerError, 0
}

func verdictStatus(v fault.Verdict) (int, time.Duration) {
	switch v {
	case fault.CPULimit, fault.WallLimit:
		return http.StatusGatewayTimeout, 0
	case fault.SupervisorShutdown, fault.Hibernated:
		return http.StatusServiceUnavailable, time.Second
	}
	return http.StatusBadGateway, 0
}

// fail answers with a status and its standard text, and nothing else.
func fail(w http.ResponseWriter, code int, retry time.Duration) {
	h := w.Header()
	clear(h)
	if retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(retry.Seconds()))))
	}
	if code == http.StatusUpgradeRequired { // RFC 6455 section 4.4
		h.Set("Sec-WebSocket-Version", "13")
	}
	text := http.StatusText(code)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write([]byte(text))
}
