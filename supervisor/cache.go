package supervisor

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// cache keeps bundled scripts in a directory of the host's own, by the hash of
// what they were made of. A file is used only if its content has the hash that it
// was written with; any other is removed.
type cache struct {
	root  *os.Root
	limit int64

	mu sync.Mutex // writers and removal
}

// cacheMagic begins each file and changes with the format: magic, SHA-256 of
// all that follows, length of the script (8 bytes, little-endian), script, map.
const cacheMagic = "facetd1\n"

const cacheHeader = len(cacheMagic) + sha256.Size + 8

func openCache(dir string, limit int64) (*cache, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the script cache: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the script cache: %w", err)
	}
	return &cache{root: root, limit: limit}, nil
}

func (c *cache) close() error { return c.root.Close() }

func cacheName(key [sha256.Size]byte) string { return hex.EncodeToString(key[:]) + ".bundle" }

// get returns what put kept. Reading marks the file as used.
func (c *cache) get(key [sha256.Size]byte) (script, sourceMap []byte, ok bool) {
	name := cacheName(key)
	b, err := c.read(name)
	if err != nil {
		return nil, nil, false
	}
	script, sourceMap, ok = parseCached(b)
	if !ok {
		_ = c.root.Remove(name) // the next put replaces it in any case
		return nil, nil, false
	}
	now := time.Now()
	_ = c.root.Chtimes(name, now, now) // only the order of removal depends on it
	return script, sourceMap, true
}

func (c *cache) read(name string) ([]byte, error) {
	f, err := c.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > c.limit {
		return nil, errors.New("not a file of the cache")
	}
	return io.ReadAll(io.LimitReader(f, c.limit))
}

func parseCached(b []byte) (script, sourceMap []byte, ok bool) {
	if len(b) < cacheHeader || string(b[:len(cacheMagic)]) != cacheMagic {
		return nil, nil, false
	}
	sum, rest := b[len(cacheMagic):len(cacheMagic)+sha256.Size], b[len(cacheMagic)+sha256.Size:]
	if got := sha256.Sum256(rest); !bytes.Equal(got[:], sum) {
		return nil, nil, false
	}
	n := binary.LittleEndian.Uint64(rest)
	rest = rest[8:]
	if n > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:n:n], rest[n:], true
}

// put keeps a script and its map.
func (c *cache) put(key [sha256.Size]byte, script, sourceMap []byte) error {
	size := int64(cacheHeader + len(script) + len(sourceMap))
	if size > c.limit {
		return nil
	}
	body := binary.LittleEndian.AppendUint64(make([]byte, 0, size), uint64(len(script)))
	body = append(append(body, script...), sourceMap...)
	sum := sha256.Sum256(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.shrink(c.limit - size); err != nil {
		return err
	}
	name := cacheName(key)
	temp := name + ".new"
	f, err := c.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	for _, b := range [][]byte{[]byte(cacheMagic), sum[:], body} {
		if _, werr := f.Write(b); werr != nil && err == nil {
			err = werr
		}
	}
	// Not synced: a torn file has the wrong hash.
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, c.root.Remove(temp))
	}
	return c.root.Rename(temp, name)
}

// shrink removes the files that were not used for longest until the rest has at
// most room bytes.
func (c *cache) shrink(room int64) error {
	entries, err := fs.ReadDir(c.root.FS(), ".")
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	var total int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.Contains(e.Name(), ".bundle") {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= room {
			break
		}
		if err := c.root.Remove(f.Name()); err != nil {
			return err
		}
		total -= f.Size()
	}
	return nil
}
