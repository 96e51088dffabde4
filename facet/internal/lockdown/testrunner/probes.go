//go:build linux && amd64

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/internal/lockdown"
)

var probes = map[string]func(arg string) (string, error){
	"hello":    func(arg string) (string, error) { return arg, nil },
	"read":     readFile,
	"socket":   socket,
	"dial":     dial,
	"abstract": abstract,
	"mount":    mount,
	"setuid":   setuid,
	"signal":   signal,
	"ptrace":   ptrace,
	"fork":     fork,
	"exec":     execute,
	"newuser":  newUser,
	"hog":      hog,
	"bomb":     bomb,
	"spin":     spin,
	"env":      func(string) (string, error) { return strings.Join(os.Environ(), "|"), nil },
	"fds":      descriptors,
	"prctl":    prctl,
	"shm":      sharedMemory,
	"hostname": hostname,
	"files":    receiveFiles,
	"write":    writeFile,
	"syscall":  rawCall,
	"exit":     exit,
	"log":      logText,
	"kill-all": killAll,
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

func socket(string) (string, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return "", err
}

func dial(addr string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		conn.Close()
	}
	return "", err
}

func abstract(name string) (string, error) {
	conn, err := net.Dial("unix", "@"+name)
	if err == nil {
		conn.Close()
	}
	return "", err
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

func setuid(uid string) (string, error) {
	n, err := strconv.Atoi(uid)
	if err != nil {
		return "", err
	}
	_, err = raw(unix.SYS_SETRESUID, uintptr(n), uintptr(n), uintptr(n))
	return "", err
}

func signal(pid string) (string, error) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return "", err
	}
	return "", unix.Kill(n, 0)
}

// killAll signals everything it can see; nobody but itself must be there.
func killAll(string) (string, error) {
	return "", unix.Kill(-1, unix.SIGTERM)
}

func ptrace(pid string) (string, error) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return "", err
	}
	_, err = raw(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(n), 0, 0)
	return "", err
}

// spawn forks without exec; the child pauses for ever or ends at once.
func spawn(flags uintptr, stay bool) (uintptr, error) {
	pid, err := raw(unix.SYS_CLONE, flags|uintptr(unix.SIGCHLD))
	if pid == 0 && err == nil {
		if stay {
			raw(unix.SYS_PAUSE)
		}
		raw(unix.SYS_EXIT_GROUP)
	}
	return pid, err
}

func fork(string) (string, error) {
	pid, err := spawn(0, false)
	if err == nil {
		unix.Wait4(int(pid), nil, 0, nil)
	}
	return "", err
}

func newUser(string) (string, error) {
	pid, err := spawn(unix.CLONE_NEWUSER, false)
	if err == nil {
		unix.Wait4(int(pid), nil, 0, nil)
	}
	return "", err
}

func execute(path string) (string, error) { return "", exec.Command(path).Run() }

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

// bomb makes arg processes that stay; they end with the pid namespace.
func bomb(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	var pids []uintptr
	defer func() {
		for _, pid := range pids {
			unix.Kill(int(pid), unix.SIGKILL)
		}
	}()
	for i := range n {
		pid, err := spawn(0, true)
		if err != nil {
			return "", fmt.Errorf("after %d: %w", i, err)
		}
		pids = append(pids, pid)
	}
	return "", nil
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

// rawCall makes one system call by number with up to six arguments.
func rawCall(arg string) (string, error) {
	var nums []uintptr
	for _, word := range strings.Fields(arg) {
		n, err := strconv.ParseUint(word, 0, 64)
		if err != nil {
			return "", err
		}
		nums = append(nums, uintptr(n))
	}
	r, err := raw(nums[0], nums[1:]...)
	return strconv.Itoa(int(r)), err
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
