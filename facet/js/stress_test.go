package js

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/facetd/facetd/facet/storage"
)

// stressTime is what go test can spare; the arrangement was chosen after runs of
// minutes.
const stressTime = 2 * time.Second

// JavaScript that compiles, allocates and calls the host beside Go that does the
// same and is pre-empted: two collectors, two users of signals, one process.
func TestStress(t *testing.T) {
	if !alone(t) {
		return
	}
	c, _ := startWithStorage(t, Config{CPULimit: -1}, storage.Limits{})
	c.want(t, `globalThis.round = i => {
		let s = 0;
		for (let k = 0; k < 20; k++) {
			const f = new Array(50).fill(0).map((_, j) => ({ j, f: x => x + j + k + i, s: "x".repeat(j) + i }));
			for (const o of f) s += o.f(1) + o.s.length;
		}
		for (let k = 0; k < 50; k++) {
			n.kvPut("k" + k % 10, "v" + i);
			n.kvGet("k" + (i + k) % 10);
			n.utf8Decode(n.utf8Encode("\u20ac" + i), 0);
		}
		if (i % 50 === 0) { let big = []; for (let k = 0; k < 3000; k++) big.push({ k, a: new Uint8Array(64) }); s += big.length }
		return s;
	}; 1`, "1")
	var stop atomic.Bool
	var workers sync.WaitGroup
	for i := 0; i < 4; i++ {
		workers.Go(func() {
			var keep [][]byte
			for n := 0; !stop.Load(); n++ {
				keep = append(keep, make([]byte, 100+n%5000))
				if len(keep) > 500 {
					keep = nil
				}
				if n%20000 == 0 {
					debug.FreeOSMemory()
				}
				if n%100 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	workers.Go(func() {
		for !stop.Load() {
			// SIGURG is Go's own pre-emption signal: ignored when it asks for nothing.
			_ = syscall.Kill(syscall.Getpid(), syscall.SIGURG)
			time.Sleep(200 * time.Microsecond)
		}
	})
	rounds := 0
	for end := time.Now().Add(stressTime); time.Now().Before(end) || rounds < 50; { // each answer has its time
		var pending []chan Message
		for i := 0; i < 16; i++ {
			_, ch := c.start(t, "String(round("+strconv.Itoa(rounds)+") > 0)")
			pending = append(pending, ch)
			rounds++
		}
		for _, ch := range pending {
			if got, err := answer(t, ch); err != nil || got != "true" {
				t.Fatal(got, err)
			}
		}
	}
	stop.Store(true)
	workers.Wait()
	t.Logf("%d rounds", rounds)
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	c.end(t)
}

//go:noinline
func load(p *int) int { return *p }

// Go's own faults stay Go's: the engine's handlers pass them on, on the stack
// that Go asks for.
func TestGoFaultsBesideTheEngine(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{CPULimit: 100 * time.Millisecond})
	// The engine's traps work by such signals.
	c.start(t, "while (true) {}")
	c.kind(t, 209)
	// So does its memory for WebAssembly: (module (memory 1) (func (export "f")
	// (param i32) (result i32) (i32.load (local.get 0)))).
	c.want(t, `(() => {
		const f = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127,
			3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11]))).exports.f;
		let s = 0;
		for (let i = 0; i < 100000; i++) s += f(i & 1023);
		try { f(-4) } catch (e) { return s + e.name }
	})()`, "0RuntimeError")
	for i := 0; i < 100; i++ {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			load(nil)
		}()
	}
	c.start(t, "while (true) {}")
	c.kind(t, 209)
	c.want(t, "1", "1")
}
