//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

const defaultMaxFileBytes = 1<<40 - 1

// Store is an open data directory. Safe for concurrent use.
type Store struct {
	root *dir
	lock *os.File
	opts Options

	namespaces sync.Mutex // held while a namespace's directory is made

	mu      sync.Mutex
	closed  bool
	objects map[objectKey]*object // those with an open handle
}

type objectKey struct{ namespace, id string }

// Open opens a data directory, making it where its last element is missing, and
// locks it against other processes. dir itself may be a symbolic link; it must
// belong to the effective user and have mode 0700. Errors: ErrLocked,
// ErrRefused, ErrUnsupported, and what the system says.
func Open(path string, opts Options) (*Store, error) {
	if opts.MaxFileBytes <= 0 {
		opts.MaxFileBytes = defaultMaxFileBytes
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	s := &Store{root: &dir{fd: fd, path: path}, opts: opts, objects: map[objectKey]*object{}}
	if err := s.root.check(); err != nil {
		s.root.close()
		return nil, err
	}
	if s.lock, err = lockDir(s.root); err != nil {
		s.root.close()
		return nil, err
	}
	return s, nil
}

// Close gives the directory free once every Object has been closed too; until
// then they go on working, and the directory stays locked. A second Close does
// nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.releaseLocked()
}

// releaseLocked closes what the store holds after the last user has gone.
func (s *Store) releaseLocked() error {
	if !s.closed || len(s.objects) > 0 {
		return nil
	}
	return errors.Join(s.root.close(), s.lock.Close())
}

// Object opens an object; it need not exist, and nothing is made on disk before
// the first facet or database of it is (fact D13). What a crash left half-made
// in it is removed. Each handle is to be closed; handles of the same object
// share one state. Errors: ErrBadName, ErrCorrupt, ErrRefused, ErrClosed.
func (s *Store) Object(namespace, id string) (*Object, error) {
	if _, _, err := namespaceDir(namespace); err != nil {
		return nil, err
	}
	if err := checkObjectID(id); err != nil {
		return nil, err
	}
	key := objectKey{namespace, id}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, fmt.Errorf("data directory %s: %w", s.root.path, ErrClosed)
	}
	o := s.objects[key]
	if o == nil {
		o = &object{store: s, key: key}
		s.objects[key] = o
	}
	o.handles++
	s.mu.Unlock()

	if err := o.load(); err != nil {
		return nil, errors.Join(err, s.drop(o))
	}
	return &Object{o: o}, nil
}

// drop gives back one handle of an object.
func (s *Store) drop(o *object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.handles--; o.handles > 0 {
		return nil
	}
	delete(s.objects, o.key)
	return errors.Join(o.release(), s.releaseLocked())
}
