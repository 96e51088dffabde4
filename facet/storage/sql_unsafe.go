package storage

/*
#include "storage.h"
#include "wrapper.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Rows is a running statement. Close it.
type Rows struct {
	s       *Store
	c       *C.fst_cursor
	columns []string
	row     []any
	more    bool
}

// Exec runs all statements of sql but the last, starts the last with args and
// steps it once. Arguments are nil, float64, int64, string or []byte.
func (s *Store) Exec(sql string, args ...any) (*Rows, error) {
	values := C.fst_values_new(C.int(len(args)))
	defer C.fst_values_free(values, C.int(len(args)))
	for i, a := range args {
		if err := setValue(values, i, a); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Rows{s: s}
	rc := C.fst_sql_exec(s.c, chars(sql), C.size_t(len(sql)), values, C.int(len(args)), &r.c)
	if err := s.err(rc); err != nil {
		return nil, err
	}
	for i := range int(C.fst_cursor_columns(r.c)) {
		r.columns = append(r.columns, C.GoString(C.fst_cursor_column_name(r.c, C.int(i))))
	}
	r.take(rc)
	return r, nil
}

// Columns returns the names of the columns.
func (r *Rows) Columns() []string { return r.columns }

// Row returns the current row (nil, float64, int64, string, []byte) and whether
// there is one.
func (r *Rows) Row() ([]any, bool) { return r.row, r.more }

// Next goes to the next row and tells whether there is one.
func (r *Rows) Next() (bool, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.c == nil || r.s.c == nil {
		return false, errClosed
	}
	rc := C.fst_cursor_next(r.c)
	if err := r.s.err(rc); err != nil {
		r.more = false
		return false, err
	}
	r.take(rc)
	return r.more, nil
}

// All returns the current row and all after it, and closes the rows.
func (r *Rows) All() ([][]any, error) {
	defer r.Close()
	var all [][]any
	for r.more {
		all = append(all, r.row)
		if _, err := r.Next(); err != nil {
			return all, err
		}
	}
	return all, nil
}

// Stats returns rowsRead and rowsWritten, see fst_cursor_stats.
func (r *Rows) Stats() (read, written uint64) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.c == nil || r.s.c == nil {
		return 0, 0
	}
	var a, b C.uint64_t
	C.fst_cursor_stats(r.c, &a, &b)
	return uint64(a), uint64(b)
}

// Close frees the statement; a second call does nothing.
func (r *Rows) Close() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.s.c != nil { // closing the store has freed its cursors
		C.fst_cursor_close(r.c)
	}
	r.c, r.more = nil, false
}

func (r *Rows) take(rc C.int) {
	r.more, r.row = rc == C.FST_ROW, nil
	if !r.more {
		return
	}
	for i := range r.columns {
		var v C.fst_value
		C.fst_cursor_value(r.c, C.int(i), &v)
		r.row = append(r.row, toAny(&v))
	}
}

func toAny(v *C.fst_value) any {
	switch v._type {
	case C.FST_REAL:
		return float64(v.real)
	case C.FST_INTEGER:
		return int64(v.integer)
	case C.FST_TEXT:
		return string(toValue(v).Bytes)
	case C.FST_BLOB:
		return toValue(v).Bytes
	}
	return nil
}

func setValue(values *C.fst_value, i int, a any) error {
	switch a := a.(type) {
	case nil:
		C.fst_values_set(values, C.int(i), C.FST_NULL, 0, 0, nil, 0)
	case float64:
		C.fst_values_set(values, C.int(i), C.FST_REAL, C.double(a), 0, nil, 0)
	case int64:
		C.fst_values_set(values, C.int(i), C.FST_INTEGER, 0, C.int64_t(a), nil, 0)
	case string:
		setBytes(values, i, C.FST_TEXT, []byte(a))
	case []byte:
		setBytes(values, i, C.FST_BLOB, a)
	default:
		return fmt.Errorf("bind argument %d: type %T is not supported; use nil, float64, int64, string or []byte", i+1, a)
	}
	return nil
}

// setBytes copies b into C memory; an empty slice still needs an address,
// because NULL means "no bytes at all" to C.
func setBytes(values *C.fst_value, i int, typ C.int, b []byte) {
	p := unsafe.Pointer(&empty)
	if len(b) > 0 {
		p = unsafe.Pointer(&b[0])
	}
	C.fst_values_set(values, C.int(i), typ, 0, 0, p, C.size_t(len(b)))
}
