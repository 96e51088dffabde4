package workers_test

import (
	"testing"
	"time"

	"github.com/facetd/facetd/facet/js"
)

const alarmClass = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  async alarm(info) {
    const s = this.ctx.storage, mode = s.kv.get("mode");
    s.kv.put("seen", [info, await s.getAlarm()]);
    if (mode === "fail") throw new Error("fails");
    if (mode === "delete") { await s.deleteAlarm(); throw new Error("deleted"); }
    if (mode === "later") await s.setAlarm(4e12);
    if (mode === "rolled back") await s.transaction(async (txn) => { await txn.setAlarm(4e12); txn.rollback(); });
  }
  async set(mode, at) { this.ctx.storage.kv.put("mode", mode); await this.ctx.storage.setAlarm(at); return await this.ctx.storage.getAlarm(); }
  async get() { return await this.ctx.storage.getAlarm(); }
  seen() { return this.ctx.storage.kv.get("seen"); }
  deleteAll() { return this.ctx.storage.deleteAll(); }
  async lost() { const s = this.ctx.storage; await s.setAlarm(4e12); try { s.transactionSync(() => { s.setAlarm(5e12); throw 1; }); } catch {} return await s.getAlarm(); }
}`

// alarmFrames records what the engine says of the alarm.
func alarmFrames(r *runner) chan int64 {
	c := make(chan int64, 100)
	r.onMessage = func(m js.Message) bool {
		if m.Kind == js.OutAlarm {
			c <- m.A
		}
		return m.Kind == js.OutAlarm
	}
	return c
}

func (r *runner) alarm(t *testing.T, text string) js.Message {
	t.Helper()
	id := r.call()
	r.post(t, js.Message{Kind: js.InAlarm, Call: id, S1: []byte(text)})
	return r.of(t, id, js.OutRpcResult, js.OutError)
}

func TestAlarm(t *testing.T) {
	if !alone(t) {
		return
	}
	r := start(t)
	frames := alarmFrames(r)
	next := func(want int64) {
		t.Helper()
		select {
		case got := <-frames:
			if got != want {
				t.Fatalf("the engine says %d; want %d", got, want)
			}
		case <-time.After(answerTime):
			t.Fatal("the engine says nothing of its alarm")
		}
	}
	if m := r.load(t, code{source: alarmClass, class: "App", about: about{Grants: grants{Alarms: true}}}); m.Kind != js.OutLoaded {
		t.Fatalf("%+v", m)
	}
	const due = `{"scheduledTime":1000,"retryCount":0,"drop":false}`
	past := func(mode string) string {
		t.Helper()
		got, err := r.rpc(t, "set", `["`+mode+`", 1000]`) // clamped to now
		if err != nil {
			t.Fatal(err)
		}
		<-frames
		return got
	}
	at := past("fail")
	if m := r.alarm(t, due); m.Kind != js.OutRpcResult {
		t.Fatalf("another alarm than the one that is due: %+v", m)
	}
	<-frames
	run := `{"scheduledTime":` + at + `,"retryCount":3,"drop":false}`
	if m := r.alarm(t, run); m.Kind != js.OutError || string(m.S2) != "fails" {
		t.Fatalf("%+v", m)
	}
	if got, _ := r.rpc(t, "get", "[]"); got != at {
		t.Errorf("after a failed run the alarm is %s; want %s", got, at)
	}
	if got, _ := r.rpc(t, "seen", "[]"); got != `[{"scheduledTime":`+at+`,"retryCount":3,"isRetry":true},null]` {
		t.Errorf("the handler saw %s", got)
	}
	if m := r.alarm(t, `{"scheduledTime":`+at+`,"retryCount":7,"drop":true}`); m.Kind != js.OutRpcResult {
		t.Fatalf("%+v", m)
	}
	next(-1)
	for _, tt := range []struct {
		mode  string
		fails bool
		after int64
	}{{"fine", false, -1}, {"delete", true, -1}, {"later", false, 4e12}, {"rolled back", false, -1}} {
		at := past(tt.mode)
		m := r.alarm(t, `{"scheduledTime":`+at+`,"retryCount":0,"drop":false}`)
		if (m.Kind == js.OutError) != tt.fails {
			t.Errorf("%s: %+v", tt.mode, m)
		}
		next(tt.after)
	}
	if got, err := r.rpc(t, "lost", "[]"); err != nil || got != "4000000000000" {
		t.Errorf("%s, %v", got, err)
	}
	next(4e12)
	if _, err := r.rpc(t, "deleteAll", "[]"); err != nil {
		t.Error(err)
	}
	next(4e12) // no date is before 2026-02-24
	if got, _ := r.rpc(t, "get", "[]"); got != "4000000000000" {
		t.Errorf("deleteAll of an old date left %s", got)
	}
	if len(frames) > 0 {
		t.Errorf("the engine says %d, though nothing changed", <-frames)
	}
}
