package seccomp

import (
	"fmt"
	"sort"
)

// suggest returns `, did you mean "x"?` for the candidate nearest to word, or
// nothing where none is near enough to be a slip of the keyboard.
func suggest(word string, candidates []string) string {
	if len(word) > 64 {
		return ""
	}
	sort.Strings(candidates)
	best, bestDistance := "", 3
	for _, candidate := range candidates {
		if d := editDistance(word, candidate); d < bestDistance && d < len(word) {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// editDistance counts the insertions, deletions and replacements between two
// words (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
