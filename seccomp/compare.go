package seccomp

// test is the code that goes to yes if the condition holds, else to no. An
// argument has 64 bits and the accumulator 32, so both halves are compared.
func (a *assembler) test(arg Arg, yes, no label) label {
	switch arg.Op {
	case OpNotEqual:
		return a.equal(arg.Index, ^uint64(0), arg.Value, no, yes)
	case OpLess:
		return a.greater(opJumpGe, arg, no, yes)
	case OpLessEqual:
		return a.greater(opJumpGt, arg, no, yes)
	case OpGreater:
		return a.greater(opJumpGt, arg, yes, no)
	case OpGreaterEqual:
		return a.greater(opJumpGe, arg, yes, no)
	case OpMaskedEqual:
		return a.equal(arg.Index, arg.Value, arg.ValueTwo, yes, no)
	}
	return a.equal(arg.Index, ^uint64(0), arg.Value, yes, no)
}

// halves are the places of an argument's two words.
func halves(index uint, mask uint64) (low, high accumulator) {
	offset := uint32(offsetArgs + 8*index)
	return accumulator{true, offset, uint32(mask)}, accumulator{true, offset + 4, uint32(mask >> 32)}
}

// equal compares the masked argument with want. A half whose mask is 0 needs no
// code: want is 0 there too, Validate looks at that.
func (a *assembler) equal(index uint, mask, want uint64, yes, no label) label {
	low, high := halves(index, mask)
	at := yes
	if low.mask != 0 {
		a.branch(opJumpEq, uint32(want), at, no, low)
		at = a.load(low)
	}
	if high.mask != 0 {
		a.branch(opJumpEq, uint32(want>>32), at, no, high)
		at = a.load(high)
	}
	return at
}

// greater compares the argument with arg.Value: the upper halves decide unless
// they are equal, then the lower ones do, by code (greater, or greater or equal).
func (a *assembler) greater(code uint16, arg Arg, yes, no label) label {
	low, high := halves(arg.Index, ^uint64(0))
	a.branch(code, uint32(arg.Value), yes, no, low)
	lower := a.load(low)
	upper := a.branch(opJumpEq, uint32(arg.Value>>32), lower, no, high)
	a.branch(opJumpGt, uint32(arg.Value>>32), yes, upper, high)
	return a.load(high)
}
