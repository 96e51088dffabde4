package bundle

import (
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// conditionsFor are the conditions that hold: those of wrangler's bundler, and
// how the module is asked for.
func conditionsFor(kind api.ResolveKind) []string {
	how := "import"
	if kind == api.ResolveJSRequireCall || kind == api.ResolveJSRequireResolve {
		how = "require"
	}
	return []string{"workerd", "worker", "browser", "module", how, "default"}
}

// exportsMap gives the map from subpaths of an "exports" field, which may leave it
// out where there is only ".".
func exportsMap(exports any) any {
	if entries, ok := exports.([]entry); ok && len(entries) > 0 && strings.HasPrefix(entries[0].key, ".") {
		return entries
	}
	return []entry{{".", exports}}
}

// match looks up a key of "exports" or "imports" as Node.js does
// (nodejs.org/api/packages.html): itself, else the pattern with the longest text
// before its *. It returns the path it stands for, or "".
func match(entries any, key string, conditions []string) string {
	list, _ := entries.([]entry)
	var best entry
	var before, middle string
	for _, e := range list {
		head, tail, star := strings.Cut(e.key, "*")
		if !star {
			if e.key == key {
				to, _ := choose(e.value, conditions)
				return to
			}
			continue
		}
		if len(key) < len(e.key) || !strings.HasPrefix(key, head) || !strings.HasSuffix(key, tail) {
			continue
		}
		if best.key == "" || len(head) > len(before) || len(head) == len(before) && len(e.key) > len(best.key) {
			best, before, middle = e, head, key[len(head):len(key)-len(tail)]
		}
	}
	if best.key == "" {
		return ""
	}
	to, _ := choose(best.value, conditions)
	return strings.ReplaceAll(to, "*", middle)
}

// choose follows conditions, in the file's order, to a path. Where none holds,
// decided is false; a path that null closes is "" and decided.
func choose(target any, conditions []string) (to string, decided bool) {
	switch t := target.(type) {
	case nil:
		return "", true
	case string:
		return t, true
	case []any:
		for _, one := range t {
			if to, _ := choose(one, conditions); to != "" {
				return to, true
			}
		}
	case []entry:
		for _, e := range t {
			if !slices.Contains(conditions, e.key) {
				continue
			}
			if to, decided := choose(e.value, conditions); decided {
				return to, true
			}
		}
	}
	return "", false
}
