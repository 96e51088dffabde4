package project

import (
	"fmt"
	"strings"
)

// maxErrors bounds how many problems of one file are told.
const maxErrors = 20

// Error is one problem of a file.
type Error struct {
	// File is the name of the file, as the folder was given to [Read], joined
	// with the name in it.
	File string
	// Line and Column are 1-based, the column in bytes; 0 where there is no
	// place.
	Line, Column int
	// Message says cause and remedy.
	Message string
}

// Error gives "file:line:column: message".
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Errors are all problems of a file, in its order, at most 20.
type Errors []*Error

// Error gives one line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives them to errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}

// reader collects the problems of one file.
type reader struct {
	file string
	errs Errors
}

func (r *reader) errorf(at place, format string, args ...any) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, &Error{File: r.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
	}
}

// err is nil where no problem was found.
func (r *reader) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	return r.errs
}
