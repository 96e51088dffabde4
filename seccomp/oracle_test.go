package seccomp

import (
	"slices"
	"testing"
)

// calls that tell the rules of a profile apart: for each rule, its conditions met
// and each condition missed by one bit or by one, in both halves.
func calls(p *Profile) []Call {
	var out []Call
	numbers := map[uint32]bool{}
	for nr := range uint32(600) {
		numbers[nr] = true
	}
	for _, nr := range []uint32{1 << 16, X32Bit - 1, X32Bit, X32Bit | 1, X32Bit | 512, 1 << 31, 0xffffffff, 0xfffffffe} {
		numbers[nr] = true
	}
	for nr := range numbers {
		for _, arch := range []uint32{ArchX8664, ArchI386, 0, 0xc00000b7} {
			out = append(out, Call{Arch: arch, NR: nr})
		}
		out = append(out, Call{Arch: ArchX8664, NR: nr, Args: [6]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}})
	}
	for _, rule := range p.Syscalls {
		var met [6]uint64
		for _, arg := range rule.Args {
			met[arg.Index] = satisfying(arg)
		}
		for _, name := range rule.Names {
			nr := syscallNumbers[name]
			out = append(out, Call{Arch: ArchX8664, NR: nr, Args: met}, Call{Arch: ArchI386, NR: nr, Args: met}, Call{Arch: ArchX8664, NR: nr | X32Bit, Args: met})
			for _, arg := range rule.Args {
				for _, value := range around(arg) {
					args := met
					args[arg.Index] = value
					out = append(out, Call{Arch: ArchX8664, NR: nr, Args: args})
				}
			}
		}
	}
	return out
}

// satisfying is a value for which the condition holds, 0 if there is none.
func satisfying(arg Arg) uint64 {
	for _, v := range around(arg) {
		if arg.matches([6]uint64{0: v, 1: v, 2: v, 3: v, 4: v, 5: v}) {
			return v
		}
	}
	return 0
}

// around are the values at which a condition changes its mind, with those that a
// comparison of one half only would take for them.
func around(arg Arg) []uint64 {
	v := arg.Value
	if arg.Op == OpMaskedEqual {
		v = arg.ValueTwo
	}
	out := []uint64{v, v - 1, v + 1, v ^ 1<<32, v ^ 1<<63, v << 32, v >> 32, v | 0xffffffff<<32, uint64(uint32(v)), v - 1<<32, v + 1<<32, 0, ^uint64(0)}
	for bit := range 64 {
		out = append(out, v^1<<bit)
	}
	return out
}

var builtins = map[string]func() *Profile{"hardened": Hardened, "jit": JIT, "bundler": Bundler}

// The compiled filter does what the policy's text says, for every number and at
// every edge of every condition, and no instruction of it is without use.
func TestBuiltinsDoWhatTheySay(t *testing.T) {
	for name, profile := range builtins {
		t.Run(name, func(t *testing.T) {
			p := profile()
			program := mustCompile(t, p)
			reached := make([]bool, program.Len())
			for _, call := range calls(p) {
				got, err := program.run(call, func(pc int) { reached[pc] = true })
				if err != nil {
					t.Fatal(err)
				}
				if want := Explain(p, call); got != want.Action {
					t.Fatalf("%+v: filter gives %v, policy says %v", call, got, want)
				}
			}
			if i := slices.Index(reached, false); i >= 0 {
				t.Errorf("instruction %d of %d is never reached", i, program.Len())
			}
			t.Logf("%d instructions", program.Len())
		})
	}
}

func mustCompile(t testing.TB, p *Profile) *Program {
	t.Helper()
	program, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return program
}
