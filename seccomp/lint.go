package seccomp

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity of a finding, strongest first.
type Severity string

// The severities.
const (
	SeverityHigh   Severity = "high"   // a way out, or a filter that does not filter
	SeverityMedium Severity = "medium" // weakens the filter or hides what it does
	SeverityLow    Severity = "low"    // a rule without use or without reason
	SeverityInfo   Severity = "info"   // right as it is, but worth knowing
)

// Finding is one thing that a careful reader of a profile would question.
type Finding struct {
	ID       string   // stable, such as "SC002"; Checks lists them
	Severity Severity // fixed for each ID
	Rule     int      // index in Profile.Syscalls, -1 for the profile as a whole
	Line     int      // of the rule in the file it was read from, 0 if none
	Syscall  string   // "" if it concerns the whole rule or profile
	Evidence string   // what is so
	Fix      string   // what to do
}

// Check describes one kind of finding.
type Check struct {
	ID       string
	Severity Severity
	Title    string
	fix      string
}

// The kinds of findings. An ID never changes its meaning.
var (
	checkInvalid   = Check{"SC000", SeverityHigh, "the profile is not valid", "correct it; nothing else was looked at"}
	checkComment   = Check{"SC001", SeverityLow, "a rule without a comment", "say in \"comment\" who needs it"}
	checkNeverSafe = Check{"SC002", SeverityHigh, "a syscall that is never safe is allowed", "remove it from the rule"}
	checkArguments = Check{"SC003", SeverityHigh, "a syscall is allowed without a check of its arguments", "add args with the values that are needed"}
	checkWriteExec = Check{"SC004", SeverityHigh, "memory may be writable and executable at once", "test the protection with a mask that leaves out PROT_EXEC (4)"}
	checkExec      = Check{"SC005", SeverityMedium, "memory may become executable", "test the protection with a mask that leaves out PROT_EXEC (4)"}
	checkDead      = Check{"SC006", SeverityLow, "a rule never decides, an earlier one always does", "remove it or move it up"}
	checkRedundant = Check{"SC007", SeverityLow, "a rule does what the default action does", "remove it"}
	checkDefault   = Check{"SC008", SeverityHigh, "calls that no rule names are executed", "make the default action SCMP_ACT_NOTIFY or SCMP_ACT_KILL_PROCESS"}
	checkUpperBits = Check{"SC009", SeverityHigh, "bits that the kernel ignores get a call past the condition", "write the allowed values with SCMP_CMP_EQ or SCMP_CMP_MASKED_EQ and let the default deny the rest"}
	checkFake      = Check{"SC010", SeverityMedium, "a call that is not executed reports success", "return an error number above 0"}
	checkWeakKill  = Check{"SC011", SeverityMedium, "a refusal that hostile code survives", "use SCMP_ACT_NOTIFY, SCMP_ACT_KILL_PROCESS or, with a reason, SCMP_ACT_ERRNO"}
	checkSpecAllow = Check{"SC012", SeverityHigh, "a mitigation of speculative execution is turned off", "remove the flag SECCOMP_FILTER_FLAG_SPEC_ALLOW"}
	checkSoft      = Check{"SC013", SeverityInfo, "a refusal that the supervisor does not hear of", "do what needs the call before the filter is installed, then remove the rule"}
)

// Checks lists every kind of finding, in the order of their IDs.
func Checks() []Check {
	return []Check{
		checkInvalid, checkComment, checkNeverSafe, checkArguments, checkWriteExec, checkExec, checkDead,
		checkRedundant, checkDefault, checkUpperBits, checkFake, checkWeakKill, checkSpecAllow, checkSoft,
	}
}

// Lint reports what a careful reader would question in a profile, ordered by
// rule, then ID, then syscall. Nothing found gives nil. A profile that is not
// valid gives the one finding SC000.
func Lint(p *Profile) []Finding {
	l := linter{profile: p}
	if err := p.Validate(); err != nil {
		l.add(checkInvalid, -1, "", err.Error())
		return l.findings
	}
	l.whole()
	for i := range p.Syscalls {
		l.rule(i)
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Syscall, b.Syscall))
	})
	return l.findings
}

type linter struct {
	profile  *Profile
	findings []Finding
}

func (l *linter) add(c Check, rule int, syscall, evidence string) {
	f := Finding{ID: c.ID, Severity: c.Severity, Rule: rule, Syscall: syscall, Evidence: evidence, Fix: c.fix}
	if rule >= 0 {
		f.Line = l.profile.Syscalls[rule].Line
	}
	l.findings = append(l.findings, f)
}

func (l *linter) whole() {
	action, _ := resolve(l.profile.DefaultAction, l.profile.DefaultErrnoRet)
	if action.Executes() {
		l.add(checkDefault, -1, "", fmt.Sprintf("the default action is %s", action))
	}
	l.refusal(action, -1)
	if slices.Contains(l.profile.Flags, "SECCOMP_FILTER_FLAG_SPEC_ALLOW") {
		l.add(checkSpecAllow, -1, "", "the profile has SECCOMP_FILTER_FLAG_SPEC_ALLOW")
	}
}

// refusal looks at how a call is refused.
func (l *linter) refusal(action Action, rule int) {
	switch {
	case action == Action{Kind: KindErrno}:
		l.add(checkFake, rule, "", "errnoRet is 0")
	case action.Kind == KindErrno:
		l.add(checkSoft, rule, "", fmt.Sprintf("the action is %s", action))
	case action.Kind == KindTrap:
		l.add(checkWeakKill, rule, "", "SCMP_ACT_TRAP sends a signal whose handler the process chooses")
	case action.Kind == KindTrace:
		l.add(checkWeakKill, rule, "", "SCMP_ACT_TRACE leaves the decision to a tracer that may not be there")
	case action.Kind == KindKillThread:
		l.add(checkWeakKill, rule, "", "SCMP_ACT_KILL_THREAD ends one thread, the process goes on without it")
	}
}

func (l *linter) rule(i int) {
	rule := &l.profile.Syscalls[i]
	action, _ := resolve(rule.Action, rule.ErrnoRet)
	if rule.Comment == "" {
		l.add(checkComment, i, "", "nothing says who needs the rule")
	}
	l.refusal(action, i)
	for _, name := range rule.Names {
		if action.Executes() {
			l.danger(i, name)
			l.executable(i, name)
		}
		l.upperBits(i, name, action)
		l.use(i, name, action)
	}
}

// danger looks for syscalls that hostile code must not have.
func (l *linter) danger(i int, name string) {
	if why, ok := neverSafe[name]; ok {
		l.add(checkNeverSafe, i, name, fmt.Sprintf("%s %s", name, why))
	}
	if why, ok := needsArguments[name]; ok && len(l.profile.Syscalls[i].Args) == 0 {
		l.add(checkArguments, i, name, fmt.Sprintf("%s: %s", name, why))
	}
}
