#include "textflag.h"

// func int80(nr uint32) int32
// One call by the 32-bit entry of the kernel, which Go never uses, its five
// arguments zero.
TEXT ·int80(SB), NOSPLIT, $0-12
	MOVL	nr+0(FP), AX
	MOVL	$0, BX
	MOVL	$0, CX
	MOVL	$0, DX
	MOVL	$0, SI
	MOVL	$0, DI
	INT	$0x80
	MOVL	AX, ret+8(FP)
	RET
