package project

import (
	"fmt"
	"slices"
	"strings"
)

// field is a key that an object may have.
type field struct {
	name string
	read func(m member)
	// instead, where set, makes the key an error that tells what to do.
	instead string
}

// fields reads an object: a key that is none of the list, a second one of the
// same name, and a value that is no object are errors. where names the object for
// messages, such as "migrations[0]"; empty for the file's root.
func (r *reader) fields(n *node, where string, list []field) {
	o, ok := n.value.(object)
	if !ok {
		r.wrongType(n, where, "an object")
		return
	}
	seen := map[string]place{}
	for _, m := range o {
		if first, twice := seen[m.name]; twice {
			r.errorf(m.at, "key %.100q stands here for the second time, the first is in line %d", m.name, first.line)
			continue
		}
		seen[m.name] = m.at
		i := slices.IndexFunc(list, func(f field) bool { return f.name == m.name })
		switch {
		case i < 0:
			r.unknown(m, where, list)
		case list[i].instead != "":
			r.errorf(m.at, "%s is not supported: %s", inside(where, m.name), list[i].instead)
		default:
			list[i].read(m)
		}
	}
}

func (r *reader) unknown(m member, where string, list []field) {
	var names []string
	for _, f := range list {
		if f.instead == "" {
			names = append(names, f.name)
		}
	}
	slices.Sort(names)
	supported := "supported here: " + strings.Join(names, ", ")
	if where == "" && slices.Contains(wranglerKeys, m.name) {
		r.errorf(m.at, "facetd does not support %q, which wrangler has; remove it (%s)", m.name, supported)
		return
	}
	hint := ""
	if near := nearest(m.name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	r.errorf(m.at, "unknown key %.100q%s (%s)", inside(where, m.name), hint, supported)
}

func inside(where, name string) string {
	if where == "" {
		return name
	}
	return where + "." + name
}

func (r *reader) wrongType(n *node, where, want string) {
	if where == "" {
		where = "the file"
	}
	r.errorf(n.at, "%s is %s, expected %s", where, n.what(), want)
}

// text reads a string that is not empty and has no control characters.
func (r *reader) text(n *node, where string) string {
	s, ok := n.value.(string)
	switch {
	case !ok:
		r.wrongType(n, where, "a string")
	case s == "":
		r.errorf(n.at, "%s is empty", where)
	case strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }):
		r.errorf(n.at, "%s has control characters", where)
	default:
		return s
	}
	return ""
}

// list calls f for each element of a list.
func (r *reader) list(n *node, where string, f func(n *node, where string)) {
	a, ok := n.value.(array)
	if !ok {
		r.wrongType(n, where, "a list")
		return
	}
	for i, item := range a {
		f(item, fmt.Sprintf("%s[%d]", where, i))
	}
}

// nearest is the name that was probably meant: at most a third of it mistyped.
func nearest(name string, names []string) string {
	if len(name) > 64 {
		return ""
	}
	best, distance := "", len(name)/3+1
	for _, n := range names {
		if d := editDistance(strings.ToLower(name), strings.ToLower(n)); d < distance {
			best, distance = n, d
		}
	}
	return best
}

// editDistance counts the bytes to insert, remove or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// wranglerKeys are keys of wrangler's configuration that have no meaning here yet.
var wranglerKeys = []string{
	"account_id", "ai", "alias", "analytics_engine_datasets", "assets", "base_dir", "browser", "build",
	"containers", "d1_databases", "data_blobs", "define", "dev", "dispatch_namespaces", "env",
	"find_additional_modules", "first_party_worker", "hyperdrive", "images", "jsx_factory", "jsx_fragment",
	"keep_names", "keep_vars", "kv_namespaces", "legacy_env", "limits", "logfwdr", "logpush", "media", "minify",
	"mtls_certificates", "no_bundle", "node_compat", "observability", "pages_build_output_dir", "pipelines",
	"placement", "preserve_file_names", "preview_urls", "queues", "r2_buckets", "ratelimits", "route", "routes",
	"secrets_store_secrets", "send_email", "send_metrics", "services", "site", "streaming_tail_consumers",
	"tail_consumers", "text_blobs", "triggers", "tsconfig", "unsafe", "unsafe_hello_world", "upload_source_maps",
	"vectorize", "version_metadata", "vpc_services", "wasm_modules", "workers_dev", "workflows",
}
