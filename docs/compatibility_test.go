package docs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// catalogue is how many behaviours each group has.
var catalogue = map[string]int{
	"F": 100, // facets
	"D": 13,  // on disk
	"L": 47,  // worker loader
	"K": 14,  // storage.kv
	"S": 36,  // storage.sql
	"T": 25,  // transactions, durability
	"P": 11,  // process
	"X": 13,  // local and production
	"R": 44,  // references over RPC
	"W": 31,  // WebSockets
	"N": 10,  // Node.js
	"A": 15,  // Web APIs
	"C": 11,  // crypto.subtle
}

var factRow = regexp.MustCompile(`(?m)^\| ([A-Z])(\d+) \| ([^|]+) \| ([^|]+) \| ([^|\n]*)\|$`)

// Each number has one row, with a status, and a reason where that is not "same".
func TestEveryFactIsListed(t *testing.T) {
	seen := map[string]int{}
	for _, row := range factRow.FindAllStringSubmatch(read(t, "docs/compatibility.md"), -1) {
		fact, status, reason := row[1]+row[2], row[4], strings.TrimSpace(row[5])
		seen[fact]++
		switch status {
		case "same", "not yet":
		case "differs":
			if reason == "" {
				t.Errorf("%s differs, and no reason is given", fact)
			}
		default:
			t.Errorf("%s has status %q; there are same, differs and not yet", fact, status)
		}
	}
	for group, n := range catalogue {
		for i := 1; i <= n; i++ {
			fact := fmt.Sprintf("%s%d", group, i)
			if seen[fact] != 1 {
				t.Errorf("%s stands in %d rows of docs/compatibility.md, want 1", fact, seen[fact])
			}
			delete(seen, fact)
		}
	}
	for fact := range seen {
		t.Errorf("%s is not in the catalogue", fact)
	}
}

// A number in a comment that is in no row would send its reader nowhere.
func TestFactsInCodeExist(t *testing.T) {
	mention := regexp.MustCompile(`\bfacts? ([A-Z])(\d+)`)
	for _, file := range files(t, ".go", ".c", ".h", ".ts", ".proto") {
		for _, m := range mention.FindAllStringSubmatch(read(t, file), -1) {
			var n int
			fmt.Sscan(m[2], &n)
			if limit, known := catalogue[m[1]]; !known || n < 1 || n > limit {
				t.Errorf("%s mentions fact %s%s, which docs/compatibility.md does not list", file, m[1], m[2])
			}
		}
	}
}
