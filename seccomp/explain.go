package seccomp

import (
	"fmt"
	"strings"
)

// Explanation says what a profile does with a call and why.
type Explanation struct {
	Action Action
	// Rule is the index in Profile.Syscalls of the rule that decides, or -1 if
	// the architecture or the default action does.
	Rule int
	// Text is one or more lines for a reader.
	Text string
}

// String is Text.
func (e Explanation) String() string { return e.Text }

// Explain reads the profile as it is written, without compiling it: the first
// rule that names the syscall and whose conditions hold decides. The profile must
// be valid, else the explanation is that it isn't, with SCMP_ACT_KILL_PROCESS.
func Explain(p *Profile, call Call) Explanation {
	if err := p.Validate(); err != nil {
		return Explanation{Action{Kind: KindKillProcess}, -1, "the profile is not valid: " + err.Error()}
	}
	if why := foreign(call); why != "" {
		action := Action{Kind: KindKillProcess}
		return Explanation{action, -1, fmt.Sprintf("%s: %s, whatever the rules say", action, why)}
	}
	name := SyscallName(call.NR)
	var missed []string
	for i := range p.Syscalls {
		rule := &p.Syscalls[i]
		if !rule.covers(call.NR) {
			continue
		}
		failed := rule.firstMiss(call)
		if failed == nil {
			action, _ := resolve(rule.Action, rule.ErrnoRet)
			return Explanation{action, i, fmt.Sprintf("%s: %s by %s: %s", name, action, rule.place(i), rule.comment())}
		}
		missed = append(missed, fmt.Sprintf("\n  %s asks for %s, which is %#x", rule.place(i), failed, call.Args[failed.Index]))
	}
	action, _ := resolve(p.DefaultAction, p.DefaultErrnoRet)
	text := fmt.Sprintf("%s: %s by default: no rule names it", name, action)
	if len(missed) > 0 {
		text = fmt.Sprintf("%s: %s by default: no rule for it has all its conditions met%s", name, action, strings.Join(missed, ""))
	}
	return Explanation{action, -1, text}
}

// foreign says why a call is none of the native architecture's, or "".
func foreign(call Call) string {
	switch {
	case call.Arch == ArchI386:
		return "a call of the i386 architecture (int 0x80)"
	case call.Arch != ArchX8664:
		return fmt.Sprintf("a call of the foreign architecture %#x", call.Arch)
	case call.NR>>31 != 0:
		return fmt.Sprintf("the negative number %d", int32(call.NR))
	case call.NR >= X32Bit:
		return "a call of the x32 ABI, " + SyscallName(call.NR)
	}
	return ""
}

func (r *Rule) covers(nr uint32) bool {
	for _, name := range r.Names {
		if known, ok := syscallNumbers[name]; ok && known == nr {
			return true
		}
	}
	return false
}

// firstMiss is the first condition that does not hold, nil if all do.
func (r *Rule) firstMiss(call Call) *Arg {
	for i := range r.Args {
		if !r.Args[i].matches(call.Args) {
			return &r.Args[i]
		}
	}
	return nil
}

func (r *Rule) place(index int) string {
	if r.Line > 0 {
		return fmt.Sprintf("rule %d (line %d)", index+1, r.Line)
	}
	return fmt.Sprintf("rule %d", index+1)
}

func (r *Rule) comment() string {
	if r.Comment == "" {
		return "no comment says who needs it"
	}
	return r.Comment
}

var opSigns = map[Op]string{
	OpEqual: "==", OpNotEqual: "!=", OpLess: "<", OpLessEqual: "<=", OpGreater: ">", OpGreaterEqual: ">=",
}

// String is the condition as a formula, such as "argument 2 & 0x4 == 0x0".
func (a Arg) String() string {
	if a.Op == OpMaskedEqual {
		return fmt.Sprintf("argument %d & %#x == %#x", a.Index, a.Value, a.ValueTwo)
	}
	return fmt.Sprintf("argument %d %s %#x", a.Index, opSigns[a.Op], a.Value)
}
