//go:build linux

package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// copyChunk is how much is copied between two looks at the context, in bytes.
const copyChunk = 16 << 20

// copyFile makes a new file with what src holds, up to the size that it has
// now: its owner may be writing, and must not be able to make this endless.
// Where src is missing it makes nothing and says so with os.ErrNotExist.
func (o *object) copyFile(ctx context.Context, src, dst string) (err error) {
	in, err := o.dir.open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	if limit := o.store.opts.MaxFileBytes; st.Size() > limit {
		return &RefusedError{in.Name(), fmt.Sprintf("it has %d bytes, the limit is %d", st.Size(), limit)}
	}
	out, err := o.dir.create(dst)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := copyBytes(ctx, in, out, st.Size()); err != nil {
		return fmt.Errorf("copy %s to %s: %w", in.Name(), out.Name(), err)
	}
	return nil
}

// copyBytes copies in the kernel where that works (copy_file_range(2)), which
// shares the blocks on file systems that can.
func copyBytes(ctx context.Context, in, out *os.File, size int64) error {
	for size > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := copyRange(in, out, min(size, copyChunk))
		if err == unix.EXDEV || err == unix.EINVAL || err == unix.ENOSYS || err == unix.EOPNOTSUPP {
			_, err := io.Copy(out, io.LimitReader(in, size)) // both offsets stand where the last chunk ended
			return err
		}
		if err != nil && err != unix.EINTR {
			return err
		}
		if err == nil && n == 0 { // the file shrank
			return nil
		}
		size -= int64(max(n, 0))
	}
	return nil
}

func copyRange(in, out *os.File, size int64) (n int, err error) {
	err = control(in, func(from int) error {
		return control(out, func(to int) (err error) {
			n, err = unix.CopyFileRange(from, nil, to, nil, int(size), 0)
			return err
		})
	})
	return n, err
}
