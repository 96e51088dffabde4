//go:build linux

package tree

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite" // driver "sqlite", pure Go: no C in the supervisor
)

const objectDatabase = "object.sqlite"

// OpenDB opens the object's own database, making it where it is missing: WAL,
// a sync for each commit, foreign keys on, a busy timeout of 5 s, transactions
// that begin immediate. Only trusted code writes to it. The caller closes it;
// several may be open at once. Its files are checked as all others are, but
// SQLite then opens them by path: the data directory must not be moved while
// the daemon runs.
func (h *Object) OpenDB(ctx context.Context) (*sql.DB, error) {
	dsn, err := h.prepareDB()
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("object database %s/%s: %w", h.o.key.namespace, h.o.key.id, err), db.Close())
	}
	return db, nil
}

// prepareDB makes sure that the files SQLite will open are what they have to
// be, and returns how to open them.
func (h *Object) prepareDB() (dsn string, err error) {
	o, err := h.lock()
	if err != nil {
		return "", err
	}
	defer o.mu.Unlock()
	if err := o.ensureLocked(); err != nil {
		return "", err
	}
	f, err := o.dir.create(objectDatabase) // SQLite gives -wal and -shm the same mode
	switch {
	case err == nil:
		err = errors.Join(f.Close(), o.dir.sync())
	case errors.Is(err, os.ErrExist):
		err = nil
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err == nil {
			err = o.dir.checkOptional(objectDatabase + suffix)
		}
	}
	if err != nil {
		return "", err
	}
	u := url.URL{Scheme: "file", Path: o.dir.join(objectDatabase)}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "trusted_schema(0)",
	}}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// checkOptional checks a file that need not be there. The descriptor is opened
// with O_PATH alone: closing a real one would drop the POSIX locks that SQLite
// holds on the file in this process (fcntl(2)).
func (d *dir) checkOptional(name string) error {
	fd, err := d.openat(name, unix.O_PATH, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = d.checkFile(fd, name)
	return err
}
