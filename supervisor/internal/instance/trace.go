package instance

import (
	"time"

	"golang.org/x/time/rate"
)

// traceBurst is what an instance may say of its calls at once, in bytes, beyond the
// rate of its log: the largest thing that it may say fits.
const traceBurst = 1 << 20

// traces limits what the instance says of its calls; what is more is dropped, and
// slows the instance down as a flood of console lines does.
func (a *Assignment) traces() func([]byte) {
	if a.Trace == nil {
		return nil
	}
	limit := rate.NewLimiter(rate.Limit(4*a.Limits.LogBytes), traceBurst)
	return func(json []byte) {
		if limit.AllowN(time.Now(), len(json)) {
			a.Trace(json)
			return
		}
		a.Trace(nil)
		time.Sleep(floodPause)
	}
}
