package supervisor

import "github.com/facetd/facetd/supervisor/internal/fault"

// Verdict says how an instance ended. Its String is stable: "aborted",
// "deleted", "hibernated", "crashed", "oom", "cpu-limit", "wall-limit",
// "policy-violation", "protocol-violation", "start-failed",
// "supervisor-shutdown"; "none" is the zero value.
type Verdict = fault.Verdict

// The verdicts.
const (
	None               = fault.None
	Aborted            = fault.Aborted
	Deleted            = fault.Deleted
	Hibernated         = fault.Hibernated
	Crashed            = fault.Crashed
	OOM                = fault.OOM
	CPULimit           = fault.CPULimit
	WallLimit          = fault.WallLimit
	PolicyViolation    = fault.PolicyViolation
	ProtocolViolation  = fault.ProtocolViolation
	StartFailed        = fault.StartFailed
	SupervisorShutdown = fault.SupervisorShutdown
)
