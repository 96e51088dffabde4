package workers_test

import (
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

const window = 262144 // facet.proto, Credit

func loadStreams(t *testing.T) *runner {
	r := start(t)
	r.mustLoad(t, importDO+`
const seen = [];
export class App extends DurableObject {
  async fetch(request) {
    const url = new URL(request.url);
    switch (url.pathname) {
    case "/size": { let n = 0; for await (const c of request.body) n += c.length; return new Response(String(n)) }
    case "/text": return new Response(String((await request.text()).length));
    case "/echo": return new Response(request.body);
    case "/upper": return new Response(request.body.pipeThrough(new TextDecoderStream()).pipeThrough(new TransformStream({transform(c, k) { k.enqueue(c.toUpperCase()) }})).pipeThrough(new TextEncoderStream()));
    case "/ignore": return new Response("ignored");
    case "/late": { const b = request.text(); setTimeout(() => b.then(() => seen.push("read"), e => seen.push(String(e))), 1); return new Response("early") }
    case "/bad": return new Response(new ReadableStream({start(c) { c.enqueue("text"); c.close() }}));
    case "/fails": return new Response(new ReadableStream({async pull(c) { if (this.n) throw new RangeError("mid"); this.n = 1; c.enqueue(new Uint8Array(3)) }}));
    case "/endless": return new Response(new ReadableStream({
      pull(c) { this.sent = (this.sent ?? 0) + 1; seen.push("pull"); c.enqueue(new Uint8Array(65536)) },
      cancel(reason) { seen.push("cancelled " + reason.name) },
    }, {highWaterMark: 0}));
    case "/ticks": { let n = 0; return new Response(new ReadableStream({async pull(c) { await scheduler.wait(2); c.enqueue(new TextEncoder().encode("tick" + n)); if (++n === 3) c.close() }})) }
    case "/signal": return new Promise(resolve => { request.signal.addEventListener("abort", () => { seen.push("aborted " + request.signal.reason.name); resolve(new Response("late")) }) });
    case "/twice": { await request.text(); try { await request.text() } catch (e) { return new Response(String(e) + request.bodyUsed) } }
    case "/clone": { const c = request.clone(); return new Response(await request.text() + await c.text()) }
    case "/tee": { const [a, b] = request.body.tee(); return new Response(await new Response(a).text() + await new Response(b).text()) }
    case "/forward": return new Response(await new Request("http://y/", request).text());
    }
  }
  seen() { return seen.splice(0) }
}`)
	return r
}

// upload posts a request whose body arrives in chunks within the window.
func (r *runner) upload(t *testing.T, path string, chunks []string) response {
	t.Helper()
	call := r.call()
	r.post(t, js.Message{Kind: js.InFetch, Call: call, A: 1, S1: []byte("POST"), S2: []byte("http://x" + path), Body: []byte(chunks[0])})
	r.post(t, js.Message{Kind: js.InCredit, Call: call, A: 100 << 20}) // for the answer
	room := window - len(chunks[0])
	for i, c := range chunks[1:] {
		for room < len(c) {
			m := r.of(t, call, js.OutCredit)
			room += int(m.A)
		}
		room -= len(c)
		m := js.Message{Kind: js.InChunk, Call: call, Body: []byte(c)}
		if i == len(chunks)-2 {
			m.A = 1
		}
		r.post(t, m)
	}
	return r.answer(t, call)
}

func TestRequestStreams(t *testing.T) {
	r := loadStreams(t)
	big := strings.Repeat("x", 50000)
	var many []string
	for range 40 {
		many = append(many, big)
	}
	tests := []struct {
		name, path string
		chunks     []string
		want       string
	}{
		{"for await", "/size", many, "2000000"},
		{"text", "/text", many, "2000000"},
		{"echo", "/echo", many, strings.Repeat(big, 40)},
		{"transform", "/upper", []string{"gr\xc3", "\xbcn", "e", ""}, "GRÜNE"},
		{"empty end", "/text", []string{"abc", ""}, "3"},
		{"twice", "/twice", []string{"abc", "d"}, "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.true"},
		{"clone", "/clone", []string{"ab", "cd"}, "abcdabcd"},
		{"tee", "/tee", []string{"ab", "cd"}, "abcdabcd"},
		{"forward", "/forward", []string{"ab", "cd"}, "abcd"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got := r.upload(t, c.path, c.chunks)
			if got.err != nil || got.body != c.want {
				t.Errorf("got %d bytes %.100q, %v\nwant %d bytes %.100q", len(got.body), got.body, got.err, len(c.want), c.want)
			}
		})
	}
	t.Run("end of the call ends the body", func(t *testing.T) {
		call := r.call()
		r.post(t, js.Message{Kind: js.InFetch, Call: call, A: 1, S1: []byte("POST"), S2: []byte("http://x/late"), Body: []byte("x")})
		if got := r.answer(t, call); got.body != "early" {
			t.Fatalf("got %q, %v", got.body, got.err)
		}
		r.post(t, js.Message{Kind: js.InChunk, Call: call, Body: []byte("y"), A: 1})
		r.poll(t, "seen", `["Error: The request body can no longer be read, because the call has ended."]`)
	})
}

