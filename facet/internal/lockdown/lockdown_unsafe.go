//go:build linux && amd64

package lockdown

// #cgo CFLAGS: -O2 -Wall -Wextra -Werror
// #include "lockdown.h"
import "C"

import "syscall"

// active asks C whether the constructor has run to its end. No memory crosses.
func active() bool { return C.facetd_lockdown_active() == 1 }

// seal calls into C because the filter lives in C's read-only pages, and
// because between the filter and the hand-over of its listener no Go code
// (which may need any call) should stand. No memory crosses.
func seal() error {
	if errno := C.facetd_lockdown_seal(); errno != 0 {
		return syscall.Errno(errno)
	}
	return nil
}
