package wire

import (
	"context"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// MaxAlarm is the end of the time at which an alarm may be, in milliseconds since
// the epoch: the end of the year 2189, as on the peer.
const MaxAlarm = 6942585600000

// Alarm runs the object's alarm() handler, or asks what its alarm is.
func (m *Mux) Alarm(ctx context.Context, a *facetv1.AlarmTarget) error {
	result, err := m.call(ctx, &facetv1.RpcCall{Args: noArgs, Target: &facetv1.Target{To: &facetv1.Target_Alarm{Alarm: a}}}, nil, nil)
	refs.Drop(result.Caps...)
	return err
}

// alarmFrame takes what the runner says of its alarm.
func (m *Mux) alarmFrame(a *facetv1.Alarm) error {
	if a == nil || m.cfg.Alarm == nil || a.TimeMs < 0 || a.TimeMs >= MaxAlarm {
		return violation("an alarm of an instance that may have none, or at no time")
	}
	m.cfg.Alarm(a.TimeMs)
	return nil
}
