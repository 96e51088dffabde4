package wire

import (
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func alarmFrame(call uint64, ms int64) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Alarm{Alarm: &facetv1.Alarm{TimeMs: ms}}}
}

func TestAlarmFrames(t *testing.T) {
	said := make(chan int64, 10)
	may := func(c *Config) { c.Alarm = func(ms int64) { said <- ms } }
	_, p, _ := accepting(t, may, func(*Incoming) {})
	p.say(alarmFrame(0, 5), alarmFrame(0, 0), alarmFrame(0, MaxAlarm-1))
	for _, want := range []int64{5, 0, MaxAlarm - 1} {
		if got := <-said; got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	for name, tt := range map[string]struct {
		change func(*Config)
		frame  *facetv1.Frame
	}{
		"not granted":   {nil, alarmFrame(0, 5)},
		"negative":      {may, alarmFrame(0, -1)},
		"too late":      {may, alarmFrame(0, MaxAlarm)},
		"empty":         {may, &facetv1.Frame{Kind: &facetv1.Frame_Alarm{}}},
		"of a call":     {may, alarmFrame(1, 5)},
		"of a new call": {may, alarmFrame(2, 5)},
		"as a target": {may, &facetv1.Frame{Call: 2, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: "m",
			Target: &facetv1.Target{To: &facetv1.Target_Alarm{Alarm: &facetv1.AlarmTarget{ScheduledMs: 5}}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, p, lost := accepting(t, tt.change, func(*Incoming) {})
			p.say(tt.frame)
			if err := <-lost; !IsViolation(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTraceFrames(t *testing.T) {
	frame := func(text string) *facetv1.Frame {
		return &facetv1.Frame{Kind: &facetv1.Frame_Trace{Trace: &facetv1.Trace{Json: []byte(text)}}}
	}
	said := make(chan string, 1)
	may := func(c *Config) { c.Trace = func(json []byte) { said <- string(json) } }
	_, p, _ := accepting(t, may, func(*Incoming) {})
	p.say(frame(`{"outcome":"ok"}`))
	if got := <-said; got != `{"outcome":"ok"}` {
		t.Error(got)
	}
	for name, tt := range map[string]struct {
		change func(*Config)
		frame  *facetv1.Frame
	}{
		"not granted": {nil, frame("{}")},
		"no JSON":     {may, frame("{]")},
		"two":         {may, frame(`{},{}`)},
		"no object":   {may, frame(`[]`)},
		"nothing":     {may, &facetv1.Frame{Kind: &facetv1.Frame_Trace{}}},
		"huge":        {may, frame(`{"x":"` + string(make([]byte, MaxTrace)) + `"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			_, p, lost := accepting(t, tt.change, func(*Incoming) {})
			p.say(tt.frame)
			if err := <-lost; !IsViolation(err) {
				t.Errorf("%v", err)
			}
		})
	}
}
