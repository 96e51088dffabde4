package storage

import "errors"

var (
	// ErrLost tells that SQLite rolled the turn's transaction back; what the
	// turn wrote is gone as a whole and the instance should restart.
	ErrLost = errors.New("the writes of the turn were rolled back")
	// ErrBroken tells that nothing more can be promised: end the instance
	// without answering.
	ErrBroken = errors.New("storage is broken")
)

var errClosed = errors.New("rows are closed; run the statement again")

// Error is a failure reported by the C side.
type Error struct {
	// Message is what the application sees, in the form of SQLite's text,
	// " at offset N", ": SQLITE_xxx".
	Message string
	// Code is SQLite's extended result code; zero when the failure is not
	// SQLite's.
	Code int

	kind error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns ErrLost, ErrBroken or nil.
func (e *Error) Unwrap() error { return e.kind }
