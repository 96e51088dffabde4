package js

import (
	"fmt"
	"testing"

	"github.com/facetd/facetd/facet/storage"
)

// benchmark counts answers to messages of kind 53 with b.N in flight windows.
func pump(b *testing.B, c *client, kind, window int, body []byte) {
	b.Helper()
	b.ResetTimer()
	sent := 0
	for done := 0; done < b.N; {
		batch := make([]Message, 0, window)
		for sent < b.N && sent-done < window {
			sent++
			batch = append(batch, Message{Kind: kind, Call: uint64(2*sent + 1), S1: []byte("https://example.com/"), Body: body})
		}
		if err := c.Post(batch...); err != nil {
			b.Fatal(err)
		}
		c.mu.Lock()
		for len(c.others) == 0 {
			wake := c.wake
			c.mu.Unlock()
			<-wake
			c.mu.Lock()
		}
		done += len(c.others)
		c.others = c.others[:0]
		c.mu.Unlock()
	}
}

var echo = `on[5] = undefined; on[53] = (call, a, s1, s2, s3, body) => n.post(75, call, 200, "OK", "content-type\0text/plain\0", undefined, body ?? "hello"); 1`

func BenchmarkTurn(b *testing.B) {
	c := sharedEngine(b)
	c.want(b, echo, "1")
	for _, window := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) { pump(b, c, 53, window, nil) })
	}
	b.Run("window=16,body=64KiB", func(b *testing.B) {
		b.SetBytes(64 << 10)
		pump(b, c, 53, 16, make([]byte, 64<<10))
	})
}

// Host calls and microtasks, timed inside the engine.
func BenchmarkNative(b *testing.B) {
	c := sharedEngine(b)
	tests := []struct{ name, code string }{
		{"now", "n.now()"},
		{"setCall", "n.setCall(0)"},
		{"random16", "n.random(u16)"},
		{"utf8Encode", "n.utf8Encode('hello, world')"},
		{"utf8Decode", "n.utf8Decode(u16, 0)"},
		{"domainToASCII", "n.domainToASCII('example.com', false)"},
		{"await", "await 0"},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			c.want(b, fmt.Sprintf(`(async () => { const u16 = new Uint8Array(16).fill(97); for (let i = 0; i < %d; i++) %s; return 1 })()`, b.N, test.code), "1")
		})
	}
}

func BenchmarkStorage(b *testing.B) {
	if shared.client != nil {
		b.Skip("needs an engine of its own: run with -bench BenchmarkStorage")
	}
	c, _ := startWithStorage(b, Config{CPULimit: -1}, storage.Limits{})
	c.want(b, `n.sqlExec("create table t(a, b)", []); n.sqlExec("insert into t values(1, 'x')", []); 1`, "1")
	for _, test := range []struct{ name, code string }{
		{"kvGet", "n.kvGet('key')"},
		{"kvPut", "n.kvPut('key', 'a value of some length')"},
		{"sqlExec", "{ const r = n.sqlExec('select a, b from t where a = ?', [1]); n.sqlNext(r.id) }"},
	} {
		b.Run(test.name, func(b *testing.B) {
			c.want(b, fmt.Sprintf(`n.kvPut('key', 'x'); for (let i = 0; i < %d; i++) %s; 1`, b.N, test.code), "1")
		})
	}
	c.want(b, `on[53] = call => { n.kvPut("count", String(+(n.kvGet("count") ?? 0) + 1)); n.post(75, call, 200, "OK", "", undefined, "x") }; 1`, "1")
	for _, window := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("counter,window=%d", window), func(b *testing.B) { pump(b, c, 53, window, nil) })
	}
}
