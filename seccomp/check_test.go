package seccomp

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

func stmt(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }

func jump(code uint16, k uint32, jt, jf uint8) unix.SockFilter {
	return unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k}
}

var end = stmt(opReturn, unix.SECCOMP_RET_ALLOW)

// badFilters are filters that the kernel refuses; the live test says so too.
var badFilters = []struct {
	name   string
	filter []unix.SockFilter
	want   string
}{
	{"empty", nil, "empty"},
	{"too long", make([]unix.SockFilter, maxInstructions+1), "4097"},
	{"no return at the end", []unix.SockFilter{stmt(opLoad, 0)}, "end with a return"},
	{"load of a byte", []unix.SockFilter{stmt(unix.BPF_LD|unix.BPF_B|unix.BPF_ABS, 0), end}, "not allowed"},
	{"load relative to X", []unix.SockFilter{stmt(unix.BPF_LD|unix.BPF_W|unix.BPF_IND, 0), end}, "not allowed"},
	{"modulo", []unix.SockFilter{stmt(unix.BPF_ALU|unix.BPF_MOD|unix.BPF_K, 3), end}, "not allowed"},
	{"unknown code", []unix.SockFilter{stmt(0xffff, 0), end}, "not allowed"},
	{"load past the call", []unix.SockFilter{stmt(opLoad, dataSize), end}, "outside"},
	{"load unaligned", []unix.SockFilter{stmt(opLoad, 2), end}, "unaligned"},
	{"jump past the end", []unix.SockFilter{stmt(opJump, 1), end}, "past the end"},
	{"jump wraps", []unix.SockFilter{stmt(opJump, 0xffffffff), end}, "past the end"},
	{"condition past the end", []unix.SockFilter{jump(opJumpEq, 0, 1, 0), end}, "past the end"},
	{"other branch past the end", []unix.SockFilter{jump(opJumpEq, 0, 0, 1), end}, "past the end"},
	{"division by zero", []unix.SockFilter{stmt(unix.BPF_ALU|unix.BPF_DIV|unix.BPF_K, 0), end}, "division"},
	{"wide shift", []unix.SockFilter{stmt(unix.BPF_ALU|unix.BPF_LSH|unix.BPF_K, 32), end}, "shift"},
	{"scratch word 16", []unix.SockFilter{stmt(unix.BPF_ST, 16), end}, "scratch"},
	{"load of scratch word 16", []unix.SockFilter{stmt(unix.BPF_LD|unix.BPF_MEM, 16), end}, "scratch"},
	{"scratch word not written", []unix.SockFilter{stmt(unix.BPF_LD|unix.BPF_MEM, 0), end}, "before it is written"},
	{"scratch word written on one path", []unix.SockFilter{
		stmt(opLoad, 0), jump(opJumpEq, 1, 0, 1), stmt(unix.BPF_ST, 3), stmt(unix.BPF_LDX|unix.BPF_MEM, 3), end,
	}, "before it is written"},
}