// poll calls the method until it gives the result.
func (r *runner) poll(t *testing.T, method, want string) {
	t.Helper()
	var got string
	for range 1000 {
		var err error
		if got, err = r.rpc(t, method, "[]"); err != nil {
			t.Fatal(err)
		}
		if got == want {
			return
		}
	}
	t.Fatalf("%s gives %s, want %s", method, got, want)
}

func TestResponseStreams(t *testing.T) {
	r := loadStreams(t)
	t.Run("ticks", func(t *testing.T) {
		if got := r.fetch(t, request{url: "http://x/ticks"}); got.body != "tick0tick1tick2" || got.err != nil {
			t.Errorf("got %q, %v", got.body, got.err)
		}
	})
	t.Run("chunk that is no bytes", func(t *testing.T) {
		got := r.fetch(t, request{url: "http://x/bad"})
		if got.err == nil || !strings.HasPrefix(got.err.Error(), "TypeError: This ReadableStream did not return bytes") {
			t.Errorf("got %v", got.err)
		}
	})
	t.Run("fails in the middle", func(t *testing.T) {
		got := r.fetch(t, request{url: "http://x/fails"})
		if got.body != "\x00\x00\x00" || got.err == nil || got.err.Error() != "RangeError: mid" {
			t.Errorf("got %q, %v", got.body, got.err)
		}
	})
	t.Run("window and cancel", func(t *testing.T) {
		call := r.call()
		r.post(t, js.Message{Kind: js.InFetch, Call: call, A: 2, S1: []byte("GET"), S2: []byte("http://x/endless")})
		r.of(t, call, js.OutResponse)
		got := 0
		for got < window {
			got += len(r.of(t, call, js.OutChunk).Body)
		}
		// One more chunk is pulled and waits for credit.
		r.poll(t, "seen", `[]`)
		if got != window {
			t.Fatalf("%d bytes came without credit, the window is %d", got, window)
		}
		r.post(t, js.Message{Kind: js.InCredit, Call: call, A: 1000})
		if n := len(r.of(t, call, js.OutChunk).Body); n != 1000 {
			t.Fatalf("%d bytes came for a credit of 1000", n)
		}
		r.post(t, js.Message{Kind: js.InCancel, Call: call})
		r.poll(t, "seen", `["cancelled AbortError"]`)
	})
	t.Run("request signal", func(t *testing.T) {
		call := r.call()
		r.post(t, js.Message{Kind: js.InFetch, Call: call, A: 2, S1: []byte("GET"), S2: []byte("http://x/signal")})
		r.post(t, js.Message{Kind: js.InCancel, Call: call})
		r.poll(t, "seen", `["aborted AbortError"]`)
	})
}
