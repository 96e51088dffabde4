//go:build linux && amd64

package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart is the time until the first answer of a sealed child.
func BenchmarkStart(b *testing.B) {
	for _, bench := range []struct {
		name    string
		without Layer
	}{
		{"all", 0},
		{"no-cgroup", Cgroup},
		{"no-net", NetNamespace},
		{"no-user", UserNamespace},
		{"bare", AllLayers},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkStart(b, bench.without) })
	}
}

// BenchmarkStartLargeSupervisor is the same from a supervisor with a heap of
// 512 MiB: a fork that copies its page tables would show.
func BenchmarkStartLargeSupervisor(b *testing.B) {
	heap := make([]byte, 512<<20)
	for i := 0; i < len(heap); i += 4096 {
		heap[i] = 1
	}
	benchmarkStart(b, 0)
	runtime.KeepAlive(heap)
}

func benchmarkStart(b *testing.B, without Layer) {
	l, err := New(testConfig())
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	ctx := context.Background()
	var starts, seals, all []time.Duration
	for b.Loop() {
		begin := time.Now()
		p, err := l.Start(ctx, Spec{Runner: runnerPath, Policy: Policy{Without: without}})
		if err != nil {
			b.Fatal(err)
		}
		starts = append(starts, time.Since(begin))
		if err := p.WaitSealed(ctx); err != nil {
			b.Fatal(err)
		}
		seals = append(seals, time.Since(begin))
		fmt.Fprintln(p.Conn(), "hello")
		if _, err := bufio.NewReader(p.Conn()).ReadString('\n'); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(begin))
		b.StopTimer()
		p.Kill()
		p.Wait()
		p.Conn().Close()
		p.Log().Close()
		b.StartTimer()
	}
	for name, d := range map[string][]time.Duration{"locked": starts, "sealed": seals, "answer": all} {
		slices.Sort(d)
		b.ReportMetric(float64(d[len(d)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(d[len(d)*9/10].Microseconds())/1000, name+"-p90-ms")
	}
}
