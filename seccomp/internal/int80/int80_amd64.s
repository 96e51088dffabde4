#include "textflag.h"

// func Call(nr uint32) uint32
TEXT ·Call(SB), NOSPLIT, $0-12
	MOVL	nr+0(FP), AX
	MOVL	$-1, BX
	MOVL	$-1, CX
	MOVL	$-1, DX
	MOVL	$-1, SI
	MOVL	$-1, DI
	INT	$0x80
	MOVL	AX, ret+8(FP)
	RET
