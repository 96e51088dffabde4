//go:build linux && amd64

package attacker

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// exitProgram is an ELF file whose only act is exit(42): no library, no
// interpreter, so that it runs without a file system.
func exitProgram() []byte {
	const base, header, segment = 0x400000, 64, 56
	code := []byte{0xbf, 42, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05} // mov edi,42; mov eax,60; syscall
	le := binary.LittleEndian
	b := append([]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, make([]byte, 9)...)
	b = le.AppendUint16(b, 2)  // ET_EXEC
	b = le.AppendUint16(b, 62) // EM_X86_64
	b = le.AppendUint32(b, 1)
	b = le.AppendUint64(b, base+header+segment) // entry
	b = le.AppendUint64(b, header)              // program headers
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, 0)
	for _, v := range []uint16{header, segment, 1, 64, 0, 0} {
		b = le.AppendUint16(b, v)
	}
	size := uint64(header + segment + len(code))
	b = le.AppendUint32(b, 1) // PT_LOAD
	b = le.AppendUint32(b, 5) // readable, executable
	for _, v := range []uint64{0, base, base, size, size, 4096} {
		b = le.AppendUint64(b, v)
	}
	return append(b, code...)
}

// executeMemory runs a program that was never a file (memfd_create, execveat).
func executeMemory(string) (string, error) {
	fd, err := unix.MemfdCreate("x", 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, exitProgram()); err != nil {
		return "", err
	}
	s := &script{}
	empty := s.bytes([]byte{0})
	pid, err := spawn(0, executes, uintptr(fd), empty)
	runtime.KeepAlive(s)
	if err != nil {
		return "", err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(int(pid), &status, 0, nil); err != nil {
		return "", err
	}
	if !status.Exited() || status.ExitStatus() != 42 {
		return "", fmt.Errorf("execveat: %w", unix.Errno(status.ExitStatus()))
	}
	return "42", nil
}

// openByHandle opens a path without walking to it (open_by_handle_at(2)), the
// way out of containers known as shocker.
func openByHandle(path string) (string, error) {
	dir, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(dir)
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, path, 0)
	if err != nil {
		return "", err
	}
	fd, err := unix.OpenByHandleAt(dir, handle, unix.O_RDONLY)
	if err != nil {
		return "", err
	}
	return strconv.Itoa(fd), unix.Close(fd)
}

// takeDescriptors opens arg descriptors and keeps none.
func takeDescriptors(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	var fds []int
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	for i := range n {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return "", fmt.Errorf("after %d: %w", i, err)
		}
		fds = append(fds, fd)
	}
	return arg, nil
}

// resourceLimit reads a hard limit by its number.
func resourceLimit(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	var limit unix.Rlimit
	err = unix.Prlimit(0, n, nil, &limit)
	return strconv.FormatUint(limit.Max, 10), err
}
