package fault

// Verdict says how an instance ended. The zero value means that none has ended.
type Verdict uint8

// The verdicts. Their text is part of the public interface: metrics, audit
// events and the admin API use it.
const (
	// None: no instance has ended.
	None Verdict = iota
	// Aborted: the supervisor's Abort, or the application's own ctx.abort().
	Aborted
	// Deleted: the facet was deleted, or cloned over.
	Deleted
	// Hibernated: idle for long enough; the next call starts a new instance.
	Hibernated
	// Crashed: the process ended by itself, or its storage failed.
	Crashed
	// OOM: the kernel ended the process at its memory limit, or the host because it
	// kept most for it of all, and too much for all.
	OOM
	// CPULimit: a call used more processor time than it may.
	CPULimit
	// WallLimit: a call took longer than it may and could not be ended alone.
	WallLimit
	// PolicyViolation: the process asked the kernel for something its policy
	// denies.
	PolicyViolation
	// ProtocolViolation: the process said something that the contract forbids.
	ProtocolViolation
	// StartFailed: the process, the code or the constructor did not come up.
	StartFailed
	// SupervisorShutdown: the host was closed.
	SupervisorShutdown
)

var verdictNames = [...]string{
	None:               "none",
	Aborted:            "aborted",
	Deleted:            "deleted",
	Hibernated:         "hibernated",
	Crashed:            "crashed",
	OOM:                "oom",
	CPULimit:           "cpu-limit",
	WallLimit:          "wall-limit",
	PolicyViolation:    "policy-violation",
	ProtocolViolation:  "protocol-violation",
	StartFailed:        "start-failed",
	SupervisorShutdown: "supervisor-shutdown",
}

// String returns the verdict's public text, for example "cpu-limit".
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown"
}

// MarshalText writes the public text, so that JSON shows it.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Unexpected reports whether the instance failed, as opposed to having been
// ended on purpose. Unexpected ends count towards the crash back-off.
func (v Verdict) Unexpected() bool {
	switch v {
	case Crashed, OOM, CPULimit, WallLimit, PolicyViolation, ProtocolViolation, StartFailed:
		return true
	}
	return false
}
