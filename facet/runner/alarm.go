package runner

import (
	"fmt"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// alarmText is what an Alarm message says; messages.ts.
func alarmText(a *facetv1.AlarmTarget) []byte {
	return fmt.Appendf(nil, `{"scheduledTime":%d,"retryCount":%d,"drop":%t}`, a.ScheduledMs, a.RetryCount, a.Drop)
}

// alarmOf makes the frame's form of the engine's number; nil where it does not
// know.
func alarmOf(ms int64) *facetv1.Alarm {
	if ms < -1 {
		return nil
	}
	return &facetv1.Alarm{TimeMs: max(ms, 0)}
}
