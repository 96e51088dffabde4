//go:build linux && amd64

package attacker

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/internal/lockdown"
)

var probes = map[string]func(arg string) (string, error){
	"hello":      func(arg string) (string, error) { return arg, nil },
	"call":       runScript,
	"int80":      foreign,
	"read":       readFile,
	"handle":     openByHandle,
	"socket":     socket,
	"dial":       dial,
	"udp":        udp,
	"unix":       connect,
	"abstract":   abstract,
	"interfaces": interfaces,
	"mount":      mount,
	"setuid":     setuid,
	"signal":     signal,
	"kill-all":   killAll,
	"ptrace":     ptrace,
	"fork":       fork,
	"exec":       execute,
	"memfd-exec": executeMemory,
	"newuser":    newUser,
	"daemonise":  daemonise,
	"hog":        hog,
	"bomb":       bomb,
	"threads":    startThreads,
	"descend":    takeDescriptors,
	"spin":       spin,
	"env":        func(string) (string, error) { return strings.Join(os.Environ(), "|"), nil },
	"fds":        descriptors,
	"prctl":      prctl,
	"rlimit":     resourceLimit,
	"shm":        sharedMemory,
	"hostname":   hostname,
	"files":      receiveFiles,
	"write":      writeFile,
	"exit":       exit,
	"log":        logText,
}

var files []int

func readFile(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	return string(buf[:max(n, 0)]), err
}

func mount(string) (string, error) {
	return "", unix.Mount("none", "/", "tmpfs", 0, "")
}

// raw makes a call on this thread only, past the Go runtime's bookkeeping.
func raw(nr uintptr, args ...uintptr) (uintptr, error) {
	var a [6]uintptr
	copy(a[:], args)
	r, _, errno := syscall.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return r, errno
	}
	return r, nil
}

// hog touches arg MiB.
func hog(arg string) (string, error) {
	mib, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	mem, err := unix.Mmap(-1, 0, mib<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return "", err
	}
	for i := 0; i < len(mem); i += 4096 {
		mem[i] = 1
	}
	return "", unix.Munmap(mem)
}

// spin uses CPU for arg of wall time.
func spin(arg string) (string, error) {
	d, err := time.ParseDuration(arg)
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
	return "", err
}

func descriptors(string) (string, error) {
	var open []string
	for fd := range 256 {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			open = append(open, strconv.Itoa(fd))
		}
	}
	return strings.Join(open, " "), nil
}

// prctl reads one attribute of the process by its number.
func prctl(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	v, err := raw(unix.SYS_PRCTL, uintptr(n))
	return strconv.Itoa(int(v)), err
}

// sharedMemory looks up a System V segment by its key.
func sharedMemory(key string) (string, error) {
	n, err := strconv.Atoi(key)
	if err != nil {
		return "", err
	}
	_, err = raw(unix.SYS_SHMGET, uintptr(n), 0, 0)
	return "", err
}

func hostname(string) (string, error) {
	var uts unix.Utsname
	err := unix.Uname(&uts)
	return unix.ByteSliceToString(uts.Nodename[:]), err
}

func receiveFiles(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	files, err = lockdown.ReceiveFiles(n)
	return fmt.Sprint(files), err
}

// writeFile writes arg bytes to the first file received, from its start.
func writeFile(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	buf := make([]byte, 4096)
	for off := 0; off < n; {
		w, err := unix.Pwrite(files[0], buf[:min(len(buf), n-off)], int64(off))
		if err != nil {
			return "", err
		}
		if w == 0 {
			return "", io.ErrShortWrite
		}
		off += w
	}
	return "", nil
}

func exit(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	os.Exit(n)
	return "", nil
}

func logText(arg string) (string, error) {
	fmt.Println(arg)
	return "", nil
}
