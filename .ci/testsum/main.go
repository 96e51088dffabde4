// Command testsum reads "go test -json" from standard input and prints what a
// person wants of it: each package's closing line as go test wrote it, the whole
// output of what failed, which tests were skipped and why, and last, for whoever
// sees only the end of a long log, what failed and how each failure begins and ends.
// A skipped test is a layer that nobody looked at, so it is never silent.
//
// Exit status 1 where a test or a build failed or the input is no such stream.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// event is a line of test2json's output (go doc test2json) or a build event.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	ImportPath  string // of a build event
	FailedBuild string // of a package that failed for its build
}

// failure is what the end of the log says of a test, a package or a build.
type failure struct {
	name  string
	lines []string
}

// summary collects a stream of events.
type summary struct {
	out      io.Writer
	outputs  map[string]map[string][]string // by package and test; "" is the package itself
	builds   map[string][]string            // compiler output by import path
	skipped  []string
	failures []failure
	failed   bool
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	s := summary{out: out, outputs: map[string]map[string][]string{}, builds: map[string][]string{}}
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e event
		if json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(out, sc.Text()) // what go prints itself, such as a download
			continue
		}
		s.take(e)
	}
	err := sc.Err()
	if err != nil {
		err = fmt.Errorf("cannot read the test events: %w", err)
	}
	// Where the stream broke off, packages are without an end as well.
	for _, pkg := range slices.Sorted(maps.Keys(s.outputs)) {
		s.unfinished(pkg)
	}
	if len(s.skipped) > 0 {
		fmt.Fprintf(out, "\n%d skipped:\n  %s\n", len(s.skipped), strings.Join(s.skipped, "\n  "))
	}
	if s.failed {
		fmt.Fprintf(out, "\n%s", digest(s.failures))
	}
	if s.failed && err == nil {
		err = fmt.Errorf("tests failed")
	}
	return err
}

func (s *summary) take(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
	case "build-fail":
		s.fail("build of "+e.ImportPath, s.builds[e.ImportPath])
	case "output":
		if e.Test == "" && isClosing(e.Output) {
			fmt.Fprint(s.out, e.Output)
			return
		}
		if s.outputs[e.Package] == nil {
			s.outputs[e.Package] = map[string][]string{}
		}
		s.outputs[e.Package][e.Test] = append(s.outputs[e.Package][e.Test], e.Output)
	case "pass", "skip", "fail":
		s.end(e)
	}
}

// end takes the end of a test, or of a package.
func (s *summary) end(e event) {
	lines := s.outputs[e.Package][e.Test]
	delete(s.outputs[e.Package], e.Test)
	switch {
	case e.Action == "skip" && e.Test != "":
		s.skipped = append(s.skipped, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(lines)))
	case e.Action == "fail" && e.Test != "":
		fmt.Fprint(s.out, strings.Join(lines, ""))
		// A test that failed only because a part of it did has nothing to say.
		if !s.failedBelow(e.Package, e.Test) || len(informative(lines)) > 0 {
			s.fail(e.Package+" "+e.Test, lines)
		}
	case e.Action == "fail":
		fmt.Fprint(s.out, strings.Join(lines, ""))
		s.unfinished(e.Package)
		// Beside a test that failed or did not end, the package itself has to be
		// named only for what it says: goroutines left behind, a data race, a panic.
		if e.FailedBuild == "" && (!s.failedBelow(e.Package, "") || len(informative(lines)) > 0) {
			s.fail(e.Package, lines)
		}
	}
	if e.Test == "" {
		delete(s.outputs, e.Package)
	}
}

// unfinished reports the tests of a package that began and did not end: one of
// them was interrupted by a panic, a timeout or the end of the process.
func (s *summary) unfinished(pkg string) {
	// Beside one that says why, the silent ones only waited.
	speaks := s.failedBelow(pkg, "")
	for _, lines := range s.outputs[pkg] {
		speaks = speaks || len(informative(lines)) > 0
	}
	for _, test := range slices.Sorted(maps.Keys(s.outputs[pkg])) {
		lines := s.outputs[pkg][test]
		fmt.Fprint(s.out, strings.Join(lines, ""))
		if speaks && len(informative(lines)) == 0 {
			continue
		}
		name := pkg
		if test != "" {
			name += " " + test
		}
		s.fail(name+" (did not end)", lines)
	}
	delete(s.outputs, pkg)
}

func (s *summary) fail(name string, lines []string) {
	s.failed = true
	s.failures = append(s.failures, failure{name, informative(lines)})
}

// failedBelow reports whether a part of a test, or a test of a package, failed.
func (s *summary) failedBelow(pkg, test string) bool {
	prefix := pkg + " "
	if test != "" {
		prefix += test + "/"
	}
	return slices.ContainsFunc(s.failures, func(f failure) bool { return strings.HasPrefix(f.name, prefix) })
}

// isClosing reports whether a package's line is one of those that go test
// prints without -v.
func isClosing(line string) bool {
	for _, p := range []string{"ok  \t", "FAIL\t", "?   \t", "\t"} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// informative are a test's lines without those of go test itself.
func informative(lines []string) []string {
	var kept []string
	for _, l := range lines {
		t := strings.TrimSpace(l)
		if t == "" || t == "FAIL" || t == "PASS" || strings.HasPrefix(t, "=== ") || strings.HasPrefix(t, "--- ") || strings.HasPrefix(t, "exit status ") {
			continue
		}
		kept = append(kept, strings.TrimRight(l, "\n"))
	}
	return kept
}

// reason is what the test logged, in a line.
func reason(lines []string) string {
	var why []string
	for _, l := range informative(lines) {
		why = append(why, strings.TrimSpace(l))
	}
	if len(why) == 0 {
		return "no reason given"
	}
	return strings.Join(why, " ")
}
