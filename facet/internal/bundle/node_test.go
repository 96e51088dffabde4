package bundle

import (
	"slices"
	"strings"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func buildNode(on bool, modules ...*facetv1.Module) *facetv1.BundleResponse {
	return Build(&facetv1.BundleRequest{MainModule: modules[0].Name, Modules: modules, Node: on, Packages: true})
}

func TestNodeModules(t *testing.T) {
	cases := []struct {
		name      string
		modules   []*facetv1.Module
		want, not []string
	}{
		{"by name and with the prefix", []*facetv1.Module{js("main.js", `import {join} from "node:path"; import {EventEmitter} from "events"; export default [join, EventEmitter]`)}, []string{"posix", "_eventsCount"}, nil},
		{"nothing that is not used", []*facetv1.Module{js("main.js", `import {join} from "node:path"; export default new ArrayBuffer(1)`)}, []string{"setImmediate"}, []string{"posix", "readUInt8", "nextTick"}},
		{"the globals that are mentioned", []*facetv1.Module{js("main.js", `export default [Buffer, process]`)}, []string{"readUInt8", "nextTick"}, nil},
		{"mentioned in a package", []*facetv1.Module{js("main.js", `import "./a.cjs"; export default 1`), {Name: "a.cjs", Kind: facetv1.Module_KIND_CJS, Content: []byte(`module.exports = Buffer`)}}, []string{"readUInt8"}, nil},
		{"the default export to require", []*facetv1.Module{js("main.js", `import "./a.cjs"; export default 1`), {Name: "a.cjs", Kind: facetv1.Module_KIND_CJS, Content: []byte(`module.exports = require("events")`)}}, []string{"module.exports =", "_eventsCount"}, nil},
		{"async functions stay", []*facetv1.Module{js("main.js", `export default async () => { await 1 }`)}, []string{"await 1"}, []string{"yield 1"}},
		{"but where contexts are followed", []*facetv1.Module{js("main.js", `import {AsyncLocalStorage as A} from "node:async_hooks"; export const a = new A(); export default async () => { await 1 }`)}, []string{"yield 1"}, []string{"await 1"}},
		{"and not for the library's own sake", []*facetv1.Module{js("main.js", `import EventEmitter from "node:events"; export default async () => { await new EventEmitter() }`)}, []string{"await new"}, []string{"yield new"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := buildNode(true, c.modules...)
			if len(r.Errors) > 0 {
				t.Fatalf("errors: %v", r.Errors)
			}
			for _, w := range c.want {
				if !strings.Contains(string(r.Script), w) {
					t.Errorf("the script lacks %q:\n%.2000s", w, r.Script)
				}
			}
			for _, w := range c.not {
				if strings.Contains(string(r.Script), w) {
					t.Errorf("the script has %q", w)
				}
			}
		})
	}
}

func TestNodeModulesThatAreNotThere(t *testing.T) {
	cases := []struct {
		name, code string
		on         bool
		want       []string
	}{
		{"without the flag", `import "node:path"`, false, []string{`No such module "node:path"`, `"nodejs_compat"`}},
		{"without the flag, no prefix", `import "path"`, false, []string{`No such module "path".`}},
		{"not provided", `import "node:fs"`, true, []string{`No such module "node:fs"`, "of Node.js there are assert, assert/strict, async_hooks,", "util/types."}},
		{"not provided to require", `require("node:fs")`, true, []string{`No such module "node:fs"`}},
		{"the library's own parts", `import "node:chunks/chunk-1"`, true, []string{"No such module"}},
		{"a way out of the library", `import "node:../runtime"`, true, []string{"No such module"}},
		{"globals by their specifier", `import "facetd:node-globals"`, true, []string{"No such module"}},
		{"top-level await where contexts are followed", `import {AsyncLocalStorage as A} from "node:async_hooks"; export const a = new A(), b = await 1`, true, []string{"does not go together with node:async_hooks"}},
		{"an export that is not there", `import {nope} from "node:path"; nope`, true, []string{"No matching export"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := buildNode(c.on, js("main.js", c.code))
			if len(r.Errors) == 0 {
				t.Fatalf("no error; script:\n%s", r.Script)
			}
			for _, w := range c.want {
				if !strings.Contains(r.Errors[0].Text, w) {
					t.Errorf("the error %q lacks %q", r.Errors[0].Text, w)
				}
			}
		})
	}
}

// Each module can be made part of a script, alone and by require().
func TestEveryNodeModuleBundles(t *testing.T) {
	names := providedNode()
	if !slices.Contains(names, "buffer") || len(names) < 20 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		r := buildNode(true, js("main.js", `import * as m from "node:`+name+`"; import d from "`+name+`"; export default [m, d, require("node:`+name+`")]`))
		if len(r.Errors) > 0 || len(r.Warnings) > 0 {
			t.Errorf("%s: %v %v", name, r.Errors, r.Warnings)
		}
	}
}
