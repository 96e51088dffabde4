//go:build linux && amd64

package attacker

import (
	"strconv"
	"syscall"
)

func int80(nr uint32) int32

// foreign makes a call of the 32-bit ABI by its number there.
func foreign(arg string) (string, error) {
	nr, err := strconv.ParseUint(arg, 0, 32)
	if err != nil {
		return "", err
	}
	r := int80(uint32(nr))
	if r < 0 && r > -4096 {
		return "", syscall.Errno(-r)
	}
	return strconv.Itoa(int(r)), nil
}
