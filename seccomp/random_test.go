package seccomp

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

// chooser makes choices from a fuzzer's bytes, and zeros when they are used up.
type chooser struct{ data []byte }

func (c *chooser) pick(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	v := int(c.data[0])
	c.data = c.data[1:]
	return v % n
}

// Values whose halves are easily taken for each other.
var interesting = []uint64{
	0, 1, 2, 4, 7, 0x80, 0xffffffff, 1 << 31, 1 << 32, 1<<32 | 1, 0xffffffff << 32, 1 << 63, ^uint64(0),
	^uint64(3), 0x3d0f00, 0xfffffe7f, 0x7fffffff_ffffffff, 0x12345678_9abcdef0,
}

// profile is a valid profile of the choices.
func (c *chooser) profile() *Profile {
	kinds := []Kind{KindAllow, KindErrno, KindNotify, KindKillProcess, KindKillThread, KindTrap, KindLog, KindTrace}
	names := []string{"read", "write", "open", "close", "stat", "mmap", "mprotect", "futex", "clone", "socket", "openat", "clone3", "rseq_slice_yield"}
	p := &Profile{DefaultAction: kinds[c.pick(len(kinds))]}
	for range c.pick(64) {
		r := Rule{Action: kinds[c.pick(len(kinds))], Comment: "chosen"}
		if r.Action == KindErrno {
			errno := uint(c.pick(256) * 16)
			r.ErrnoRet = &errno
		}
		for _, i := range rand.New(rand.NewPCG(uint64(c.pick(256)), 0)).Perm(len(names))[:1+c.pick(4)] {
			r.Names = append(r.Names, names[i])
		}
		for _, i := range rand.New(rand.NewPCG(uint64(c.pick(256)), 1)).Perm(6)[:c.pick(7)] {
			a := Arg{Index: uint(i), Op: allOps[c.pick(len(allOps))], Value: interesting[c.pick(len(interesting))]}
			if a.Op == OpMaskedEqual {
				a.Value = max(a.Value, 1)
				a.ValueTwo = a.Value & interesting[c.pick(len(interesting))]
			}
			r.Args = append(r.Args, a)
		}
		p.Syscalls = append(p.Syscalls, r)
	}
	return p
}

// machineOf is the same filter in the interpreter of golang.org/x/net/bpf, which
// others wrote. It reads packets, so words are big-endian there.
func machineOf(t testing.TB, p *Program) *bpf.VM {
	t.Helper()
	var raw []bpf.RawInstruction
	for _, ins := range p.Filter() {
		raw = append(raw, bpf.RawInstruction{Op: ins.Code, Jt: ins.Jt, Jf: ins.Jf, K: ins.K})
	}
	instructions, complete := bpf.Disassemble(raw)
	if !complete {
		t.Fatal("x/net/bpf does not know an instruction")
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func packet(c Call) []byte {
	var b []byte
	for offset := uint32(0); offset < dataSize; offset += 4 {
		w := c.word(offset)
		b = append(b, byte(w>>24), byte(w>>16), byte(w>>8), byte(w))
	}
	return b
}

// agree compares policy text, our interpreter and theirs.
func agree(t testing.TB, p *Profile, program *Program, all []Call) {
	t.Helper()
	vm := machineOf(t, program)
	for _, call := range all {
		got, err := program.Evaluate(call)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := vm.Run(packet(call))
		if err != nil {
			t.Fatal(err)
		}
		if want := Explain(p, call); got != want.Action || actionOf(uint32(theirs)) != want.Action {
			t.Fatalf("%+v:\nours   %v\ntheirs %v\npolicy %v", call, got, actionOf(uint32(theirs)), want)
		}
	}
}

func TestBuiltinsAgreeWithOtherInterpreter(t *testing.T) {
	for _, profile := range builtins {
		p := profile()
		agree(t, p, mustCompile(t, p), calls(p))
	}
}

// Random profiles, those with jumps beyond 255 instructions among them.
func TestRandomProfiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	long, trampolines := 0, 0
	for range 60 {
		data := make([]byte, random.IntN(2000))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		p := (&chooser{data}).profile()
		program := mustCompile(t, p)
		if program.Len() > 600 {
			long++
		}
		for _, ins := range program.filter {
			if ins.Code == opJump {
				trampolines++
			}
		}
		all := calls(p)
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		agree(t, p, program, all[:min(len(all), 1000)])
	}
	if long == 0 || trampolines == 0 {
		t.Errorf("%d long programs and %d long jumps: the test did not reach what it is for", long, trampolines)
	}
}

func TestCompileIsDeterministic(t *testing.T) {
	for name, profile := range builtins {
		first := mustCompile(t, profile()).Bytes()
		for range 20 {
			if !bytes.Equal(first, mustCompile(t, profile()).Bytes()) {
				t.Fatalf("%s: compiled twice, two filters", name)
			}
		}
	}
}

func TestCompileTooLong(t *testing.T) {
	p := &Profile{DefaultAction: KindErrno}
	for i := range maxRules {
		arg := Arg{Index: uint(i % 6), Op: OpGreater, Value: uint64(i)<<32 | 5}
		p.Syscalls = append(p.Syscalls, Rule{Names: []string{"read"}, Action: KindAllow, Args: []Arg{arg}})
	}
	if _, err := Compile(p); err == nil || !strings.Contains(err.Error(), "4096") {
		t.Errorf("got %v, want a refusal that names the limit", err)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte{3, 20, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, uint32(9), uint64(1), uint64(2), uint64(1)<<32)
	f.Fuzz(func(t *testing.T, data []byte, nr uint32, a, b, c uint64) {
		p := (&chooser{data}).profile()
		program := mustCompile(t, p)
		all := []Call{{Arch: ArchX8664, NR: nr, Args: [6]uint64{a, b, c, a, b, c}}}
		for _, rule := range p.Syscalls[:min(len(p.Syscalls), 4)] {
			call := Call{Arch: ArchX8664, NR: syscallNumbers[rule.Names[0]], Args: [6]uint64{a, b, c, b, c, a}}
			all = append(all, call)
			for _, arg := range rule.Args {
				for _, value := range around(arg)[:13] {
					call.Args[arg.Index] = value
					all = append(all, call)
				}
			}
		}
		agree(t, p, program, all)
	})
}
