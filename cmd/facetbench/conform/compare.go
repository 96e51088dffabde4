package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// result is one fact's comparison.
type result struct {
	fact   string
	steps  int
	status string // of docs/compatibility.md
	// ours and peers are the answers to the first step that differs; equal where
	// none does.
	ours, peers string
}

func (r result) agrees() bool { return r.ours == r.peers }

// compare looks for the first step of each fact that was answered differently.
func compare(ours, peers answers, statuses map[string]string) []result {
	var list []result
	for _, fact := range slices.SortedFunc(maps.Keys(ours), byNumber) {
		r := result{fact: fact, steps: len(ours[fact]), status: statuses[fact]}
		for i, answer := range ours[fact] {
			expected := "(not recorded)"
			if i < len(peers[fact]) {
				expected = peers[fact][i]
			}
			if answer != expected {
				r.ours, r.peers = answer, expected
				break
			}
		}
		list = append(list, r)
	}
	return list
}

// undocumented is an error where a fact deviates that the page calls the same, or
// that it does not list.
func undocumented(results []result) error {
	var errs []error
	for _, r := range results {
		if !r.agrees() && r.status != "differs" && r.status != "not yet" {
			errs = append(errs, fmt.Errorf("%s deviates and is documented as %q\n  facetd:  %s\n  workerd: %s", r.fact, r.status, r.ours, r.peers))
		}
	}
	return errors.Join(errs...)
}

var statusRow = regexp.MustCompile(`(?m)^\| ([A-Z]\d+[a-z]?) \|[^|]*\| ([a-z ]+) \|`)

// readStatuses reads the status of each fact from the page.
func readStatuses(page string) (map[string]string, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	statuses := map[string]string{}
	for _, m := range statusRow.FindAllStringSubmatch(string(text), -1) {
		statuses[m[1]] = m[2]
	}
	if len(statuses) == 0 {
		return nil, fmt.Errorf("%s lists no facts", page)
	}
	return statuses, nil
}

func readAnswers(file string) (answers, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return answers{}, nil
	}
	if err != nil {
		return nil, err
	}
	var a answers
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

func writeAnswers(file string, a answers) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(a); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// byNumber orders F2 before F10.
func byNumber(a, b string) int {
	if a[0] != b[0] {
		return int(a[0]) - int(b[0])
	}
	number := func(s string) int { n, _ := strconv.Atoi(strings.TrimRight(s[1:], "abcdefgh")); return n }
	if d := number(a) - number(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}
