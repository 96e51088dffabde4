package project

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

// folder writes files and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const full = `{
  // comment
  "$schema": "./node_modules/wrangler/config-schema.json",
  "name": "my-worker",
  "main": "./src/index.ts",
  "compatibility_date": "2026-04-16",
  "compatibility_flags": [],
  "migrations": [
    {"tag": "v1", "new_sqlite_classes": ["A", "B", "C"]},
    {"tag": "v2", "renamed_classes": [{"from": "A", "to": "D"}], "deleted_classes": ["C"]},
    {"tag": "v3", "new_sqlite_classes": ["A", "C"]},
  ],
  "durable_objects": {"bindings": [{"name": "D_OBJ", "class_name": "D"}, {"name": "B_OBJ", "class_name": "B"}]},
  "worker_loaders": [{"binding": "LOADER"}, {"binding": "OTHER"}],
  "vars": {"TEXT": "t", "NUM": 1.5, "BOOL": true, "NULL": null, "LIST": [1, {"k": []}], "OVER": "old"},
  "rules": [{"type": "Text", "globs": ["**/*.tpl"], "fallthrough": true}],
}`

const fullTOML = `
"$schema" = "x"
name = "my-worker"
main = "src/index.ts"
compatibility_date = "2026-04-16"
compatibility_flags = []
worker_loaders = [{ binding = "LOADER" }, { binding = "OTHER" }]
rules = [{ type = "Text", globs = ["**/*.tpl"], fallthrough = true }]

[[migrations]]
tag = "v1"
new_sqlite_classes = ["A", "B", "C"]
[[migrations]]
tag = "v2"
deleted_classes = ["C"]
[[migrations.renamed_classes]]
from = "A"
to = "D"
[[migrations]]
tag = "v3"
new_sqlite_classes = ["A", "C"]

[[durable_objects.bindings]]
name = "D_OBJ"
class_name = "D"
[[durable_objects.bindings]]
name = "B_OBJ"
class_name = "B"

