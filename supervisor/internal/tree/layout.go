//go:build linux

package tree

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	namespaceFile = "namespace.name"
	tempSuffix    = ".tmp"
)

func databaseName(n Number) string { return strconv.FormatUint(uint64(n), 10) + ".sqlite" }

func walName(n Number) string { return databaseName(n) + "-wal" }

// parseFileName tells which facet a file belongs to; temp says that it never
// got its name.
func parseFileName(name string) (n Number, temp, ok bool) {
	rest, temp := strings.CutSuffix(name, tempSuffix)
	rest = strings.TrimSuffix(rest, "-wal")
	digits, ok := strings.CutSuffix(rest, ".sqlite")
	v, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || v == 0 || strconv.FormatUint(v, 10) != digits {
		return 0, false, false
	}
	return Number(v), temp, true
}

// findObjectDir opens the directory of an object that exists.
func (s *Store) findObjectDir(key objectKey) (*dir, error) {
	name, hashed, err := namespaceDir(key.namespace)
	if err != nil {
		return nil, err
	}
	ns, err := s.root.openDir(name)
	if err != nil {
		return nil, err
	}
	defer ns.close()
	if hashed {
		if err := checkNamespaceFile(ns, key.namespace); err != nil {
			return nil, err
		}
	}
	return ns.openDir(key.id)
}

// makeObjectDir opens the directory of an object and makes it, and what is
// above it, where it is missing.
func (s *Store) makeObjectDir(key objectKey) (*dir, error) {
	name, hashed, err := namespaceDir(key.namespace)
	if err != nil {
		return nil, err
	}
	s.namespaces.Lock()
	defer s.namespaces.Unlock()
	ns, err := s.root.makeDir(name)
	if err != nil {
		return nil, err
	}
	defer ns.close()
	if hashed {
		err := checkNamespaceFile(ns, key.namespace)
		if errors.Is(err, os.ErrNotExist) {
			err = writeNamespaceFile(ns, key.namespace)
		}
		if err != nil {
			return nil, err
		}
	}
	return ns.makeDir(key.id)
}

func readNamespaceFile(ns *dir) (string, error) {
	f, err := ns.open(namespaceFile)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxNamespaceBytes+1))
	return string(b), err
}

func checkNamespaceFile(ns *dir, namespace string) error {
	got, err := readNamespaceFile(ns)
	if err != nil {
		return err
	}
	if got != namespace {
		return &RefusedError{ns.path, fmt.Sprintf("it says it is namespace %.80q, not %.80q", got, namespace)}
	}
	return nil
}

func writeNamespaceFile(ns *dir, namespace string) error {
	temp := namespaceFile + tempSuffix
	if err := ns.remove(temp); err != nil {
		return err
	}
	f, err := ns.create(temp)
	if err != nil {
		return err
	}
	_, err = f.WriteString(namespace)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close(), failpoint("namespace:written")); err != nil {
		return err
	}
	if err := ns.rename(temp, namespaceFile); err != nil {
		return err
	}
	return ns.sync()
}

// Objects lists the objects on disk, sorted. It looks at directory names only;
// a directory that is not one of the store's is passed over. An error about one
// namespace leaves the others in the list.
func (s *Store) Objects() ([]Ref, error) {
	names, err := s.root.list()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []Ref
	var errs []error
	for _, name := range names {
		refs, err := s.objectsIn(name)
		out, errs = append(out, refs...), append(errs, err)
	}
	return out, errors.Join(errs...)
}

func (s *Store) objectsIn(dirName string) ([]Ref, error) {
	hashed := hashNamespace.MatchString(dirName)
	if !hashed && !isPlain(dirName) {
		return nil, nil
	}
	ns, err := s.root.openDir(dirName)
	if err != nil {
		return nil, err
	}
	defer ns.close()
	namespace := dirName
	if hashed {
		namespace, err = readNamespaceFile(ns)
		if errors.Is(err, os.ErrNotExist) { // never finished, so empty
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	ids, err := ns.list()
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	var out []Ref
	for _, id := range ids {
		if objectID.MatchString(id) {
			out = append(out, Ref{namespace, id})
		}
	}
	return out, nil
}

// HoldsClass reports whether a namespace has an object with a database of its own
// class, as projects make them.
func (s *Store) HoldsClass(namespace string) (bool, error) {
	name, _, err := namespaceDir(namespace)
	if err != nil {
		return false, err
	}
	refs, err := s.objectsIn(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	for _, r := range refs {
		d, openErr := s.findObjectDir(objectKey{r.Namespace, r.ID})
		if openErr != nil {
			return false, openErr
		}
		size := d.size(databaseName(0))
		if err := d.close(); err != nil {
			return false, err
		}
		if size > 0 {
			return true, nil
		}
	}
	return false, err
}
