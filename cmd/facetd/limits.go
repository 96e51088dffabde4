package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/facetd/facetd/supervisor"
)

// limitFlags are the limits of a facet as flags. A flag that is not given keeps
// the library's strict default.
type limitFlags struct {
	memory, sqliteHeap, requestBody, responseBody, database, diskRate, logRate, message byteSize
	pids, cpuWeight, concurrent, queue, sockets                                         int
	cpus                                                                                float64
	cpuTime, wallTime                                                                   time.Duration
}

func (l *limitFlags) register(f *pflag.FlagSet) {
	f.Var(&l.memory, "memory", "memory of the process (default 128MiB)")
	f.IntVar(&l.pids, "pids", 0, "threads of the process (default 64)")
	f.Float64Var(&l.cpus, "cpus", 0, "processors it may use, such as 0.5 (default 1)")
	f.IntVar(&l.cpuWeight, "cpu-weight", 0, "share under contention, 1 to 10000 (default 100)")
	f.DurationVar(&l.cpuTime, "cpu-time", 0, "processor time of one request (default 1s)")
	f.DurationVar(&l.wallTime, "wall-time", 0, "time one request may take (default 30s)")
	f.Var(&l.requestBody, "max-request-body", "size of a request body (default 32MiB)")
	f.Var(&l.responseBody, "max-response-body", "size of a response body (default 32MiB)")
	f.Var(&l.database, "max-database", "size of the database (default 256MiB)")
	f.Var(&l.diskRate, "disk-rate", "what it may write to disk per second, where the io controller is (default: no limit)")
	f.Var(&l.sqliteHeap, "sqlite-memory", "memory SQLite may use, part of --memory (default 32MiB)")
	f.Var(&l.logRate, "log-rate", "what it may log per second; the rest is dropped and counted (default 64KiB)")
	f.IntVar(&l.concurrent, "concurrent", 0, "requests at a time (default 64)")
	f.IntVar(&l.queue, "queue", 0, "requests that may wait beyond those; then 503 (default 256)")
	f.IntVar(&l.sockets, "websockets", 0, "WebSockets at a time, hibernating ones included (default 1024)")
	f.Var(&l.message, "max-message", "size of a message of a WebSocket (default 1MiB, at most 3MiB)")
}

func (l *limitFlags) limits() supervisor.Limits {
	return supervisor.Limits{
		MemoryBytes: int64(l.memory), Pids: l.pids, CPUMilli: int(l.cpus * 1000), CPUWeight: l.cpuWeight,
		CPU: l.cpuTime, Wall: l.wallTime, RequestBytes: int64(l.requestBody), ResponseBytes: int64(l.responseBody),
		DatabaseBytes: int64(l.database), SQLiteHeapBytes: int64(l.sqliteHeap), LogBytesPerSecond: int(l.logRate),
		DiskBytesPerSecond: int64(l.diskRate),
		Concurrent:         l.concurrent, Queue: l.queue, Sockets: l.sockets, MessageBytes: int(l.message),
	}
}

// byteSize is a flag value such as 64MiB or 1048576.
type byteSize int64

var units = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}, {"", 1}}

// Set implements pflag.Value.
func (b *byteSize) Set(s string) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= 0 || n > (1<<62)/u.bytes {
			break
		}
		*b = byteSize(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is not a size such as 64MiB, 1GiB or 1048576", s)
}

// String implements pflag.Value.
func (b *byteSize) String() string {
	if *b == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*b), 10)
}

// Type implements pflag.Value.
func (b *byteSize) Type() string { return "size" }