[vars]
TEXT = "t"
NUM = 1.5
BOOL = true
LIST = [1, { k = [] }]
OVER = "old"
`

func TestRead(t *testing.T) {
	for _, c := range []struct{ file, text string }{{"wrangler.jsonc", full}, {"wrangler.toml", fullTOML}} {
		t.Run(c.file, func(t *testing.T) {
			dir := folder(t, map[string]string{c.file: c.text, "src/index.ts": "", "package.json": "{}",
				".dev.vars": "# c\nOVER=new\nexport SECRET = 'a # b' # c\n"})
			p, err := Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			classes := map[string]string{}
			for _, class := range p.Classes {
				classes[class.Name] = class.Storage
			}
			if want := map[string]string{"D": "A", "B": "B", "A": "A#2", "C": "C#2"}; !reflect.DeepEqual(classes, want) {
				t.Errorf("classes %v, want %v", classes, want)
			}
			if want := []Binding{{"D_OBJ", "D"}, {"B_OBJ", "B"}}; !reflect.DeepEqual(p.Bindings, want) {
				t.Errorf("bindings %v, want %v", p.Bindings, want)
			}
			if want := []string{"LOADER", "OTHER"}; !reflect.DeepEqual(p.Loaders, want) {
				t.Errorf("loaders %v, want %v", p.Loaders, want)
			}
			vars := map[string]any{"TEXT": "t", "NUM": 1.5, "BOOL": true, "LIST": []any{1.0, map[string]any{"k": []any{}}}, "OVER": "new", "SECRET": "a # b"}
			if strings.HasSuffix(c.file, "c") {
				vars["NULL"] = nil
			}
			if !reflect.DeepEqual(p.Vars, vars) {
				t.Errorf("vars %v, want %v", p.Vars, vars)
			}
			if p.Name != "my-worker" || p.Main != "src/index.ts" || p.CompatibilityDate != "2026-04-16" || p.File != c.file || p.Dir != dir {
				t.Errorf("got %+v", p)
			}
		})
	}
}

// The smallest project is that of the documented example, which has no name.
func TestReadDefaults(t *testing.T) {
	p, err := Read(folder(t, map[string]string{"index.js": "", "wrangler.json": `{"compatibility_date": "2026-04-16", "main": "index.js"}`}))
	if err != nil || p.Name != "worker" || p.Main != "index.js" || p.Classes != nil || p.Vars != nil {
		t.Errorf("got %+v, %v", p, err)
	}
}

// with gives a configuration with more lines, which begin in line 3.
func with(lines string) string {
	return `{ "main": "index.js",
"compatibility_date": "2026-04-16",
` + lines + "}"
}

func TestReadErrors(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"syntax", with(`"name": }`), `:3:9: not valid JSON: invalid character '}'`},
		{"not an object", `[]`, `:1:1: the file is a list, expected an object`},
		{"empty", ``, `:1:1: not valid JSON: parsing value: unexpected EOF`},
		{"no main", `{"compatibility_date": "2026-04-16"}`, `:1:1: main is missing`},
		{"no date", `{"main": "index.js"}`, `:1:1: compatibility_date is missing`},
		{"unknown key", with(`"migration": []`), `:3:1: unknown key "migration"; did you mean "migrations"? (supported here: $schema, compatibility_date, compatibility_flags, durable_objects, main, migrations, name, rules, vars, worker_loaders)`},
		{"far from every key", with(`"zzzzzz": 1`), `:3:1: unknown key "zzzzzz" (supported`},
		{"wrangler's key", with(`"kv_namespaces": []`), `:3:1: facetd does not support "kv_namespaces", which wrangler has; remove it (supported here: $schema`},
		{"duplicate", with(`"name": "a", "name": "b"`), `:3:14: key "name" stands here for the second time, the first is in line 3`},
		{"name type", with(`"name": 5`), `:3:9: name is a number, expected a string`},
		{"name text", with(`"name": "a b"`), `:3:9: name "a b": expected`},
		{"bad date", `{"main":"index.js","compatibility_date":"yesterday"}`, `:1:41: compatibility_date "yesterday" is no date`},
		{"no such day", `{"main":"index.js","compatibility_date":"2026-02-30"}`, `is no date`},
		{"future date", `{"main":"index.js","compatibility_date":"2036-02-28"}`, `:1:41: This Worker requires compatibility date "2036-02-28"`},
		{"flag", with(`"compatibility_flags": ["x"]`), `:3:25: No such compatibility flag: x`},
		{"main missing", `{"main":"src/i.js","compatibility_date":"2026-04-16"}`, `:1:9: main names src/i.js, and there is no such file`},
		{"main outside", `{"main":"../i.js","compatibility_date":"2026-04-16"}`, `:1:9: main "../i.js" leads out of the project`},
		{"main absolute", `{"main":"/etc/i.js","compatibility_date":"2026-04-16"}`, `:1:9: main "/etc/i.js" leads out`},
		{"main kind", `{"main":"i.py","compatibility_date":"2026-04-16"}`, `is not a JavaScript or TypeScript file`},
		{"main is a folder", `{"main":"dir.js","compatibility_date":"2026-04-16"}`, `there is no such file`},
		{"new_classes", with(`"migrations": [{"tag": "v1", "new_classes": ["A"]}]`), `:3:30: migrations[0].new_classes is not supported: every class has a SQLite database; use new_sqlite_classes`},
		{"no tag", with(`"migrations": [{"new_sqlite_classes": ["A"]}]`), `:3:16: migrations[0] has no tag`},
		{"tag twice", with(`"migrations": [{"tag": "v1"},` + "\n" + `{"tag": "v1"}]`), `:4:9: migrations[1].tag "v1" is that of the migration in line 3`},
		{"class twice", with(`"migrations": [{"tag": "v1", "new_sqlite_classes": ["A",` + "\n" + `"A"]}]`), `:4:1: migrations[0] names class A twice, here and in line 3`},
		{"created twice", with(`"migrations": [{"tag": "v1", "new_sqlite_classes": ["A"]}, {"tag": "v2", "new_sqlite_classes": ["A"]}]`), `creates class A, which an earlier migration has created`},
		{"renames the unknown", with(`"migrations": [{"tag": "v1", "renamed_classes": [{"from": "A", "to": "B"}]}]`), `migrations[0].renamed_classes[0].from: no migration creates class A`},
		{"renames onto another", with(`"migrations": [{"tag": "v1", "new_sqlite_classes": ["A", "B"]}, {"tag": "v2", "renamed_classes": [{"from": "A", "to": "B"}]}]`), `there is a class B already`},
		{"rename without to", with(`"migrations": [{"tag": "v1", "renamed_classes": [{"from": "A"}]}]`), `needs "from" and "to"`},
		{"deletes the deleted", with(`"migrations": [{"tag": "1", "new_sqlite_classes": ["A"]}, {"tag": "2", "deleted_classes": ["A"]}, {"tag": "3", "deleted_classes": ["A"]}]`), `migrations[2].deleted_classes[0]: class A was deleted in line 3`},
		{"class name", with(`"migrations": [{"tag": "v1", "new_sqlite_classes": ["a-b"]}]`), `"a-b" is not the name of a class`},
		{"unknown in migration", with(`"migrations": [{"tag": "v1", "new_sqlite_class": ["A"]}]`), `unknown key "migrations[0].new_sqlite_class"; did you mean "new_sqlite_classes"? (supported here: deleted_classes, new_sqlite_classes, renamed_classes, tag)`},
		{"binding without migration", with(`"durable_objects": {"bindings": [{"name": "X", "class_name": "A"}]}`), `:3:62: durable_objects.bindings[0].class_name: no migration creates class A; add {"tag": "…", "new_sqlite_classes": ["A"]} to migrations`},
		{"binding to a renamed class", with(`"migrations": [{"tag": "1", "new_sqlite_classes": ["A"]}, {"tag": "2", "renamed_classes": [{"from": "A", "to": "B"}]}],` + "\n" + `"durable_objects": {"bindings": [{"name": "X", "class_name": "A"}]}`), `:4:62: durable_objects.bindings[0].class_name: class A was renamed to B in line 3`},
		{"binding without name", with(`"durable_objects": {"bindings": [{"class_name": "A"}]}`), `durable_objects.bindings[0] has no name`},
		{"script_name", with(`"durable_objects": {"bindings": [{"name": "X", "class_name": "A", "script_name": "o"}]}`), `durable_objects.bindings[0].script_name is not supported: facetd runs one worker per project`},
		{"two bindings of one name", with(`"worker_loaders": [{"binding": "X"}],` + "\n" + `"vars": {"X": 1}`), `:4:10: vars: env.X is taken by what stands in line 3`},
		{"loader without binding", with(`"worker_loaders": [{}]`), `worker_loaders[0] has no binding`},
		{"loader name", with(`"worker_loaders": [{"binding": "a-b"}]`), `"a-b" is not a JavaScript name`},
		{"loaders type", with(`"worker_loaders": {"binding": "X"}`), `:3:19: worker_loaders is an object, expected a list`},
		{"vars type", with(`"vars": []`), `vars is a list, expected an object`},
		{"duplicate within vars", with(`"vars": {"a": {"k": 1, "k": 2}}`), `key "k" stands here for the second time`},
		{"rule type", with(`"rules": [{"type": "CompiledWasm", "globs": ["*.wasm"]}]`), `:3:20: rules[0].type "CompiledWasm" is not supported; supported: Text, Data`},
		{"rule without globs", with(`"rules": [{"type": "Text"}]`), `rules[0] has no globs`},
		{"rule never reached", with(`"rules": [{"type": "Text", "globs": ["*.a"]}, {"type": "Text", "globs": ["*.b"]}]`), `:3:56: rules[1] is never reached: the rule for Text in line 3`},
		{"glob", with(`"rules": [{"type": "Text", "globs": ["[a]"]}]`), `rules[0].globs[0] "[a]": expected`},
		{"deep", with(`"vars": {"a": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`), `nested more than 64 levels deep`},
		{"many brackets", with(`"vars": {"a": "` + strings.Repeat("[", 20000) + `"}`), `opens more than 10000 lists and objects`},
		{"not text", "{\"main\": \"\xff\"}", `is not UTF-8 text`},
		{"large", with(`"vars": {"a": "` + strings.Repeat("x", maxConfig) + `"}`), `has more than 262144 bytes`},
		{"number", with(`"vars": {"a": 1e999}`), `:3:15: the number 1e999 is too large`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"wrangler.jsonc": c.text, "index.js": "", "dir.js/x": ""})
			p, err := Read(dir)
			if err == nil {
				t.Fatalf("no error; got %+v", p)
			}
			if got := err.Error(); !strings.HasPrefix(got, filepath.Join(dir, "wrangler.jsonc:")) || !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant …%s", got, c.want)
			}
			var one *Error
			if !errors.As(err, &one) {
				t.Errorf("%T is no *Error", err)
			}
		})
	}
}

func TestReadErrorsTOML(t *testing.T) {
	const head = "main = \"index.js\"\ncompatibility_date = \"2026-04-16\"\n"
	cases := []struct{ name, text, want string }{
		{"syntax", head + "name = = 1", `:3:8: not valid TOML: `},
		{"duplicate", head + "name = \"a\"\nname = \"b\"", `:4:1: not valid TOML: `},
		{"unknown key", head + "[migration]\n", `:3:2: unknown key "migration"; did you mean "migrations"?`},
		{"in a list of tables", head + "[[migrations]]\ntag = \"1\"\n[[migrations]]\ntag = \"2\"\nnew_clases = []\n", `:7:1: unknown key "migrations[1].new_clases"`},
		{"in an inline table", head + `worker_loaders = [{ binding = "A" }, { bindin = "X" }]`, `:3:40: unknown key "worker_loaders[1].bindin"; did you mean "binding"?`},
		{"class in a list", head + "[[migrations]]\ntag = \"1\"\nnew_sqlite_classes = [\"A\",\n  \"B\",\n  \"A\"]\n", `:7:3: migrations[0] names class A twice, here and in line 5`},
		{"date", "main = \"index.js\"\ncompatibility_date = 2026-04-16\n", `:2:1: dates and times are no JSON values; write a string in quotes`},
		{"inf", head + "[vars]\na = inf\n", `:4:1: inf and nan are no JSON values`},
		{"deep", head + "[vars]\na = " + strings.Repeat("[", 100) + strings.Repeat("]", 100), `:4:1: nested more than 64`},
		{"long key", head + strings.Repeat("a.", 100_000) + "a = 1", `:3:1025: the key, with the tables around it, has more than 1024 bytes`},
		{"long table", head + "[" + strings.Repeat("a.", 400) + "a]\n" + strings.Repeat("b.", 200) + "b = 1", `:4:223: the key, with`},
		{"dotted", head + "durable_objects.bindings = 5\n", `:3:17: durable_objects.bindings is a number, expected a list`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(folder(t, map[string]string{"wrangler.toml": c.text, "index.js": ""}))
			if err == nil || !strings.Contains(err.Error(), "wrangler.toml"+c.want) {
				t.Errorf("got  %v\nwant …%s", err, c.want)
			}
		})
	}
}

func TestAllErrorsAreTold(t *testing.T) {
	_, err := Read(folder(t, map[string]string{"index.js": "", "wrangler.json": with(`"a": 1, "b": 2, "name": 3`)}))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v", err)
	}
	_, err = Read(folder(t, map[string]string{"wrangler.json": "{" + strings.Repeat(`"a": 1,`, 100) + "}"}))
	if err == nil || strings.Count(err.Error(), "\n") != maxErrors-1 {
		t.Errorf("got %v", err)
	}
}

func TestReadFolders(t *testing.T) {
	good := with("")
	cases := []struct {
		name  string
		files map[string]string
		make  func(t *testing.T, dir string)
		want  string
	}{
		{"none", map[string]string{"index.js": ""}, nil, "has no wrangler.jsonc, wrangler.json, wrangler.toml"},
		{"several", map[string]string{"wrangler.json": good, "wrangler.toml": ""}, nil, "has several configuration files (wrangler.json, wrangler.toml); keep one"},
		{"link out", map[string]string{"index.js": ""}, func(t *testing.T, dir string) {
			link(t, filepath.Join(folder(t, map[string]string{"c": good}), "c"), filepath.Join(dir, "wrangler.json"))
		}, "path escapes from parent"},
		{"pipe", map[string]string{"index.js": ""}, func(t *testing.T, dir string) {
			if err := syscall.Mkfifo(filepath.Join(dir, "wrangler.json"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "it is not a regular file"},
		{"main links out", map[string]string{"wrangler.json": good}, func(t *testing.T, dir string) {
			link(t, "/etc/passwd", filepath.Join(dir, "index.js"))
		}, "main names index.js, and there is no such file"},
		{"variables", map[string]string{"wrangler.json": good, "index.js": "", ".dev.vars": "A=1\nnonsense\n"}, nil, ".dev.vars:2:1: expected NAME=VALUE"},
		{"variable of a binding's name", map[string]string{"wrangler.json": with(`"worker_loaders": [{"binding": "L"}]`), "index.js": "", ".dev.vars": "L=1"}, nil, ".dev.vars:1:1: env.L is taken by the binding in line 3 of wrangler.json"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, c.files)
			if c.make != nil {
				c.make(t, dir)
			}
			if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s", err, c.want)
			}
		})
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func FuzzJSONC(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"vars": {"a": [1, "\u0000", {"b": null}]}, "rules": [{"globs": ["**/?*"]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) { decodeBoth(t, text, (*reader).parseJSONC) })
}

func FuzzTOML(f *testing.F) {
	f.Add([]byte(fullTOML))
	f.Add([]byte("a.b.\"c\" = [{x=1}, {y=[2]}]\n[[q.r]]\n[q.r.s]\n"))
	f.Fuzz(func(t *testing.T, text []byte) { decodeBoth(t, text, (*reader).parseTOML) })
}

// decodeBoth: any text gives a project or errors with a place in it.
func decodeBoth(t *testing.T, text []byte, parse func(*reader, []byte) *node) {
	if len(text) > maxConfig || brackets(text) > maxBrackets {
		return
	}
	r := &reader{file: "f"}
	if n := parse(r, text); n == nil {
		if r.err() == nil {
			t.Fatal("neither a value nor an error")
		}
	} else {
		(&Project{}).decode(r, n)
	}
	lines := strings.Count(string(text), "\n") + 1
	for _, e := range r.errs {
		if e.Line < 1 || e.Line > lines+1 || e.Column < 0 || e.Message == "" {
			t.Fatalf("%+v of %d lines", e, lines)
		}
	}
}
