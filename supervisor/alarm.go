package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/alarm"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// openClock opens the index of alarms and begins to look at the time.
func (h *Host) openClock() (err error) {
	path, err := h.store.AlarmFile()
	if err == nil {
		h.clock, err = alarm.Open(path, h.cfg.Logger)
	}
	if err != nil {
		return fmt.Errorf("open the index of alarms: %w", err)
	}
	return nil
}

// wake wakes an object of the namespace, starting it where it does not run.
func (n *namespace) wake(ctx context.Context, due alarm.Due) error {
	if !isHexID(due.ID) {
		return nil // no id of ours: the index was written by somebody else
	}
	id := ID{id: due.ID, name: due.Name, hasName: due.HasName}
	return wakeError(n.stub(id).alarm(ctx, &facetv1.AlarmTarget{
		ScheduledMs: due.Scheduled, RetryCount: uint32(due.Retry), Drop: due.Drop,
	}))
}

// alarm makes the call that an alarm is. It waits its turn like others.
func (s *Stub) alarm(ctx context.Context, a *facetv1.AlarmTarget) error {
	i, err := s.inc.enter(ctx, s.callback, nil, time.Time{})
	if err != nil {
		return err
	}
	defer s.inc.leave(i, nil)
	return i.Mux().Alarm(ctx, a)
}

// wakeError tells what counts as a failed run of the handler from what is not the
// object's doing.
func wakeError(err error) error {
	var busy *fault.BusyError
	var backoff *fault.BackoffError
	var verdict *fault.VerdictError
	switch {
	case errors.As(err, &busy):
		return &alarm.Postponed{Err: err, After: busy.RetryAfter}
	case errors.As(err, &backoff):
		return &alarm.Postponed{Err: err, After: backoff.RetryAfter}
	case errors.As(err, &verdict):
		switch verdict.Verdict {
		case fault.Hibernated, fault.Deleted, fault.StartFailed:
			return &alarm.Postponed{Err: err}
		case fault.SupervisorShutdown:
			return context.Canceled
		}
	}
	return err
}

// alarmWatch follows the alarm of an instance; nil follows none.
type alarmWatch struct {
	live     *alarm.Live
	instance *instance.Instance
	set      func(ms int64) // nil: it may not have one
}

// watchAlarm is called before an instance is assigned that may set its alarm.
func (s *start) watchAlarm(i *instance.Instance, id ID, may bool) (*alarmWatch, error) {
	o := s.inc.node.object
	switch {
	case o.entry != nil || s.inc.node.parent != nil:
		return &alarmWatch{}, nil
	case !may: // what it may have left from when its class had a handler goes
		return &alarmWatch{set: func(int64) {}}, nil
	}
	var name *string
	if id.hasName && len(id.name) <= maxAlarmName {
		name = &id.name
	}
	live, err := o.host.clock.Begin(s.ctx, alarm.Key{Namespace: o.key.namespace, ID: o.key.id}, name)
	if err != nil {
		return nil, err
	}
	return &alarmWatch{live, i, live.Set}, nil
}

// maxAlarmName bounds what is kept of an object's name beside its alarm, in bytes;
// an object of a longer one that an alarm wakes does not know its name.
const maxAlarmName = 4096

func (w *alarmWatch) end() {
	if w.live != nil {
		w.live.End(w.instance.LastAlarm())
	}
}

// AlarmInfo is what an alarm's handler is told.
type AlarmInfo struct {
	// Scheduled is the time that was set, to the millisecond.
	Scheduled time.Time
	// Retry counts the earlier runs that failed; 0 the first time.
	Retry int
}

// HandleAlarms says what is done when the alarm of an object of a namespace is due
// that code in the supervisor has set with [Object.SetAlarm]; those of a project's
// objects are handled by their classes. A handler that returns an error is called
// again, six times at most, after 2 s and then twice as long each time. One object's
// alarm is handled once at a time; the handler is to return when ctx ends. To be
// called each time a host is opened: until then alarms that are due wait.
func (h *Host) HandleAlarms(namespace string, handle func(context.Context, *Object, AlarmInfo) error) {
	h.clock.Attach(namespace, func(ctx context.Context, due alarm.Due) (err error) {
		if due.Drop {
			return nil
		}
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("the handler panicked: %v", p)
			}
			if err != nil {
				h.cfg.Logger.Error("the handler of an alarm failed", "facet", namespace+"/"+due.Name, "retry", due.Retry, "error", err)
			}
		}()
		return handle(ctx, h.Object(namespace, due.Name), AlarmInfo{Scheduled: time.UnixMilli(due.Scheduled), Retry: due.Retry})
	})
}

func (o *Object) alarmKey() (alarm.Key, error) {
	if o.entry != nil || !o.id.hasName || o.id != o.host.Object(o.key.namespace, o.id.name).id {
		return alarm.Key{}, errNotOurs
	}
	return alarm.Key{Namespace: o.key.namespace, ID: o.key.id}, nil
}

var errNotOurs = errors.New("this object belongs to a project: its class sets its alarm")

// Alarm returns the time that SetAlarm set; the zero time where there is none, or
// while its handler runs (fact T23).
func (o *Object) Alarm(ctx context.Context) (time.Time, error) {
	k, err := o.alarmKey()
	if err != nil {
		return time.Time{}, err
	}
	return o.host.clock.Get(ctx, k)
}

// SetAlarm has the handler of [Host.HandleAlarms] called at a time, also after a
// restart, and replaces the time that was set before; the zero time deletes it. It
// returns when that is on disk. It is no part of a transaction of [Object.DB].
func (o *Object) SetAlarm(ctx context.Context, at time.Time) error {
	k, err := o.alarmKey()
	if err != nil {
		return err
	}
	return o.host.clock.Put(ctx, k, o.id.name, at)
}
