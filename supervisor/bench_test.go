package supervisor

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

const hello = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject { fetch() { return new Response("hello"); } echo(x) { return x; } }`

// discard is a response writer that keeps nothing.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func benchServe(b *testing.B, source string, parallel int) {
	h := realHost(b, nil)
	benchHandler(b, h.Object("N", "o").Facets().Get("app", js(h, source)), parallel)
}

func benchHandler(b *testing.B, app http.Handler, parallel int) {
	serve := func() {
		w := &discard{h: make(http.Header)}
		app.ServeHTTP(w, httptest.NewRequest("GET", "http://app.example/", nil))
	}
	serve()
	b.ReportAllocs()
	b.ResetTimer()
	if parallel == 1 {
		for b.Loop() {
			serve()
		}
		return
	}
	b.SetParallelism(parallel / 2)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			serve()
		}
	})
}

// The gateway without a network: request in, JavaScript, answer out.
func BenchmarkHello1(b *testing.B)    { benchServe(b, hello, 1) }
func BenchmarkHello64(b *testing.B)   { benchServe(b, hello, 64) }
func BenchmarkCounter1(b *testing.B)  { benchServe(b, counter, 1) }
func BenchmarkCounter64(b *testing.B) { benchServe(b, counter, 64) }

// The documented program: three instances and a database take part in a request.
func BenchmarkProject1(b *testing.B)  { benchHandler(b, project(b, realHost(b, nil), documented), 1) }
func BenchmarkProject64(b *testing.B) { benchHandler(b, project(b, realHost(b, nil), documented), 64) }

func BenchmarkCall1(b *testing.B) {
	h := realHost(b, nil)
	app := h.Object("N", "o").Facets().Get("app", js(h, hello))
	for b.Loop() {
		var s string
		if err := app.Call(b.Context(), "echo", &s, "x"); err != nil {
			b.Fatal(err)
		}
	}
}

// The first answer of a new facet with known code and a waiting runner.
func BenchmarkFirstAnswer(b *testing.B) {
	h := realHost(b, nil)
	facets := h.Object("N", "o").Facets()
	callback := js(h, hello)
	var n atomic.Int64
	for b.Loop() {
		b.StopTimer()
		for h.pool.Ready() == 0 {
		}
		name := "f" + strings.Repeat("x", int(n.Add(1)))
		stub := facets.Get(name[:min(len(name), 200)], callback)
		b.StartTimer()
		if code, body := get(stub, "/"); code != 200 {
			b.Fatal(code, body)
		}
		b.StopTimer()
		if err := facets.Delete(name[:min(len(name), 200)]); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
