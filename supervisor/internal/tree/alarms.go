//go:build linux

package tree

import (
	"errors"
	"os"
)

const (
	alarmsDir  = "alarms"
	alarmsFile = "index.sqlite"
)

// AlarmFile returns the path of the index of alarms, making the file and its
// directory where they are missing, once they are known to be what they have to be.
// As with [Object.OpenDB], SQLite then opens it by path.
func (s *Store) AlarmFile() (string, error) {
	d, err := s.root.makeDir(alarmsDir)
	if err != nil {
		return "", err
	}
	defer d.close()
	f, err := d.create(alarmsFile) // SQLite gives -wal and -shm the same mode
	switch {
	case err == nil:
		err = errors.Join(f.Close(), d.sync())
	case errors.Is(err, os.ErrExist):
		err = nil
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err == nil {
			err = d.checkOptional(alarmsFile + suffix)
		}
	}
	return d.join(alarmsFile), err
}
