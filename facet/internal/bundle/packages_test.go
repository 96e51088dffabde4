package bundle

import (
	"fmt"
	"strings"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func data(name, text string) *facetv1.Module {
	return &facetv1.Module{Name: name, Kind: facetv1.Module_KIND_JSON, Content: []byte(text)}
}

// marked is a module that can be told from others in a script.
func marked(name string) *facetv1.Module {
	return js(name, fmt.Sprintf("export default %q", "<"+name+">"))
}

func TestPackages(t *testing.T) {
	main := func(from string) *facetv1.Module {
		return js("src/main.js", fmt.Sprintf("import x from %q; export default x", from))
	}
	const pkg = "node_modules/pkg/"
	manifest := func(text string) *facetv1.Module { return data(pkg+"package.json", text) }
	cases := []struct {
		name    string
		modules []*facetv1.Module
		want    string // module taken
		missing string // name<importer, where the package is missing
	}{
		{"main", []*facetv1.Module{main("pkg"), manifest(`{"main": "lib/a"}`), marked(pkg + "lib/a.js")}, pkg + "lib/a.js", ""},
		{"module before main", []*facetv1.Module{main("pkg"), manifest(`{"main": "a.js", "module": "b.mjs"}`), marked(pkg + "a.js"), marked(pkg + "b.mjs")}, pkg + "b.mjs", ""},
		{"browser before module", []*facetv1.Module{main("pkg"), manifest(`{"browser": "c.js", "module": "b.mjs"}`), marked(pkg + "c.js"), marked(pkg + "b.mjs")}, pkg + "c.js", ""},
		{"browser map is no main", []*facetv1.Module{main("pkg"), manifest(`{"browser": {"./b.mjs": false}, "module": "b.mjs"}`), marked(pkg + "b.mjs")}, pkg + "b.mjs", ""},
		{"index", []*facetv1.Module{main("pkg"), manifest(`{}`), marked(pkg + "index.js")}, pkg + "index.js", ""},
		{"main leads out", []*facetv1.Module{main("pkg"), manifest(`{"main": "../../src/secret.js"}`), marked("src/secret.js"), marked(pkg + "index.js")}, pkg + "index.js", ""},
		{"subpath", []*facetv1.Module{main("pkg/lib/x"), manifest(`{}`), marked(pkg + "lib/x.js")}, pkg + "lib/x.js", ""},
		{"scoped", []*facetv1.Module{main("@s/p/sub"), data("node_modules/@s/p/package.json", `{}`), marked("node_modules/@s/p/sub.js")}, "node_modules/@s/p/sub.js", ""},
		{"exports string", []*facetv1.Module{main("pkg"), manifest(`{"exports": "./e.js", "main": "m.js"}`), marked(pkg + "e.js"), marked(pkg + "m.js")}, pkg + "e.js", ""},
		{"exports conditions", []*facetv1.Module{main("pkg"), manifest(`{"exports": {"node": "./n.js", "require": "./r.js", "workerd": {"import": "./w.js"}, "default": "./d.js"}}`), marked(pkg + "w.js"), marked(pkg + "d.js"), marked(pkg + "n.js"), marked(pkg + "r.js")}, pkg + "w.js", ""},
		{"the file's order of conditions", []*facetv1.Module{main("pkg"), manifest(`{"exports": {"default": "./d.js", "workerd": "./w.js"}}`), marked(pkg + "w.js"), marked(pkg + "d.js")}, pkg + "d.js", ""},
		{"a condition without match goes on", []*facetv1.Module{main("pkg"), manifest(`{"exports": {"workerd": {"require": "./w.js"}, "default": "./d.js"}}`), marked(pkg + "w.js"), marked(pkg + "d.js")}, pkg + "d.js", ""},
		{"exports list", []*facetv1.Module{main("pkg"), manifest(`{"exports": {".": [{"node": "./n.js"}, "./l.js"]}}`), marked(pkg + "l.js")}, pkg + "l.js", ""},
		{"exports pattern", []*facetv1.Module{main("pkg/f/a/b"), manifest(`{"exports": {"./*": "./no/*.js", "./f/*": "./src/*.js"}}`), marked(pkg + "src/a/b.js"), marked(pkg + "no/f/a/b.js")}, pkg + "src/a/b.js", ""},
		{"closed by null", []*facetv1.Module{main("pkg/f/secret"), manifest(`{"exports": {"./f/*": "./f/*.js", "./f/secret": null}}`), marked(pkg + "f/secret.js")}, "", ""},
		{"not exported", []*facetv1.Module{main("pkg/x.js"), manifest(`{"exports": "./e.js"}`), marked(pkg + "e.js"), marked(pkg + "x.js")}, "", ""},
		{"exports lead out", []*facetv1.Module{main("pkg"), manifest(`{"exports": "./../../src/secret.js"}`), marked("src/secret.js")}, "", ""},
		{"nearest node_modules", []*facetv1.Module{main("pkg"), data("src/node_modules/pkg/package.json", `{}`), marked("src/node_modules/pkg/index.js"), manifest(`{}`), marked(pkg + "index.js")}, "src/node_modules/pkg/index.js", ""},
		{"a file beside is no package", []*facetv1.Module{main("pkg"), marked("src/pkg.js"), manifest(`{}`), marked(pkg + "index.js")}, pkg + "index.js", ""},
		{"dependency of a package", []*facetv1.Module{main("pkg"), manifest(`{}`), js(pkg+"index.js", `export {default} from "dep"`), data(pkg+"node_modules/dep/package.json", "{}"), marked(pkg + "node_modules/dep/index.js")}, pkg + "node_modules/dep/index.js", ""},
		{"private import", []*facetv1.Module{main("pkg"), manifest(`{"imports": {"#x/*": {"workerd": "./w/*.js"}}}`), js(pkg+"index.js", `export {default} from "#x/y"`), marked(pkg + "w/y.js")}, pkg + "w/y.js", ""},
		{"missing", []*facetv1.Module{main("pkg/sub")}, "", "pkg<src/main.js"},
		{"missing scoped", []*facetv1.Module{main("@s/p/sub")}, "", "@s/p<src/main.js"},
		{"missing dependency", []*facetv1.Module{main("pkg"), manifest(`{}`), js(pkg+"index.js", `export {default} from "dep"`)}, "", "dep<" + pkg + "index.js"},
		{"a relative path is no package", []*facetv1.Module{main("./pkg")}, "", ""},
		{"no package name", []*facetv1.Module{main("..pkg/../x")}, "", ""},
		{"node is no package", []*facetv1.Module{main("node:fs")}, "", ""},
		{"bad manifest", []*facetv1.Module{main("pkg"), manifest(`{"main": `), marked(pkg + "index.js")}, "", "pkg<src/main.js"},
		{"nested exports", []*facetv1.Module{main("pkg"), manifest(`{"exports": ` + strings.Repeat(`{"default":`, 1000) + `"./e.js"` + strings.Repeat("}", 1000) + `}`), marked(pkg + "index.js")}, pkg + "index.js", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := Build(&facetv1.BundleRequest{MainModule: "src/main.js", Modules: c.modules, Packages: true})
			var missing []string
			for _, m := range r.MissingPackages {
				missing = append(missing, m.Name+"<"+m.Importer)
			}
			if got := strings.Join(missing, " "); got != c.missing {
				t.Errorf("missing %q, want %q", got, c.missing)
			}
			if c.want == "" {
				if len(r.Errors) == 0 || !strings.Contains(r.Errors[0].Text, "No such module") {
					t.Errorf("errors %v, want no such module", r.Errors)
				}
			} else if !strings.Contains(string(r.Script), "<"+c.want+">") {
				t.Errorf("%s is not in the script; errors %v\n%s", c.want, r.Errors, r.Script)
			}
		})
	}
}

