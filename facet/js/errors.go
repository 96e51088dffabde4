package js

import "errors"

var (
	// ErrInboxFull means that JavaScript does not keep up with what is posted;
	// fail the call, since waiting would stop the others too.
	ErrInboxFull = errors.New("js: too much waits for the script: send less at a time")
	// ErrClosed means that the engine was stopped or the instance is over.
	ErrClosed = errors.New("js: the instance is over: start another process")
	// ErrTimeout means that the JavaScript thread did not come to a command in
	// time, as in an endless loop; kill the process.
	ErrTimeout = errors.New("js: the script does not yield: kill the process")
	// ErrStarted means that this process had its engine already.
	ErrStarted = errors.New("js: the engine was started before: a process has one")
)
