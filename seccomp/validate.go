package seccomp

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// maxRules bounds the work that a profile can cause. The largest profiles in
// use (Docker's, systemd's) have under 100 rules.
const maxRules = 2048

const nativeArch = "SCMP_ARCH_X86_64"

// installFlags are the flags that the OCI format knows, as seccomp(2) bits.
var installFlags = map[string]uint32{
	"SECCOMP_FILTER_FLAG_TSYNC":              unix.SECCOMP_FILTER_FLAG_TSYNC,
	"SECCOMP_FILTER_FLAG_LOG":                unix.SECCOMP_FILTER_FLAG_LOG,
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW":         unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
}

// Validate reports the first thing in the profile that has no clear meaning.
// [Parse] and [Compile] call it; a profile built in Go may call it by itself.
func (p *Profile) Validate() error {
	if p == nil {
		return errors.New("no profile given")
	}
	if _, err := resolve(p.DefaultAction, p.DefaultErrnoRet); err != nil {
		return fmt.Errorf("default: %w", err)
	}
	for _, name := range p.Architectures {
		if err := checkArch(name); err != nil {
			return err
		}
	}
	for _, name := range p.Flags {
		if err := checkFlag(name); err != nil {
			return err
		}
	}
	if len(p.Syscalls) > maxRules {
		return fmt.Errorf("%d rules are more than the limit of %d: join rules with the same action", len(p.Syscalls), maxRules)
	}
	for i := range p.Syscalls {
		if err := p.Syscalls[i].validate(); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	return nil
}

// InstallFlags are the profile's flags as bits for seccomp(2), 0 if it has none.
// Flags that the profile does not know are left out; Validate reports those.
func (p *Profile) InstallFlags() uint32 {
	var bits uint32
	for _, name := range p.Flags {
		bits |= installFlags[name]
	}
	return bits
}

func (r *Rule) validate() error {
	if _, err := resolve(r.Action, r.ErrnoRet); err != nil {
		return err
	}
	if len(r.Names) == 0 {
		return errors.New("names missing: a rule names at least one syscall")
	}
	for i, name := range r.Names {
		if err := checkName(name); err != nil {
			return err
		}
		if slices.Contains(r.Names[:i], name) {
			return fmt.Errorf("syscall %q is named twice in a rule: remove one", name)
		}
	}
	for i, arg := range r.Args {
		if err := arg.validate(); err != nil {
			return err
		}
		// runc takes two conditions on one argument as "either", libseccomp
		// refuses them, so no reading is safe.
		for _, other := range r.Args[:i] {
			if other.Index == arg.Index {
				return fmt.Errorf("argument %d is tested twice in a rule, which other runtimes read differently: write two rules or a mask", arg.Index)
			}
		}
	}
	return nil
}

func (a Arg) validate() error {
	if a.Index > 5 {
		return fmt.Errorf("argument index %d: a syscall has arguments 0 to 5", a.Index)
	}
	if err := checkOp(a.Op); err != nil {
		return err
	}
	if a.Op != OpMaskedEqual {
		if a.ValueTwo != 0 {
			return fmt.Errorf("valueTwo has no meaning with %s: remove it", a.Op)
		}
		return nil
	}
	if a.Value == 0 {
		return errors.New("a mask (value) of 0 tests nothing: remove the condition")
	}
	if a.ValueTwo&^a.Value != 0 {
		return fmt.Errorf("valueTwo %#x has bits outside the mask %#x (value), so the condition never holds", a.ValueTwo, a.Value)
	}
	return nil
}

func checkName(name string) error {
	if _, ok := syscallNumbers[name]; !ok {
		return fmt.Errorf("unknown syscall %q%s", name, suggest(name, knownSyscalls()))
	}
	return nil
}

func checkOp(op Op) error {
	if slices.Contains(allOps, op) {
		return nil
	}
	names := make([]string, len(allOps))
	for i, o := range allOps {
		names[i] = string(o)
	}
	return fmt.Errorf("unknown operator %q%s", op, suggest(string(op), names))
}

func checkArch(name string) error {
	if name == nativeArch {
		return nil
	}
	return fmt.Errorf("architecture %q is not supported: foreign architectures are always killed, leave only %s", name, nativeArch)
}

func checkFlag(name string) error {
	if _, ok := installFlags[name]; ok {
		return nil
	}
	names := make([]string, 0, len(installFlags))
	for n := range installFlags {
		names = append(names, n)
	}
	return fmt.Errorf("unknown flag %q%s", name, suggest(name, names))
}
