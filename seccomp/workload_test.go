package seccomp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
	"golang.org/x/sys/unix"
)

// helpRuntime does what a Go runner does once it is sealed: a socketpair through
// the network poller, new threads, pre-emption, collections, timers, file pages.
func helpRuntime(req request) (any, error) {
	file, err := os.CreateTemp("", "seccomp")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, err
	}
	near, far, err := connections()
	if err != nil {
		return nil, err
	}
	if err := req.seal(); err != nil {
		return nil, err
	}

	// Longer than the second after which Go looks at the number of CPUs again.
	ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
	defer cancel()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { // a loop without calls, which only a signal interrupts
			for n := 0; ctx.Err() == nil; {
				for range 1 << 20 {
					n++
				}
			}
		})
		group.Go(func() { // a thread of its own, which ends with it
			runtime.LockOSThread()
			<-ctx.Done()
		})
	}
	group.Go(func() { _, _ = io.Copy(far, far) })
	for i := range 200 {
		message := []byte(rand.Text())
		if _, err := near.Write(message); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(near, message); err != nil {
			return nil, err
		}
		if _, err := file.WriteAt(message, int64(i*4096)); err != nil {
			return nil, err
		}
		if i%50 == 0 {
			keep := make([]byte, 1<<24)
			runtime.GC()
			debug.FreeOSMemory()
			runtime.KeepAlive(keep)
		}
	}
	if err := errors.Join(unix.Fdatasync(int(file.Fd())), file.Truncate(0), near.Close()); err != nil {
		return nil, err
	}
	group.Wait()
	return "done", nil
}

// connections are the two ends of a socketpair, each with the poller.
func connections() (near, far net.Conn, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	conns := make([]net.Conn, 2)
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "socketpair")
		conns[i], err = net.FileConn(file)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, nil, err
		}
	}
	return conns[0], conns[1], nil
}

// The policies for runners let Go live; killing stands for telling and killing.
func TestLiveGoRuntime(t *testing.T) {
	for name, profile := range map[string]*Profile{"hardened": Hardened(), "jit": JIT()} {
		var answer string
		if signal := ask(t, "runtime", request{Filter: killing(t, profile)}, &answer); signal != 0 || answer != "done" {
			t.Errorf("%s: %q, %v", name, answer, signal)
		}
	}
	// Control: the workload needs what it is given.
	p := Hardened()
	for i, rule := range p.Syscalls {
		if rule.Names[0] == "clone" {
			p.Syscalls[i].Action = KindKillProcess
		}
	}
	if signal := ask(t, "runtime", request{Filter: killing(t, p)}, nil); signal != syscall.SIGSYS {
		t.Errorf("without clone: %v, want SIGSYS", signal)
	}
}

// helpBundle bundles two TypeScript modules that exist in memory only.
func helpBundle(req request) (any, error) {
	if err := req.seal(); err != nil {
		return nil, err
	}
	sources := map[string]string{
		"main.ts": `import {twice} from "./other"; export default (n: number): number => twice(n)`,
		"./other": `export const twice = (n: number) => 2 * n; enum E { A = "a" }; console.log(E.A)`,
	}
	build := api.Build(api.BuildOptions{
		EntryPoints: []string{"main.ts"}, Bundle: true, Format: api.FormatESModule, Sourcemap: api.SourceMapInline,
		Plugins: []api.Plugin{{Name: "memory", Setup: func(b api.PluginBuild) {
			b.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: a.Path, Namespace: "memory"}, nil
			})
			b.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "memory"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
				source := sources[a.Path]
				return api.OnLoadResult{Contents: &source, Loader: api.LoaderTS}, nil
			})
		}}},
	})
	if len(build.Errors) > 0 {
		return nil, fmt.Errorf("bundling: %+v", build.Errors)
	}
	return string(build.OutputFiles[0].Contents), nil
}

func TestLiveBundler(t *testing.T) {
	var bundle string
	if signal := ask(t, "bundle", request{Filter: killing(t, Bundler())}, &bundle); signal != 0 {
		t.Fatalf("ended by %v", signal)
	}
	if !strings.Contains(bundle, "2 * n") {
		t.Errorf("not a bundle: %q", bundle)
	}
}

// helpNotify gives the listener away over descriptor 4, as a runner does, and
// then makes a call that the policy does not know.
func helpNotify(req request) (any, error) {
	program, err := FromBytes(req.Filter)
	if err != nil {
		return nil, err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	listener, errno := install(program.Filter(), unix.SECCOMP_FILTER_FLAG_TSYNC|unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH|unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	if errno != 0 {
		return nil, errno
	}
	if err := unix.Sendmsg(4, []byte{1}, unix.UnixRights(int(listener)), nil, 0); err != nil {
		return nil, err
	}
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 7)
	return nil, fmt.Errorf("the call came back: %v", err)
}

func TestLiveNotify(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	child := os.NewFile(uintptr(fds[1]), "child's end")
	defer child.Close()

	cmd := helperCommand(t, "notify", request{Filter: mustCompile(t, Hardened()).Bytes()})
	cmd.ExtraFiles = []*os.File{child, child} // 3 and 4
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		needed(t, fmt.Sprintf("this host refuses a pid namespace: %v", err))
	}
	child.Close()
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()

	oob := make([]byte, 64)
	_, n, _, _, err := unix.Recvmsg(fds[0], make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		t.Fatalf("no listener arrived: %v", err)
	}
	rights, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(rights[0])

	told, errno := receive(rights[0])
	if errno != 0 {
		t.Fatal(errno)
	}
	if told.NR != unix.SYS_SOCKET || told.Args[0] != unix.AF_INET || told.Args[2] != 7 || told.Arch != ArchX8664 {
		t.Errorf("told of %+v, want socket(AF_INET, SOCK_DGRAM, 7)", told)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v, want SIGKILL", err)
	}
}
