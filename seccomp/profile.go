package seccomp

import (
	"slices"
)

// Profile is a policy: what happens to each call a process makes. Its JSON form
// is the LinuxSeccomp object of the OCI runtime specification; encoding/json
// writes it, [Parse] reads it. The zero value is refused by [Compile] because it
// has no default action.
type Profile struct {
	// DefaultAction is for every call that no rule matches. Required.
	DefaultAction Kind `json:"defaultAction"`
	// DefaultErrnoRet is the error number for SCMP_ACT_ERRNO and SCMP_ACT_TRACE
	// as default; nil means EPERM.
	DefaultErrnoRet *uint `json:"defaultErrnoRet,omitempty"`
	// Architectures may be empty or hold SCMP_ARCH_X86_64; any other is refused,
	// since foreign architectures are always killed.
	Architectures []string `json:"architectures,omitempty"`
	// Flags of seccomp(2); see InstallFlags.
	Flags []string `json:"flags,omitempty"`
	// Syscalls are the rules. Those that name the same syscall are tried in
	// order; the first that matches decides.
	Syscalls []Rule `json:"syscalls,omitempty"`
}

// Rule gives one action to some syscalls.
type Rule struct {
	// Names of x86-64 syscalls, at least one.
	Names []string `json:"names"`
	// Action for a call that matches all of Args. Required.
	Action Kind `json:"action"`
	// ErrnoRet is the error number for SCMP_ACT_ERRNO and SCMP_ACT_TRACE; nil
	// means EPERM.
	ErrnoRet *uint `json:"errnoRet,omitempty"`
	// Args must all hold. Empty means that every call matches.
	Args []Arg `json:"args,omitempty"`
	// Comment says who needs the rule. It is this package's addition to the OCI
	// format (Docker's profiles have it too); Lint reports a rule without one.
	Comment string `json:"comment,omitempty"`

	// Line of the file the rule was read from; 0 if it was not read from one.
	Line int `json:"-"`
}

// Op compares an argument with a value, as unsigned numbers of 64 bits.
type Op string

// The operators of the OCI format. For OpMaskedEqual the argument is masked with
// Value and compared with ValueTwo; the others compare it with Value.
const (
	OpEqual        Op = "SCMP_CMP_EQ"
	OpNotEqual     Op = "SCMP_CMP_NE"
	OpLess         Op = "SCMP_CMP_LT"
	OpLessEqual    Op = "SCMP_CMP_LE"
	OpGreater      Op = "SCMP_CMP_GT"
	OpGreaterEqual Op = "SCMP_CMP_GE"
	OpMaskedEqual  Op = "SCMP_CMP_MASKED_EQ"
)

var allOps = []Op{OpEqual, OpNotEqual, OpLess, OpLessEqual, OpGreater, OpGreaterEqual, OpMaskedEqual}

// Arg is one condition on one of the six argument registers.
type Arg struct {
	Index    uint   `json:"index"` // 0 to 5
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo,omitempty"` // only with OpMaskedEqual
	Op       Op     `json:"op"`
}

// matches is the meaning of the condition in plain Go; the compiled filter must
// agree with it.
func (a Arg) matches(args [6]uint64) bool {
	got := args[a.Index]
	switch a.Op {
	case OpEqual:
		return got == a.Value
	case OpNotEqual:
		return got != a.Value
	case OpLess:
		return got < a.Value
	case OpLessEqual:
		return got <= a.Value
	case OpGreater:
		return got > a.Value
	case OpGreaterEqual:
		return got >= a.Value
	case OpMaskedEqual:
		return got&a.Value == a.ValueTwo
	}
	return false
}

// Clone is a deep copy.
func (p *Profile) Clone() *Profile {
	c := *p
	c.DefaultErrnoRet = clonePointer(p.DefaultErrnoRet)
	c.Architectures = slices.Clone(p.Architectures)
	c.Flags = slices.Clone(p.Flags)
	c.Syscalls = slices.Clone(p.Syscalls)
	for i := range c.Syscalls {
		r := &c.Syscalls[i]
		r.Names = slices.Clone(r.Names)
		r.Args = slices.Clone(r.Args)
		r.ErrnoRet = clonePointer(r.ErrnoRet)
	}
	return &c
}

func clonePointer(p *uint) *uint {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// WithDefault is a copy of the profile with another default action, for hosts
// where the kernel cannot notify: Hardened().WithDefault(KindKillProcess). With
// KindErrno the error is EPERM.
func (p *Profile) WithDefault(kind Kind) *Profile {
	c := p.Clone()
	c.DefaultAction, c.DefaultErrnoRet = kind, nil
	return c
}
