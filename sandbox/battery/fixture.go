//go:build linux && amd64

package battery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/sandbox"
)

// secretVariable is what a supervisor's environment must not give away.
const secretVariable = "FACETD_BATTERY_SECRET"

// Where inherited descriptors are left open on purpose.
const (
	leakedFD  = 200
	leakedDir = 201
)

// Battery tries attempts with one runner. Words in braces of a probe:
//
//	{dir}       a folder that anybody may write to
//	{file}      a file in it, {relative} the way to it from anywhere
//	{secret}    a file that only the supervisor's user may read
//	{socket}    a listening socket in {dir}
//	{tcp} {udp} listening on loopback
//	{abstract}  the name of a listening abstract socket
//	{pid}       a process of the supervisor's user, {self} the supervisor
//	{key}       of a segment of shared memory
type Battery struct {
	launcher *sandbox.Launcher
	runner   string
	args     []string
	words    *strings.Replacer
	dir      string
	hostName string
	inForce  sandbox.Layer
	cleanups []func() error
}

// Config is what a battery needs.
type Config struct {
	// Sandbox is the launcher's; its ids must not overlap another one's.
	Sandbox sandbox.Config
	// Runner is the path of facet-runner.
	Runner string
	// Args make it serve package attacker; nil: as facet-runner wants it.
	Args []string
}

// New makes what is attacked. The caller closes the battery.
func New(c Config) (*Battery, error) {
	b := &Battery{runner: c.Runner, args: c.Args}
	if b.args == nil {
		b.args = []string{"attack"}
	}
	launcher, err := sandbox.New(c.Sandbox)
	if err != nil {
		return nil, err
	}
	b.launcher = launcher
	b.onClose(launcher.Close)
	if err := b.makeTargets(); err != nil {
		return nil, errors.Join(fmt.Errorf("battery: %w", err), b.Close())
	}
	// Which of the best-effort layers there are only a live process shows.
	if b.inForce, _, err = b.Posture(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("battery: start a sandbox: %w", err), b.Close())
	}
	return b, nil
}

// Host is what the sandbox can do here.
func (b *Battery) Host() sandbox.Report { return b.launcher.Host() }

func (b *Battery) onClose(f func() error) { b.cleanups = append(b.cleanups, f) }

// Close takes everything away again.
func (b *Battery) Close() error {
	var errs []error
	for i := range b.cleanups {
		errs = append(errs, b.cleanups[len(b.cleanups)-1-i]())
	}
	b.cleanups = nil
	return errors.Join(errs...)
}

func (b *Battery) makeTargets() error {
	var err error
	if b.hostName, err = os.Hostname(); err != nil {
		return err
	}
	if err := b.makeFiles(); err != nil {
		return err
	}
	if err := b.leakDescriptors(); err != nil {
		return err
	}
	abstract := fmt.Sprintf("facetd-battery-%d", os.Getpid())
	addresses := map[string]string{"tcp": "127.0.0.1:0", "unix": b.dir + "/socket", "abstract": "@" + abstract}
	for kind, address := range addresses {
		network := "unix"
		if kind == "tcp" {
			network = "tcp"
		}
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		b.onClose(l.Close)
		addresses[kind] = l.Addr().String()
	}
	// A service on its own port is what UDP has to find.
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.onClose(packets.Close)
	if err := os.Chmod(b.dir+"/socket", 0o777); err != nil {
		return err
	}
	victim := exec.Command("sleep", "1000")
	if err := victim.Start(); err != nil {
		return err
	}
	b.onClose(func() error {
		err := victim.Process.Kill()
		victim.Wait() // killed: its status is no error of ours
		return err
	})
	key := os.Getpid() | 0x51000000
	shm, err := unix.SysvShmGet(key, 4096, unix.IPC_CREAT|0o666)
	if err != nil {
		return fmt.Errorf("shared memory: %w", err)
	}
	b.onClose(func() error { _, err := unix.SysvShmCtl(shm, unix.IPC_RMID, nil); return err })
	b.words = strings.NewReplacer("{dir}", b.dir, "{file}", b.dir+"/db", "{secret}", b.dir+"/secret",
		"{relative}", strings.Repeat("../", 40)+b.dir[1:]+"/db",
		"{socket}", b.dir+"/socket", "{tcp}", addresses["tcp"], "{udp}", packets.LocalAddr().String(),
		"{abstract}", abstract, "{pid}", fmt.Sprint(victim.Process.Pid), "{self}", fmt.Sprint(os.Getpid()),
		"{key}", fmt.Sprint(key), "{leaked-dir}", fmt.Sprint(leakedDir))
	return nil
}

func (b *Battery) makeFiles() error {
	base, err := publicFolder()
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(base, "facetd-battery-"); err != nil {
		return err
	}
	b.onClose(func() error { return os.RemoveAll(b.dir) })
	if err := os.Chmod(b.dir, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.dir, "secret"), []byte("secret"), 0o600)
}

// publicFolder is where any user gets to: file modes on the way would stop an
// attempt that only the layers are to stop.
func publicFolder() (string, error) {
	for _, base := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		open := true
		for dir := filepath.Clean(base); ; dir = filepath.Dir(dir) {
			info, err := os.Stat(dir)
			open = open && err == nil && info.Mode()&0o001 != 0
			if dir == "/" || !open {
				break
			}
		}
		if open {
			return base, nil
		}
	}
	return "", errors.New("no folder for temporary files that every user may enter: set TMPDIR to one")
}

// reset puts the file that attempts may rename or remove back in its place.
func (b *Battery) reset() error {
	for _, name := range []string{"db.x", "new", "device"} {
		if err := os.RemoveAll(filepath.Join(b.dir, name)); err != nil {
			return err
		}
	}
	path := filepath.Join(b.dir, "db")
	if err := os.WriteFile(path, []byte("data of another facet"), 0o666); err != nil {
		return err
	}
	return os.Chmod(path, 0o666)
}

// leakDescriptors leaves a file and the root folder open in this process without
// close-on-exec, as a careless library would.
func (b *Battery) leakDescriptors() error {
	for fd, path := range map[int]string{leakedFD: b.dir + "/secret", leakedDir: "/"} {
		low, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		err = unix.Dup2(low, fd)
		unix.Close(low)
		if err != nil {
			return err
		}
		b.onClose(func() error { return unix.Close(fd) })
	}
	b.onClose(func() error { return os.Unsetenv(secretVariable) })
	return os.Setenv(secretVariable, "1")
}

// deadline bounds what an attempt may take.
const deadline = 20 * time.Second
