//go:build linux && amd64

package attacker

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// badPointer is an address that no process has mapped.
const badPointer = 8

// script makes system calls one after the other until one fails: "NR arg... ;
// NR arg...". The result is the last one's. An argument is a number or
//
//	str:TEXT      a pointer to TEXT with a zero byte
//	hex:DIGITS    a pointer to these bytes
//	buf:N         a pointer to N zero bytes
//	iov:N         a pointer to an iovec of N bytes of this process
//	riov:ADDR:N   a pointer to an iovec with that address
//	bad           a pointer to nothing
//	$N            the result of the N-th call of the script, from 0
//	file:N        the N-th file received
//	pid, tid      of this process and thread, in its own namespace
type script struct {
	results []uintptr
	keep    [][]byte
}

func runScript(text string) (string, error) {
	// The buffers are on Go's heap, which does not move, and kept until the end.
	s := &script{}
	defer runtime.KeepAlive(s)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i, line := range strings.Split(text, ";") {
		var args []uintptr
		for _, word := range strings.Fields(line) {
			v, err := s.value(word)
			if err != nil {
				return "", fmt.Errorf("call %d: %q: %v", i, word, err)
			}
			args = append(args, v)
		}
		if len(args) == 0 {
			return "", fmt.Errorf("call %d: no number", i)
		}
		r, err := raw(args[0], args[1:]...)
		if err == unix.EINTR {
			r, err = uninterrupted(args)
		}
		if err != nil {
			return "", fmt.Errorf("call %d: %w", i, err)
		}
		s.results = append(s.results, r)
	}
	return strconv.Itoa(int(s.results[len(s.results)-1])), nil
}

func (s *script) value(word string) (uintptr, error) {
	kind, rest, _ := strings.Cut(word, ":")
	switch kind {
	case "str":
		return s.bytes(append([]byte(rest), 0)), nil
	case "hex":
		b, err := hex.DecodeString(rest)
		return s.bytes(b), err
	case "buf":
		n, err := strconv.ParseUint(rest, 0, 20)
		return s.bytes(make([]byte, n)), err
	case "iov":
		n, err := strconv.ParseUint(rest, 0, 20)
		return s.iovec(s.bytes(make([]byte, n)), uintptr(n)), err
	case "riov":
		addr, size, _ := strings.Cut(rest, ":")
		a, err := strconv.ParseUint(addr, 0, 64)
		if err != nil {
			return 0, err
		}
		n, err := strconv.ParseUint(size, 0, 64)
		return s.iovec(uintptr(a), uintptr(n)), err
	case "file":
		n, err := strconv.Atoi(rest)
		if err != nil || n >= len(files) {
			return 0, fmt.Errorf("%d files were received", len(files))
		}
		return uintptr(files[n]), nil
	case "bad":
		return badPointer, nil
	case "pid":
		return uintptr(os.Getpid()), nil
	case "tid":
		return uintptr(unix.Gettid()), nil
	}
	if n, ok := strings.CutPrefix(word, "$"); ok {
		i, err := strconv.Atoi(n)
		if err != nil || i >= len(s.results) {
			return 0, fmt.Errorf("%d results so far", len(s.results))
		}
		return s.results[i], nil
	}
	if strings.HasPrefix(word, "-") {
		n, err := strconv.ParseInt(word, 0, 64)
		return uintptr(n), err
	}
	n, err := strconv.ParseUint(word, 0, 64)
	return uintptr(n), err
}

// bytes is the address of memory that lives as long as the script.
func (s *script) bytes(b []byte) uintptr {
	if len(b) == 0 {
		b = make([]byte, 1)
	}
	s.keep = append(s.keep, b)
	return uintptr(unsafe.Pointer(&b[0])) // for the kernel only, never turned back
}

func (s *script) iovec(base, size uintptr) uintptr {
	b := binary.NativeEndian.AppendUint64(nil, uint64(base))
	return s.bytes(binary.NativeEndian.AppendUint64(b, uint64(size)))
}
