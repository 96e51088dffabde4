//go:build !linux

package tree

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
)

// Store cannot be had on this system.
type Store struct{}

// Object cannot be had on this system.
type Object struct{}

func unsupported() error {
	return fmt.Errorf("%w: facetd runs on Linux, this is %s", ErrUnsupported, runtime.GOOS)
}

// Open fails: the package is built on openat2(2).
func Open(string, Options) (*Store, error) { return nil, unsupported() }

func (*Store) Close() error                           { return nil }
func (*Store) Object(string, string) (*Object, error) { return nil, unsupported() }
func (*Store) Objects() ([]Ref, error)                { return nil, unsupported() }
func (*Store) AlarmFile() (string, error)             { return "", unsupported() }
func (*Store) HoldsClass(string) (bool, error)        { return false, unsupported() }
func (*Store) Sweep(context.Context) error            { return unsupported() }

func (*Object) Close() error                            { return nil }
func (*Object) Lookup(Number, string) (Number, bool)    { return 0, false }
func (*Object) Create(Number, string) (Number, error)   { return 0, unsupported() }
func (*Object) Children(Number) []Entry                 { return nil }
func (*Object) Subtree(Number) []Number                 { return nil }
func (*Object) OpenFiles(Number) (*Files, error)        { return nil, unsupported() }
func (*Object) Delete(Number) error                     { return unsupported() }
func (*Object) DeleteAll() error                        { return unsupported() }
func (*Object) OpenDB(context.Context) (*sql.DB, error) { return nil, unsupported() }
func (*Object) Clone(context.Context, Number, string, string, Hold) (Number, error) {
	return 0, unsupported()
}
