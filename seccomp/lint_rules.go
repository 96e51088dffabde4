package seccomp

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// protections to try, the worst first.
var protections = []uint64{
	unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC,
	unix.PROT_WRITE | unix.PROT_EXEC,
	unix.PROT_READ | unix.PROT_EXEC,
	unix.PROT_EXEC,
}

// executable looks for mappings that a rule lets become executable. It asks the
// profile itself about calls with such a protection, so earlier rules count.
func (l *linter) executable(i int, name string) {
	if name != "mmap" && name != "mprotect" && name != "pkey_mprotect" {
		return
	}
	call := Call{Arch: ArchX8664, NR: syscallNumbers[name]}
	for _, arg := range l.profile.Syscalls[i].Args {
		call.Args[arg.Index] = arg.example()
	}
	const protection = 2 // index of the argument, the same in all three
	for _, prot := range protections {
		call.Args[protection] = prot
		decided := decide(l.profile, call)
		if decided != i {
			continue
		}
		check := checkExec
		if prot&unix.PROT_WRITE != 0 {
			check = checkWriteExec
		}
		l.add(check, i, name, fmt.Sprintf("%s with protection %#x is executed", name, prot))
		return
	}
}

// decide is the index of the rule that decides a native call, or -1.
func decide(p *Profile, call Call) int {
	return slices.IndexFunc(p.Syscalls, func(r Rule) bool { return r.covers(call.NR) && r.firstMiss(call) == nil })
}

// example is a value that meets the condition, or 0 if none does.
func (a Arg) example() uint64 {
	switch a.Op {
	case OpMaskedEqual:
		return a.ValueTwo
	case OpEqual, OpLessEqual, OpGreaterEqual:
		return a.Value
	case OpLess:
		return max(a.Value, 1) - 1
	}
	return a.Value + 1 // NE, GT
}

// upperBits looks for conditions that a caller meets by setting bits that the
// kernel throws away: most arguments are int, the register has 64 bits.
func (l *linter) upperBits(i int, name string, action Action) {
	rule := &l.profile.Syscalls[i]
	if action.Executes() {
		for _, arg := range rule.Args {
			if arg.Op == OpNotEqual || arg.Op == OpGreater || arg.Op == OpGreaterEqual {
				l.add(checkUpperBits, i, name, fmt.Sprintf("%s is met by any value with a bit above the lowest 32", arg))
			}
		}
		return
	}
	wide := slices.IndexFunc(rule.Args, func(a Arg) bool { return !a.ignoresUpperBits() })
	if wide < 0 {
		return
	}
	if after := l.next(i, name); after.Executes() {
		l.add(checkUpperBits, i, name, fmt.Sprintf("%s is missed by setting bits above the lowest 32, and then %s follows", rule.Args[wide], after))
	}
}

// ignoresUpperBits reports whether the condition looks at the low 32 bits only.
func (a Arg) ignoresUpperBits() bool { return a.Op == OpMaskedEqual && a.Value>>32 == 0 }

// next is the strongest permission that a call to name can still get after rule
// i missed: the action of a later rule or the default.
func (l *linter) next(i int, name string) Action {
	for _, rule := range l.profile.Syscalls[i+1:] {
		if !slices.Contains(rule.Names, name) {
			continue
		}
		action, _ := resolve(rule.Action, rule.ErrnoRet)
		if action.Executes() || len(rule.Args) == 0 {
			return action
		}
	}
	action, _ := resolve(l.profile.DefaultAction, l.profile.DefaultErrnoRet)
	return action
}

// use looks for rules that never decide or change nothing.
func (l *linter) use(i int, name string, action Action) {
	rules := l.profile.Syscalls
	for j := range rules[:i] {
		if slices.Contains(rules[j].Names, name) && rules[j].includes(&rules[i]) {
			l.add(checkDead, i, name, fmt.Sprintf("%s matches first", rules[j].place(j)))
			return
		}
	}
	fallback, _ := resolve(l.profile.DefaultAction, l.profile.DefaultErrnoRet)
	later := slices.ContainsFunc(rules[i+1:], func(r Rule) bool { return slices.Contains(r.Names, name) })
	if action == fallback && !later {
		l.add(checkRedundant, i, name, fmt.Sprintf("%s is the default action", action))
	}
}

// includes reports whether every call that meets other's conditions meets r's.
// It may say no where a cleverer proof would say yes.
func (r *Rule) includes(other *Rule) bool {
	for _, mine := range r.Args {
		if !slices.ContainsFunc(other.Args, func(theirs Arg) bool { return theirs.implies(mine) }) {
			return false
		}
	}
	return true
}

// implies reports whether a value that meets a always meets b, where that is
// easy to see.
func (a Arg) implies(b Arg) bool {
	if a.Index != b.Index {
		return false
	}
	if a == b {
		return true
	}
	switch a.Op {
	case OpEqual:
		var args [6]uint64
		args[a.Index] = a.Value
		return b.matches(args)
	case OpMaskedEqual:
		return b.Op == OpMaskedEqual && b.Value&^a.Value == 0 && a.ValueTwo&b.Value == b.ValueTwo
	case OpLess, OpLessEqual:
		return (b.Op == OpLess && (a.Value < b.Value || a.Op == OpLess && a.Value == b.Value)) ||
			(b.Op == OpLessEqual && a.Value <= b.Value)
	case OpGreater, OpGreaterEqual:
		return (b.Op == OpGreater && (a.Value > b.Value || a.Op == OpGreater && a.Value == b.Value)) ||
			(b.Op == OpGreaterEqual && a.Value >= b.Value)
	}
	return false
}
