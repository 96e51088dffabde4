package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// digestMark begins the digest; .ci/run looks for it.
const digestMark = "== what failed"

const (
	// digestSize bounds the digest in bytes: a log may be shown by its last 3,000
	// characters, of which .ci/run needs some.
	digestSize = 2400
	// digestLine bounds one line of it.
	digestLine = 240
	// digestLines bounds what is shown of one failure: half from its beginning,
	// half from its end.
	digestLines = 30
)

// digest names what failed and shows how each failure begins and ends, in no more
// than digestSize bytes: the more failures there are, the less of each.
func digest(failures []failure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d\n", digestMark, len(failures))
	for i, f := range failures {
		// The last of many are counted only.
		room := digestSize - b.Len()
		name := clip(f.name, digestLine)
		if room < len(name)+40 {
			fmt.Fprintf(&b, "and %d more\n", len(failures)-i)
			break
		}
		fmt.Fprintf(&b, "%s\n", name)
		if n := len(failures) - i - 1; n > 0 {
			room -= 40 // for the count
			for _, later := range failures[i+1:] {
				room -= min(len(later.name), digestLine) + 1
			}
		}
		if room -= len(name) + 1; room > 0 {
			b.WriteString(excerpt(f.lines, room/(len(failures)-i)))
		}
	}
	return b.String()
}

// excerpt shows the beginning and the end of lines, indented, in size bytes.
func excerpt(lines []string, size int) string {
	const indent, gap = "    ", "    ...\n"
	show := make([]string, len(lines))
	total := 0
	for i, l := range lines {
		show[i] = indent + clip(strings.TrimSpace(l), digestLine) + "\n"
		total += len(show[i])
	}
	if total <= size && len(lines) <= digestLines {
		return strings.Join(show, "")
	}
	// Two thirds for the beginning: that is where a cause stands.
	size -= len(gap)
	head := fitting(show, size*2/3)
	for _, l := range head {
		size -= len(l)
	}
	rest := slices.Clone(show[len(head):])
	slices.Reverse(rest)
	tail := fitting(rest, size)
	slices.Reverse(tail)
	if len(head)+len(tail) == 0 {
		return ""
	}
	return strings.Join(head, "") + gap + strings.Join(tail, "")
}

// fitting are the first lines that fit into size bytes, half a failure's lines at most.
func fitting(lines []string, size int) []string {
	for i, l := range lines {
		if size -= len(l); size < 0 || i == digestLines/2 {
			return lines[:i]
		}
	}
	return lines
}

// clip shortens text to size bytes, between two characters.
func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	cut := size - len("...")
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