func TestRequireTakesItsCondition(t *testing.T) {
	r := Build(&facetv1.BundleRequest{MainModule: "main.js", Packages: true, Modules: []*facetv1.Module{
		js("main.js", `const x = require("pkg"); export default [x, process.env.NODE_ENV]`),
		data("node_modules/pkg/package.json", `{"exports": {"import": "./i.js", "require": "./r.cjs"}}`),
		marked("node_modules/pkg/i.js"),
		{Name: "node_modules/pkg/r.cjs", Kind: facetv1.Module_KIND_CJS, Content: []byte(`module.exports = "<required>"`)},
	}})
	if s := string(r.Script); !strings.Contains(s, "<required>") || !strings.Contains(s, `"production"`) {
		t.Errorf("errors %v, script %s", r.Errors, s)
	}
}

// Code without a project has no packages: the same specifiers are paths.
func TestPackagesAreAskedFor(t *testing.T) {
	r := Build(&facetv1.BundleRequest{MainModule: "main.js", Modules: []*facetv1.Module{
		js("main.js", `import "pkg"`), data("node_modules/pkg/package.json", "{}"), marked("node_modules/pkg/index.js"),
	}})
	if len(r.Errors) != 1 || len(r.MissingPackages) != 0 {
		t.Errorf("errors %v, missing %v", r.Errors, r.MissingPackages)
	}
}

func FuzzPackages(f *testing.F) {
	f.Add("pkg/sub", `{"exports": {".": "./a.js", "./*": {"import": ["./*.js"]}}, "sideEffects": false}`)
	f.Add("#x", `{"imports": {"#x": null}, "main": "../.."}`)
	f.Fuzz(func(t *testing.T, specifier, manifest string) {
		r := Build(&facetv1.BundleRequest{MainModule: "main.js", Packages: true, Modules: []*facetv1.Module{
			js("main.js", fmt.Sprintf("import %q", strings.ToValidUTF8(specifier, "?"))),
			data("package.json", manifest), data("node_modules/pkg/package.json", manifest), marked("node_modules/pkg/a.js"),
		}})
		if (len(r.Errors) == 0) == (len(r.Script) == 0) {
			t.Fatalf("errors %v, script of %d bytes", r.Errors, len(r.Script))
		}
	})
}
