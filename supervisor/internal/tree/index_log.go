//go:build linux

package tree

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	indexName    = "facets.index"
	indexNewName = "facets.index.tmp"
	// compactMin is how many operations an index holds before compaction is
	// considered; below, it saves less than a disk block or two.
	compactMin = 1024
	// compactChunk is how many operations a record of a compacted index holds.
	compactChunk = 4096
)

// index is an open facets.index and the tree it holds. Not safe for concurrent
// use.
type index struct {
	dir    *dir
	file   *os.File
	salt   salt
	size   int64 // where the next record goes
	tree   *tree
	broken error // set once the file's content is unknown
}

// openIndex reads the index of a directory, cuts off a torn tail, and returns
// nil where there is no index.
func openIndex(d *dir) (*index, error) {
	f, err := d.open(indexName)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x := &index{dir: d, file: f}
	if err := x.read(); err != nil {
		f.Close()
		return nil, err
	}
	return x, nil
}

func (x *index) read() error {
	data, err := io.ReadAll(io.NewSectionReader(x.file, 0, maxIndex+1))
	if err != nil {
		return err
	}
	if len(data) > maxIndex {
		return fmt.Errorf("%s: %w: it is larger than %d bytes", x.file.Name(), ErrCorrupt, maxIndex)
	}
	x.tree, x.salt, x.size, err = parseIndex(data)
	if err != nil {
		return fmt.Errorf("%s: %w; restore the object's directory from a backup", x.file.Name(), err)
	}
	if x.size == int64(len(data)) {
		return nil
	}
	if err := x.file.Truncate(x.size); err != nil {
		return err
	}
	return fdatasync(x.file)
}

// writeIndex gives a directory its index, atomically and durably, and opens
// it. t now belongs to the index.
func writeIndex(d *dir, t *tree) (*index, error) {
	x, err := prepareIndex(d, t)
	if err != nil {
		return nil, err
	}
	if err := x.install(); err != nil {
		x.file.Close()
		return nil, err
	}
	return x, nil
}

// prepareIndex writes and syncs an index under its temporary name.
func prepareIndex(d *dir, t *tree) (x *index, err error) {
	x = &index{dir: d, tree: t}
	if _, err := rand.Read(x.salt[:]); err != nil {
		return nil, err
	}
	content := encodeHeader(x.salt)
	ops := t.compact()
	for at := 0; at < len(ops); at += compactChunk {
		rec, err := encodeRecord(x.salt, int64(len(content)), ops[at:min(at+compactChunk, len(ops))])
		if err != nil {
			return nil, err
		}
		content = append(content, rec...)
	}
	x.size, t.ops = int64(len(content)), len(ops)

	if err := d.remove(indexNewName); err != nil { // left by a crash
		return nil, err
	}
	if x.file, err = d.create(indexNewName); err != nil {
		return nil, err
	}
	if _, err = x.file.Write(content); err == nil {
		err = failpoint("index:written")
	}
	if err == nil {
		err = x.file.Sync()
	}
	if err == nil {
		err = failpoint("index:synced")
	}
	if err != nil {
		x.file.Close()
		d.remove(indexNewName)
		return nil, err
	}
	return x, nil
}

// install gives a prepared index its name.
func (x *index) install() error {
	if err := x.dir.rename(indexNewName, indexName); err != nil {
		return errors.Join(err, x.dir.remove(indexNewName))
	}
	if err := failpoint("index:renamed"); err != nil {
		return err
	}
	return x.dir.sync()
}

// compacted returns an index of the same tree without its history. Where that
// cannot be written, for want of space say, it returns the index it was given:
// compaction can wait.
func (x *index) compacted() *index {
	y, err := prepareIndex(x.dir, x.tree)
	if err != nil {
		return x
	}
	if err := y.install(); err != nil {
		// Either file may be the one that a crash leaves under the name.
		x.broken = err
		y.close()
		return x
	}
	x.close()
	return y
}

// append makes the operations durable, all or none, and applies them. It
// returns the numbers that ended, children first.
func (x *index) append(ops ...op) (ended []Number, err error) {
	if x.broken != nil {
		return nil, fmt.Errorf("%s: no change until the object is opened again: %w", x.file.Name(), x.broken)
	}
	rec, err := encodeRecord(x.salt, x.size, ops)
	if err != nil {
		return nil, err
	}
	if x.size+int64(len(rec)) > maxIndex {
		return nil, fmt.Errorf("%s: the index has reached %d bytes; delete facets", x.file.Name(), maxIndex)
	}
	if err := x.write(rec); err != nil {
		return nil, err
	}
	x.size += int64(len(rec))
	for _, o := range ops {
		e, err := x.tree.apply(o)
		if err != nil { // callers check first
			x.broken = err
			return nil, err
		}
		ended = append(ended, e...)
	}
	return ended, nil
}

// write puts a record at the end of the file. A record that could not be
// written is taken back; one that could not be synced may or may not survive,
// so the index is broken (the state after a failed fsync is unknown, fsync(2)).
func (x *index) write(rec []byte) error {
	err := failpoint("append:start")
	if err == nil {
		_, err = x.file.WriteAt(rec, x.size)
	}
	if err != nil {
		if terr := x.file.Truncate(x.size); terr != nil {
			x.broken = errors.Join(err, terr)
		}
		return err
	}
	if err = failpoint("append:written"); err == nil {
		err = fdatasync(x.file)
	}
	if err == nil {
		err = failpoint("append:synced")
	}
	if err != nil {
		x.broken = err
	}
	return err
}

// mostlyDead tells whether compaction would shed most of the file.
func (x *index) mostlyDead() bool {
	return x.broken == nil && x.tree.ops >= compactMin && x.tree.ops > 4*len(x.tree.nodes)
}

func (x *index) close() error { return x.file.Close() }
