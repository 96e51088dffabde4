// Command testsum reads "go test -json" from standard input and prints what a
// person wants of it: each package's closing line as go test wrote it, the whole
// output of what failed, and at the end which tests were skipped and why. A
// skipped test is a layer that nobody looked at, so it is never silent.
//
// Exit status 1 where a test or a build failed or the input is no such stream.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of test2json's output (go doc test2json) or a build event.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var (
		outputs = map[[2]string][]string{} // by package and test
		skipped []string
		failed  bool
	)
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e event
		if json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(out, sc.Text()) // what go prints itself, such as a download
			continue
		}
		key := [2]string{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "build-fail":
			failed = true
		case "output":
			if e.Test == "" && isClosing(e.Output) {
				fmt.Fprint(out, e.Output)
			} else {
				outputs[key] = append(outputs[key], e.Output)
			}
		case "pass":
			delete(outputs, key)
		case "skip":
			if e.Test != "" {
				skipped = append(skipped, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(outputs[key])))
			}
			delete(outputs, key)
		case "fail":
			failed = true
			for _, line := range outputs[key] {
				fmt.Fprint(out, line)
			}
			delete(outputs, key)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("cannot read the test events: %w", err)
	}
	// A package that crashed leaves tests without an end.
	for _, lines := range outputs {
		if failed {
			fmt.Fprint(out, strings.Join(lines, ""))
		}
	}
	if len(skipped) > 0 {
		fmt.Fprintf(out, "\n%d skipped:\n  %s\n", len(skipped), strings.Join(skipped, "\n  "))
	}
	if failed {
		return fmt.Errorf("tests failed")
	}
	return nil
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

// reason is what the test logged, without go test's own lines.
func reason(lines []string) string {
	var why []string
	for _, l := range lines {
		t := strings.TrimSpace(l)
		if t != "" && !strings.HasPrefix(t, "=== ") && !strings.HasPrefix(t, "--- ") {
			why = append(why, t)
		}
	}
	if len(why) == 0 {
		return "no reason given"
	}
	return strings.Join(why, " ")
}
