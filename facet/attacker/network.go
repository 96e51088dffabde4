//go:build linux && amd64

package attacker

import (
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

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

func udp(addr string) (string, error) {
	conn, err := net.Dial("udp", addr)
	if err == nil {
		conn.Close()
	}
	return "", err
}

func connect(path string) (string, error) {
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return "", err
}

// interfaces lists those that exist, with their state, by netlink.
func interfaces(string) (string, error) {
	all, err := net.Interfaces()
	if err != nil {
		return "", err
	}
	var names []string
	for _, i := range all {
		state := "down"
		if i.Flags&net.FlagUp != 0 {
			state = "up"
		}
		names = append(names, fmt.Sprintf("%s/%s", i.Name, state))
	}
	return strings.Join(names, " "), nil
}
