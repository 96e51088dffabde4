package seccomp

import (
	"fmt"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (linux/seccomp.h), little-endian.
const (
	offsetNR   = 0
	offsetArch = 4
	offsetIP   = 8
	offsetArgs = 16
	dataSize   = 64
)

// condition is a rule as one syscall sees it.
type condition struct {
	args   []Arg
	action Action
}

// decision is all that is said of one syscall: conditions in order, then what
// holds for the rest.
type decision struct {
	conditions []condition
	otherwise  Action
}

// Compile makes the kernel's filter of a profile. It fails if the profile is not
// valid or needs more than 4096 instructions. The result depends on nothing but
// the profile.
func Compile(p *Profile) (*Program, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("seccomp profile: %w", err)
	}
	c := compiler{
		asm:    assembler{returns: map[uint32]label{}},
		labels: map[string]label{},
	}
	c.prologue(c.search(segments(p)))
	filter := prune(c.asm.program())
	if c.tooLong || len(filter) > maxInstructions {
		return nil, fmt.Errorf("seccomp profile needs more than the %d instructions that the kernel takes: use fewer argument checks", maxInstructions)
	}
	if err := checkFilter(filter); err != nil {
		return nil, fmt.Errorf("compiled filter is not sound: %w", err)
	}
	return &Program{filter: filter}, nil
}

// decisions of the profile by syscall number; those not in the map get the
// default action.
func decisions(p *Profile) (map[uint32]decision, Action) {
	fallback, _ := resolve(p.DefaultAction, p.DefaultErrnoRet) // Validate did look
	out := map[uint32]decision{}
	closed := map[uint32]bool{}
	for i := range p.Syscalls {
		rule := &p.Syscalls[i]
		action, _ := resolve(rule.Action, rule.ErrnoRet)
		for _, name := range rule.Names {
			nr := syscallNumbers[name]
			if closed[nr] {
				continue
			}
			d, ok := out[nr]
			if !ok {
				d.otherwise = fallback
			}
			if len(rule.Args) == 0 {
				d.otherwise, closed[nr] = action, true
			} else {
				d.conditions = append(d.conditions, condition{rule.Args, action})
			}
			out[nr] = d
		}
	}
	return out, fallback
}

// key is equal for equal decisions.
func (d decision) key() string {
	var b strings.Builder
	for _, c := range d.conditions {
		fmt.Fprintf(&b, "%v:%d,", c.args, c.action.ret())
	}
	fmt.Fprintf(&b, "%d", d.otherwise.ret())
	return b.String()
}

// segment is a run of syscall numbers, from start to the next segment, with one
// decision.
type segment struct {
	start    uint32
	decision decision
	key      string
}

// segments cover all numbers from 0, in order, neighbours differing.
func segments(p *Profile) []segment {
	byNumber, fallback := decisions(p)
	numbers := make([]uint32, 0, len(byNumber))
	for nr := range byNumber {
		numbers = append(numbers, nr)
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })

	var out []segment
	add := func(start uint32, d decision) {
		key := d.key()
		if n := len(out); n > 0 && out[n-1].key == key {
			return
		}
		out = append(out, segment{start, d, key})
	}
	rest := decision{otherwise: fallback}
	next := uint32(0)
	for _, nr := range numbers {
		if nr > next {
			add(next, rest)
		}
		add(nr, byNumber[nr])
		next = nr + 1
	}
	add(next, rest)
	return out
}

type compiler struct {
	asm    assembler
	labels map[string]label // where the code of a decision is, by its key
	// tooLong: the search was given up because the code outgrew every limit.
	tooLong bool
}

// prologue is the start of the filter: nothing foreign comes past it.
func (c *compiler) prologue(root label) {
	kill := Action{Kind: KindKillProcess}.ret()
	number := accumulator{known: true, offset: offsetNR, mask: 0xffffffff}
	architecture := accumulator{known: true, offset: offsetArch, mask: 0xffffffff}

	// x32 and negative numbers: everything from the x32 bit up.
	c.asm.branch(opJumpGe, X32Bit, c.asm.ret(kill), root, accumulator{})
	native := c.asm.load(number)
	c.asm.branch(opJumpEq, unix.AUDIT_ARCH_X86_64, native, c.asm.ret(kill), accumulator{})
	c.asm.load(architecture)
}

// search is a binary search for the syscall number, which the accumulator holds.
func (c *compiler) search(segments []segment) label {
	if len(segments) == 1 {
		return c.decide(segments[0])
	}
	if len(c.asm.reversed) > 4*maxInstructions {
		c.tooLong = true // whatever prune would find
		return 0
	}
	middle := len(segments) / 2
	above := c.search(segments[middle:])
	below := c.search(segments[:middle])
	return c.asm.branch(opJumpGe, segments[middle].start, above, below, accumulator{})
}

// decide is the code of one decision; equal decisions share it.
func (c *compiler) decide(s segment) label {
	if len(s.decision.conditions) == 0 {
		return c.asm.ret(s.decision.otherwise.ret())
	}
	if l, ok := c.labels[s.key]; ok {
		return l
	}
	at := c.asm.ret(s.decision.otherwise.ret())
	for i := len(s.decision.conditions) - 1; i >= 0; i-- {
		condition := s.decision.conditions[i]
		yes := c.asm.ret(condition.action.ret())
		for j := len(condition.args) - 1; j >= 0; j-- {
			yes = c.asm.test(condition.args[j], yes, at)
		}
		at = yes
	}
	c.labels[s.key] = at
	return at
}