func TestFromFilterRefuses(t *testing.T) {
	for _, tt := range badFilters {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := FromFilter(tt.filter); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
	for _, data := range [][]byte{nil, make([]byte, 7), make([]byte, 9), make([]byte, 8*4097)} {
		if _, err := FromBytes(data); err == nil {
			t.Errorf("%d bytes were accepted", len(data))
		}
	}
}

func TestEvaluateInstructions(t *testing.T) {
	const alu, k, x = unix.BPF_ALU, unix.BPF_K, unix.BPF_X
	loadA := func(v uint32) unix.SockFilter { return stmt(unix.BPF_LD|unix.BPF_IMM, v) }
	loadX := func(v uint32) unix.SockFilter { return stmt(unix.BPF_LDX|unix.BPF_IMM, v) }
	// Each body leaves in A what the filter returns; ret reads it as an errno.
	base := uint32(unix.SECCOMP_RET_ERRNO)
	tests := []struct {
		name string
		body []unix.SockFilter
		want uint16
	}{
		{"add", []unix.SockFilter{loadA(base), stmt(alu|unix.BPF_ADD|k, 7)}, 7},
		{"add x", []unix.SockFilter{loadA(base), loadX(9), stmt(alu|unix.BPF_ADD|x, 0)}, 9},
		{"sub", []unix.SockFilter{loadA(base + 9), stmt(alu|unix.BPF_SUB|k, 7)}, 2},
		{"mul", []unix.SockFilter{loadA(base / 2), stmt(alu|unix.BPF_MUL|k, 2)}, 0},
		{"div", []unix.SockFilter{loadA(base*2 + 10), stmt(alu|unix.BPF_DIV|k, 2)}, 5},
		{"or", []unix.SockFilter{loadA(base), stmt(alu|unix.BPF_OR|k, 6)}, 6},
		{"and", []unix.SockFilter{loadA(base | 7), stmt(alu|unix.BPF_AND|k, base|5)}, 5},
		{"xor", []unix.SockFilter{loadA(base | 7), stmt(alu|unix.BPF_XOR|k, 5)}, 2},
		{"shift left", []unix.SockFilter{loadA(base >> 4), stmt(alu|unix.BPF_LSH|k, 4)}, 0},
		{"shift right", []unix.SockFilter{loadA(base<<2 | 8), stmt(alu|unix.BPF_RSH|k, 2)}, 2},
		{"negate", []unix.SockFilter{loadA(-(base | 3)), stmt(alu|unix.BPF_NEG, 0)}, 3},
		{"length", []unix.SockFilter{stmt(unix.BPF_LD|unix.BPF_W|unix.BPF_LEN, 0), stmt(alu|unix.BPF_OR|k, base)}, 64},
		{"length to X", []unix.SockFilter{stmt(unix.BPF_LDX|unix.BPF_W|unix.BPF_LEN, 0), stmt(unix.BPF_MISC|unix.BPF_TXA, 0), stmt(alu|unix.BPF_OR|k, base)}, 64},
		{"scratch", []unix.SockFilter{loadA(base | 4), stmt(unix.BPF_ST, 15), loadA(0), stmt(unix.BPF_LD|unix.BPF_MEM, 15)}, 4},
		{"scratch from X", []unix.SockFilter{loadX(base | 4), stmt(unix.BPF_STX, 0), stmt(unix.BPF_LD|unix.BPF_MEM, 0)}, 4},
		{"tax and back", []unix.SockFilter{loadA(base | 4), stmt(unix.BPF_MISC|unix.BPF_TAX, 0), loadA(0), stmt(unix.BPF_MISC|unix.BPF_TXA, 0)}, 4},
		{"jset", []unix.SockFilter{loadA(6), jump(unix.BPF_JMP|unix.BPF_JSET|k, 2, 0, 1), loadA(base | 1), stmt(alu|unix.BPF_OR|k, base)}, 1},
		{"instruction pointer", []unix.SockFilter{stmt(opLoad, offsetIP), stmt(alu|unix.BPF_OR|k, base)}, 0x11},
		{"upper half of it", []unix.SockFilter{stmt(opLoad, offsetIP+4), stmt(alu|unix.BPF_OR|k, base)}, 0x22},
		{"argument 5, upper half", []unix.SockFilter{stmt(opLoad, offsetArgs+44), stmt(alu|unix.BPF_OR|k, base)}, 0x33},
		{"errno above the largest", []unix.SockFilter{loadA(base | 0xffff)}, maxErrno},
	}
	call := Call{Arch: ArchX8664, IP: 0x22_00000011, Args: [6]uint64{5: 0x33 << 32}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			program, err := FromFilter(append(tt.body, stmt(unix.BPF_RET|unix.BPF_A, 0)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := program.Evaluate(call)
			if err != nil || got != (Action{KindErrno, tt.want}) {
				t.Errorf("got %v, %v, want errno %d", got, err, tt.want)
			}
		})
	}
}

func TestEvaluateEdges(t *testing.T) {
	if _, err := new(Program).Evaluate(Call{}); err == nil {
		t.Error("the zero Program gave an answer")
	}
	divide, err := FromFilter([]unix.SockFilter{stmt(unix.BPF_ALU|unix.BPF_DIV|unix.BPF_X, 0), end})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := divide.Evaluate(Call{}); got.Kind != KindKillThread {
		t.Errorf("division by a zero X gave %v; the kernel returns 0, which kills the thread", got)
	}
	unknown, err := FromFilter([]unix.SockFilter{stmt(opReturn, 0x12340000)})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := unknown.Evaluate(Call{}); got.Kind != KindKillProcess {
		t.Errorf("an unknown action gave %v; the kernel kills the process", got)
	}
}

func TestBytes(t *testing.T) {
	program := mustCompile(t, Hardened())
	again, err := FromBytes(program.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(program.Bytes(), again.Bytes()) || len(program.Bytes()) != 8*program.Len() {
		t.Error("read back differently")
	}
	// ld [4], the architecture: code 0x20, no jumps, k 4.
	if want := []byte{0x20, 0, 0, 0, 4, 0, 0, 0}; !bytes.Equal(program.Bytes()[:8], want) {
		t.Errorf("starts with % x, want % x", program.Bytes()[:8], want)
	}
	program.Filter()[0].K = 0
	if program.Bytes()[4] != 4 {
		t.Error("Filter gave away the program's own memory")
	}
}

// A filter that passes the check always ends, and in the same way as in the
// interpreter that others wrote, where that one knows all its instructions.
func FuzzEvaluate(f *testing.F) {
	f.Add(mustCompile(f, Hardened()).Bytes(), uint32(9), uint64(4))
	f.Add(mustCompile(f, Bundler()).Bytes(), uint32(202), uint64(1)<<32)
	for _, tt := range badFilters {
		if p := (&Program{filter: tt.filter}); len(p.filter) < 100 {
			f.Add(p.Bytes(), uint32(0), uint64(0))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, nr uint32, arg uint64) {
		program, err := FromBytes(data)
		if err != nil {
			return
		}
		call := Call{Arch: ArchX8664, NR: nr, Args: [6]uint64{arg, arg >> 1, ^arg, arg << 7, 0, arg}, IP: arg}
		ours, err := program.Evaluate(call)
		if err != nil {
			t.Fatal(err)
		}
		var raw []bpf.RawInstruction
		for _, ins := range program.filter {
			// The interpreter of x/net takes no LDX LEN, and reads a shift by X
			// of 32 and more and a jump by X in its own way.
			if ins.Code == unix.BPF_LDX|unix.BPF_LEN || ins.Code&0x07 == unix.BPF_ALU && ins.Code&unix.BPF_X != 0 {
				return
			}
			raw = append(raw, bpf.RawInstruction{Op: ins.Code, Jt: ins.Jt, Jf: ins.Jf, K: ins.K})
		}
		instructions, complete := bpf.Disassemble(raw)
		if !complete {
			return
		}
		vm, err := bpf.NewVM(instructions)
		if err != nil {
			return
		}
		theirs, err := vm.Run(packet(call))
		if err != nil {
			return
		}
		if actionOf(uint32(theirs)) != ours {
			t.Fatalf("%+v: ours %v, theirs %v", call, ours, actionOf(uint32(theirs)))
		}
	})
}
