package supervisor

import (
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// Limits bound what one facet may use. A zero field takes the host's limit, and
// in Config the default, which is the strict one. There is no word for
// "unlimited": write the number you mean.
type Limits struct {
	// MemoryBytes is the memory of the process, page cache of its database
	// included; swap is always 0. Default 128 MiB. Beyond it: verdict oom.
	MemoryBytes int64
	// Pids is how many threads the process may have. Default 64.
	Pids int
	// CPUMilli is the processor share in thousandths of one processor; default
	// 1000. CPUWeight, 1 to 10000, is the share under contention; default 100.
	CPUMilli  int
	CPUWeight int

	// CPU is the processor time of the JavaScript thread that one call may use.
	// Default 1 s. Beyond it the engine ends the call; if that fails, the
	// kernel's account of the process decides: verdict cpu-limit.
	CPU time.Duration
	// Wall is how long one call may take. Default 30 s.
	Wall time.Duration
	// SubRequests is how many calls of others, fetch() included, one call may make.
	// Negative means none at all; the default is any number, since what is under
	// way is bounded anyway. Beyond it the call fails, and the instance goes on.
	SubRequests int
	// RequestBytes and ResponseBytes bound bodies. Default 32 MiB each.
	RequestBytes  int64
	ResponseBytes int64
	// HeaderBytes and HeaderEntries bound the header fields of a request, and those of
	// a response with its status text. Default 64 KiB and 128.
	HeaderBytes   int
	HeaderEntries int
	// Concurrent is how many calls may be under way, Queue how many more may
	// wait. Default 64 and 256. Beyond it: BusyError.
	Concurrent int
	Queue      int
	// Sockets is how many WebSockets a facet may have, hibernating ones included;
	// one more is closed with code 1013. Default 1024. MessageBytes bounds a message
	// of either side, which is closed with code 1009 beyond it. Default 1 MiB, at
	// most 3 MiB.
	Sockets      int
	MessageBytes int

	// DatabaseBytes is the size of the database. Default 256 MiB.
	DatabaseBytes int64
	// SQLiteHeapBytes is the memory SQLite may use, part of MemoryBytes.
	// Default 32 MiB.
	SQLiteHeapBytes int64

	// DiskBytesPerSecond bounds what it writes to the disk of Config.Dir, where the
	// host has the io controller; the host logs at its start where it has not. The
	// default, 0, does not.
	DiskBytesPerSecond int64

	// LogBytesPerSecond and LogBurst bound what it may log, in bytes, where each line
	// counts 64 more than its text and the facet's path; the rest is dropped and
	// counted. Default 64 KiB/s and 256 KiB.
	LogBytesPerSecond int
	LogBurst          int
}

// defaultLimits are the strict ones.
var defaultLimits = Limits{
	MemoryBytes: 128 << 20, Pids: 64, CPUMilli: 1000, CPUWeight: 100,
	CPU: time.Second, Wall: 30 * time.Second,
	RequestBytes: 32 << 20, ResponseBytes: 32 << 20, HeaderBytes: 64 << 10, HeaderEntries: 128,
	Concurrent: 64, Queue: 256, Sockets: 1024, MessageBytes: 1 << 20,
	DatabaseBytes: 256 << 20, SQLiteHeapBytes: 32 << 20,
	LogBytesPerSecond: 64 << 10, LogBurst: 256 << 10,
}

// or returns l with its zero fields taken from base.
func (l Limits) or(base Limits) Limits {
	set(&l.MemoryBytes, base.MemoryBytes)
	set(&l.Pids, base.Pids)
	set(&l.CPUMilli, base.CPUMilli)
	set(&l.CPUWeight, base.CPUWeight)
	set(&l.CPU, base.CPU)
	set(&l.Wall, base.Wall)
	set(&l.SubRequests, base.SubRequests)
	set(&l.RequestBytes, base.RequestBytes)
	set(&l.ResponseBytes, base.ResponseBytes)
	set(&l.HeaderBytes, base.HeaderBytes)
	set(&l.HeaderEntries, base.HeaderEntries)
	set(&l.Concurrent, base.Concurrent)
	set(&l.Queue, base.Queue)
	set(&l.Sockets, base.Sockets)
	set(&l.MessageBytes, base.MessageBytes)
	set(&l.DatabaseBytes, base.DatabaseBytes)
	set(&l.SQLiteHeapBytes, base.SQLiteHeapBytes)
	set(&l.DiskBytesPerSecond, base.DiskBytesPerSecond)
	set(&l.LogBytesPerSecond, base.LogBytesPerSecond)
	set(&l.LogBurst, base.LogBurst)
	return l
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check refuses numbers that mean nothing.
func (l Limits) check() error {
	positive := []struct {
		name  string
		value int64
	}{
		{"MemoryBytes", l.MemoryBytes}, {"Pids", int64(l.Pids)}, {"CPUMilli", int64(l.CPUMilli)},
		{"CPUWeight", int64(l.CPUWeight)}, {"CPU", int64(l.CPU)}, {"Wall", int64(l.Wall)},
		{"RequestBytes", l.RequestBytes}, {"ResponseBytes", l.ResponseBytes},
		{"HeaderBytes", int64(l.HeaderBytes)}, {"HeaderEntries", int64(l.HeaderEntries)},
		{"Concurrent", int64(l.Concurrent)}, {"Queue", int64(l.Queue)},
		{"Sockets", int64(l.Sockets)}, {"MessageBytes", int64(l.MessageBytes)},
		{"DatabaseBytes", l.DatabaseBytes}, {"DiskBytesPerSecond", l.DiskBytesPerSecond}, {"SQLiteHeapBytes", l.SQLiteHeapBytes},
		{"LogBytesPerSecond", int64(l.LogBytesPerSecond)}, {"LogBurst", int64(l.LogBurst)},
	}
	for _, p := range positive {
		if p.value < 0 {
			return codeErrorf("limit %s is %d: it must be positive, or 0 for the default", p.name, p.value)
		}
	}
	if l.CPU > 0 && l.CPU < time.Millisecond {
		return codeErrorf("limit CPU is %v: the least is 1ms", l.CPU)
	}
	if l.MessageBytes > maxMessageBytes {
		return codeErrorf("limit MessageBytes is %d: the most is %d", l.MessageBytes, maxMessageBytes)
	}
	if l.DiskBytesPerSecond > 0 && l.DiskBytesPerSecond < 64<<10 {
		return codeErrorf("limit DiskBytesPerSecond is %d: the least is 65536", l.DiskBytesPerSecond)
	}
	if l.DatabaseBytes > 0 && l.DatabaseBytes < minDatabase {
		return codeErrorf("limit DatabaseBytes is %d: the empty database needs %d", l.DatabaseBytes, minDatabase)
	}
	return nil
}

const (
	pageBytes = 4096
	// maxMessageBytes leaves room for the envelope in what carries a message to an
	// instance.
	maxMessageBytes = 3 << 20
	// minDatabase holds the template and a little.
	minDatabase = 64 << 10
)

func (l Limits) databasePages() uint32 { return uint32(min(l.DatabaseBytes/pageBytes, 1<<32-2)) }

// fileSizeLimit is the kernel's wall behind the quota: a transaction may write
// every page to the WAL (4096 bytes and a header of 24), beside the 4000 frames
// that wait for a checkpoint, and a little.
func (l Limits) fileSizeLimit() uint64 {
	return uint64(l.DatabaseBytes/pageBytes*(pageBytes+24)) + 32<<20
}

// sandbox returns what the kernel enforces.
func (l Limits) sandbox() sandbox.Limits {
	return sandbox.Limits{
		Memory: l.MemoryBytes, Pids: l.Pids, CPUMilli: l.CPUMilli, CPUWeight: l.CPUWeight,
		FileSizeMax: l.fileSizeLimit(), DiskWrite: l.DiskBytesPerSecond,
	}
}

// instance returns what the conversation with the process is held to.
func (l Limits) instance() instance.Limits {
	return instance.Limits{
		CPU: l.CPU, Wall: l.Wall, HeaderBytes: l.HeaderBytes, HeaderEntries: l.HeaderEntries,
		ResponseBytes: l.ResponseBytes, MessageBytes: l.MessageBytes, LogBytes: l.LogBytesPerSecond, LogBurst: l.LogBurst,
	}
}
