package bundle

import (
	"strings"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func js(name, text string) *facetv1.Module {
	return &facetv1.Module{Name: name, Kind: facetv1.Module_KIND_JS, Content: []byte(text)}
}

func TestBuild(t *testing.T) {
	cases := []struct {
		name    string
		modules []*facetv1.Module
		want    []string // parts of the script
		not     []string
	}{
		{"one module", []*facetv1.Module{js("main.js", `import {DurableObject} from "cloudflare:workers"; export class App extends DurableObject {}`)},
			[]string{banner, `runtimeModule("cloudflare:workers")`, "App", footer}, []string{"\nexport ", "\nimport "}},
		{"relative and bare imports", []*facetv1.Module{js("main.js", `import a from "./lib/a.js"; import b from "lib/b.js"; export default [a,b]`), js("lib/a.js", `export default "AAA"`), js("lib/b.js", `import a from "./a"; export default a+"BBB"`)},
			[]string{"AAA", "BBB"}, nil},
		{"typescript, js means ts", []*facetv1.Module{js("main.js", `import {n} from "./t.js"; export default n`), js("t.ts", `export const n: number = 42 as number; enum E {A="EEE"}; export type T = string; console.log(E.A)`)},
			[]string{"42", "EEE"}, []string{": number"}},
		{"text, json, data", []*facetv1.Module{js("main.js", `import t from "./t.txt"; import j from "./j.json"; import d from "./d.bin"; export default [t,j,d]`),
			{Name: "t.txt", Kind: facetv1.Module_KIND_TEXT, Content: []byte("TTT")}, {Name: "j.json", Kind: facetv1.Module_KIND_JSON, Content: []byte(`{"k":"JJJ"}`)}, {Name: "d.bin", Kind: facetv1.Module_KIND_DATA, Content: []byte{1, 2, 3}}},
			[]string{"TTT", "JJJ", ".buffer"}, nil},
		{"top-level await", []*facetv1.Module{js("main.js", `export const x = await Promise.resolve("XXX")`)}, []string{"await Promise"}, nil},
		{"import.meta", []*facetv1.Module{js("main.js", `export const x = import.meta`)}, []string{"__facetd_import_meta"}, []string{"import.meta"}},
		{"commonjs", []*facetv1.Module{js("main.js", `import c from "./c.cjs"; export default c.v`), {Name: "c.cjs", Kind: facetv1.Module_KIND_CJS, Content: []byte(`exports.v = "VVV"`)}}, []string{"VVV"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := Build(&facetv1.BundleRequest{MainModule: "main.js", Modules: c.modules})
			if len(r.Errors) > 0 {
				t.Fatalf("errors: %v", r.Errors)
			}
			for _, w := range c.want {
				if !strings.Contains(string(r.Script), w) {
					t.Errorf("script lacks %q:\n%s", w, r.Script)
				}
			}
			for _, w := range c.not {
				if strings.Contains(string(r.Script), w) {
					t.Errorf("script has %q:\n%s", w, r.Script)
				}
			}
			if !strings.HasPrefix(string(r.Script), banner) {
				t.Errorf("script starts with %.60q", r.Script)
			}
			if len(r.SourceMap) == 0 {
				t.Error("no source map")
			}
		})
	}
}

func TestBuildErrors(t *testing.T) {
	cases := []struct {
		name    string
		main    string
		modules []*facetv1.Module
		module  string
		line    uint32
		column  uint32
		text    string
	}{
		{"syntax error", "main.js", []*facetv1.Module{js("main.js", "const a = 1;\nconst b = ;\n")}, "main.js", 2, 11, `Unexpected ";"`},
		{"missing import", "main.js", []*facetv1.Module{js("main.js", "\nimport x from './nope.js';")}, "main.js", 2, 15, `No such module "./nope.js".`},
		{"missing main", "zzz.js", []*facetv1.Module{js("main.js", "")}, "zzz.js", 0, 0, "No such module: zzz.js"},
		{"escape from the tree", "main.js", []*facetv1.Module{js("main.js", "import x from '../../../../etc/passwd'")}, "main.js", 1, 15, "No such module"},
		{"file url", "main.js", []*facetv1.Module{js("main.js", "import x from 'file:///etc/passwd'")}, "main.js", 1, 15, "No such module"},
		{"node module", "main.js", []*facetv1.Module{js("main.js", "import fs from 'node:fs'")}, "main.js", 1, 16, "nodejs_compat"},
		{"unknown export", "main.js", []*facetv1.Module{js("main.js", "import {Nope} from 'cloudflare:workers'; Nope")}, "main.js", 1, 9, "No matching export"},
		{"bad json", "main.js", []*facetv1.Module{js("main.js", "import x from './x.json'"), {Name: "x.json", Kind: facetv1.Module_KIND_JSON, Content: []byte("{")}}, "x.json", 1, 2, "Expected string"},
		{"twice", "main.js", []*facetv1.Module{js("main.js", ""), js("./main.js", "")}, "./main.js", 0, 0, "two modules"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := Build(&facetv1.BundleRequest{MainModule: c.main, Modules: c.modules})
			if len(r.Errors) == 0 {
				t.Fatalf("no error; script:\n%s", r.Script)
			}
			e := r.Errors[0]
			if e.Module != c.module || e.Line != c.line || e.Column != c.column || !strings.Contains(e.Text, c.text) {
				t.Errorf("got %s:%d:%d %q, want %s:%d:%d %q", e.Module, e.Line, e.Column, e.Text, c.module, c.line, c.column, c.text)
			}
		})
	}
}

func FuzzBuild(f *testing.F) {
	f.Add("main.js", "export default 1")
	f.Add("a/b.ts", "import './b'; enum X {}")
	f.Fuzz(func(t *testing.T, name, text string) {
		r := Build(&facetv1.BundleRequest{MainModule: name, Modules: []*facetv1.Module{js(name, text)}})
		if (len(r.Errors) == 0) == (len(r.Script) == 0) {
			t.Fatalf("errors %v, script of %d bytes", r.Errors, len(r.Script))
		}
	})
}
