// Package leak is for tests: it ends the tests of a package with a look for
// goroutines that they left behind, and waits for those that are about to end.
// goleak itself waits less than half a second, which a busy machine may need.
package leak

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long goroutines may take to end.
const patience = time.Minute

// Main runs the tests of a package and exits: with their status, or 1 where they
// left goroutines behind. cleanup, which may be nil, runs in between.
func Main(m *testing.M, cleanup func()) {
	code := m.Run()
	if cleanup != nil {
		cleanup()
	}
	if code == 0 {
		if err := Find(); err != nil {
			fmt.Fprintf(os.Stderr, "left behind after %v: %v\n", patience, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Find returns an error that shows the goroutines that are left besides the
// caller's, or nil as soon as there are none.
func Find(options ...goleak.Option) error { return find(patience, options...) }

func find(patience time.Duration, options ...goleak.Option) error {
	for end := time.Now().Add(patience); ; {
		err := goleak.Find(options...) // waits a little itself
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}
