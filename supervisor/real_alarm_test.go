package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// alarms is a project whose object runs what its alarm is told to.
const alarms = `import { DurableObject } from "cloudflare:workers";
export class Root extends DurableObject {
  log(line) { const l = this.ctx.storage.kv.get("log") ?? []; l.push(line); this.ctx.storage.kv.put("log", l); }
  async alarm(info) {
    const mode = this.ctx.storage.kv.get("mode");
    this.log(mode + info.retryCount + info.isRetry + (await this.ctx.storage.getAlarm()));
    if (mode === "fail" && info.retryCount < 1) throw new Error("the alarm fails");
    if (mode === "again") { this.ctx.storage.kv.put("mode", "done"); await this.ctx.storage.setAlarm(Date.now() + 50); }
    if (mode === "abort") { this.ctx.storage.kv.put("mode", "done"); await this.ctx.storage.sync(); this.ctx.abort(new Error("gone")); }
    if (mode === "flood") await this.ctx.storage.setAlarm(1);
    if (mode === "loop") for (;;) ;
  }
  async go(mode, ms) { this.ctx.storage.kv.put("mode", mode); await this.ctx.storage.setAlarm(Date.now() + ms); return "set"; }
  async fetch(request) {
    const [, what, a] = new URL(request.url).pathname.split("/");
    if (what === "log") return Response.json(this.ctx.storage.kv.get("log") ?? []);
    if (what === "get") return Response.json(await this.ctx.storage.getAlarm());
    if (what === "facet") {
      const f = this.ctx.facets.get("f", () => ({ class: this.ctx.exports.Root }));
      return new Response(await f.go("x", 5).catch(String));
    }
    return new Response(await this.go(what, Number(a)));
  }
}
export default { fetch(request, env) { const u = new URL(request.url); const [, name, ...rest] = u.pathname.split("/"); return env.ROOT.getByName(name).fetch("http://h/" + rest.join("/")); } }`

func logged(t *testing.T, p *Project, name string) string {
	t.Helper()
	code, body := get(p, "/"+name+"/log")
	if code != 200 {
		t.Fatalf("%d %s", code, body)
	}
	return body
}

func TestAlarms(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, alarms)
	want(t, p, "/a/once/20", "set")
	want(t, p, "/b/fail/20", "set")
	want(t, p, "/c/again/20", "set")
	want(t, p, "/d/abort/20", "set")
	want(t, p, "/e/far/100000", "set")
	want(t, p, "/e/facet", "Error: Facets currently cannot set alarms.")
	for name, log := range map[string]string{
		"a": `["once0falsenull"]`,
		"b": `["fail0falsenull","fail1truenull"]`,
		"c": `["again0falsenull","done0falsenull"]`,
		// The run that ended the instance is repeated, being none.
		"d": `["abort0falsenull","done1truenull"]`,
	} {
		eventually(t, name+" ran "+log, func() bool { return logged(t, p, name) == log })
		eventually(t, name+" is without an alarm", func() bool { _, got := get(p, "/"+name+"/get"); return got == "null" })
	}
	if got := logged(t, p, "e"); got != "[]" {
		t.Errorf("an alarm ran early: %s", got)
	}
}

// An alarm runs after a restart though nobody calls the object: after a clean one,
// and in a copy of the directory that was made while all ran, as a crash leaves it.
func TestAlarmAfterRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	copied := filepath.Join(t.TempDir(), "copy")
	// Where the machine is so slow that the alarm is due before all is over, the next
	// one has more time.
	for ahead := 2500 * time.Millisecond; ; ahead *= 2 {
		h := realHost(t, func(c *Config) { c.Dir = dir })
		p := project(t, h, alarms)
		begun := time.Now()
		want(t, p, fmt.Sprintf("/a/once/%d", ahead.Milliseconds()), "set")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		tighten(t, copied)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if time.Since(begun) < ahead {
			break
		}
		for _, d := range []string{dir, copied} {
			if err := os.RemoveAll(d); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, dir := range []string{dir, copied} {
		ended := make(chan *VerdictError, 100)
		h := realHost(t, func(c *Config) {
			c.Dir, c.IdleTimeout = dir, 300*time.Millisecond
			c.Ended = func(v *VerdictError) { ended <- v }
		})
		p := project(t, h, alarms)
		eventually(t, "the object was woken and rests", func() bool {
			for {
				select {
				case v := <-ended:
					if v.Verdict == Hibernated && strings.HasPrefix(v.Facet, "Root/") && len(logged(t, p, "a")) > 4 {
						return true
					}
				default:
					return false
				}
			}
		})
		if got := logged(t, p, "a"); got != `["once0falsenull"]` {
			t.Errorf("%s: %s", dir, got)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// tighten gives a copied directory the modes that a data directory has.
func tighten(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An object that sets its alarm for now, again and again, is held to a rate.
func TestAlarmFlood(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, alarms)
	begun := time.Now()
	want(t, p, "/a/flood/1", "set")
	eventually(t, "more runs than come at once, within the rate", func() bool {
		runs := strings.Count(logged(t, p, "a"), "flood")
		if most := 20 + int(time.Since(begun)/(100*time.Millisecond)) + 2; runs > most {
			t.Fatalf("%d runs in %v; want at most %d", runs, time.Since(begun), most)
		}
		return runs >= 40 && time.Since(begun) > 3*time.Second
	})
}

// Code in the supervisor has alarms, too.
func TestHostAlarms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	h := realHost(t, func(c *Config) { c.Dir = dir })
	o := h.Object("Go", "one")
	at := time.Now().Add(300 * time.Millisecond).Truncate(time.Millisecond)
	if err := o.SetAlarm(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if got, err := o.Alarm(t.Context()); err != nil || !got.Equal(at) {
		t.Fatalf("%v, %v; want %v", got, err, at)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = realHost(t, func(c *Config) { c.Dir = dir })
	o = h.Object("Go", "one")
	var runs atomic.Int32
	h.HandleAlarms("Go", func(ctx context.Context, o *Object, info AlarmInfo) error {
		if o.Name() != "one" || !info.Scheduled.Equal(at) || int32(info.Retry) != runs.Load() {
			t.Errorf("%s %v %d", o.Name(), info.Scheduled, info.Retry)
		}
		if got, err := o.Alarm(ctx); err != nil || !got.IsZero() {
			t.Errorf("while it runs: %v, %v", got, err)
		}
		if runs.Add(1) == 1 {
			return errors.New("once more")
		}
		return nil
	})
	eventually(t, "the handler ran twice", func() bool { return runs.Load() == 2 })
	eventually(t, "there is none", func() bool { got, err := o.Alarm(t.Context()); return err == nil && got.IsZero() })
	p := project(t, h, alarms)
	_ = p
	if err := p.objectFor(t, "x").SetAlarm(t.Context(), at); err == nil {
		t.Error("the alarm of a project's object was set from outside")
	}
}

func (p *Project) objectFor(t *testing.T, name string) *Object {
	t.Helper()
	return p.Object("Root", name).inc.node.object
}
