package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const projects = "../../testdata/projects/"

// expect compares the answers to paths, which are asked in order.
func (d *daemon) expect(pairs ...string) {
	d.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if _, body := d.get(pairs[i]); body != pairs[i+1]+"\n" {
			d.t.Fatalf("%s: got %q, want %q\n%s", pairs[i], body, pairs[i+1]+"\n", d.logged())
		}
	}
}

func TestProjectWithFacets(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := serveProcess(t, projects+"facets", "--data", data)
	d.expect("/", "You have made 1 requests.", "/", "You have made 2 requests.", "/seen", "3")
	if code := d.stop(syscall.SIGKILL); code == 0 {
		t.Error("killed, and exit status 0")
	}
	d = serveProcess(t, projects+"facets", "--data", data)
	d.expect("/", "You have made 3 requests.", "/seen", "5", "/reset", "reset", "/", "You have made 1 requests.", "/seen", "8")
	if code := d.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit status %d:\n%s", code, d.logged())
	}
}

// A tree three levels deep survives a restart, an abort, a clone and a recursive
// deletion.
func TestNestedProject(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := serveProcess(t, projects+"nested", "--data", data)
	d.expect("/a/b/c", "1 1 1 1", "/a/b/c", "2 2 2 2",
		"/a/b/c/d", "Error: Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4.")
	if code := d.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit status %d:\n%s", code, d.logged())
	}
	d = serveProcess(t, projects+"nested", "--data", data)
	d.expect("/a/b/c", "4 4 4 4", // the call that went too deep has counted on its way
		"/a/b?do=abort", "done", "/a/b/c", "5 5 5 5",
		"/a?do=clone&to=copy", "done", "/copy/b/c", "6 6 6 6", "/a/b/c", "7 6 6 6",
		"/a/b?do=delete", "done", "/a/b/c", "8 7 1 1", "/copy/b/c", "9 7 7 7",
		"/a?do=delete", "done", "/a/b", "10 1 1")
}

func TestLoaderProject(t *testing.T) {
	d := serveProcess(t, projects+"loader", "--data", filepath.Join(t.TempDir(), "data"))
	d.expect("/", "Hello, YOU! 3 0", "/?name=bob", "Hello, BOB! 3 0")
	post := func(code string) string {
		r, err := http.Post(d.url+"/?q=1", "text/javascript", strings.NewReader(code))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, c := range []struct{ name, code, want string }{
		{"answers", `export default { fetch(r) { return new Response("ran " + new URL(r.url).search); } }`, "ran ?q=1"},
		{"does not parse", `export default {`, "Error: Failed to start Worker:\n"},
		{"throws", `export default { fetch() { throw new RangeError("no"); } }`, "RangeError: no\n"},
		{"wants the network", `export default { async fetch() { return await fetch("http://example.com/"); } }`, "Error: This worker is not permitted to access the internet"},
		{"still works", `export default { fetch() { return new Response("fine"); } }`, "fine"},
	} {
		if got := post(c.code); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want %q\n%s", c.name, got, c.want, d.logged())
		}
	}
}

// What people have in their folders: TypeScript beside main's folder, packages,
// variables, text by rule.
func TestProjectModules(t *testing.T) {
	dir := writeApp(t, map[string]string{
		"wrangler.jsonc": `{ "main": "src/index.ts", "compatibility_date": "2026-04-16",
			"vars": { "PLAIN": { "k": [1, true] }, "OVER": "old" },
			"rules": [{ "type": "Text", "globs": ["**/*.tpl"], "fallthrough": true }] }`,
		".dev.vars":    "OVER=new # comment\nSECRET='s3'\n",
		"package.json": `{ "dependencies": { "one": "*" } }`,
		"src/index.ts": `import { shared } from "../shared/lib";
import one, { cjs } from "one";
import { deep } from "@scope/two/deep";
import template from "./page.tpl";
interface Env { PLAIN: any; OVER: string; SECRET: string }
export default { fetch(request: Request, env: Env): Response {
  return Response.json([shared, one, cjs, deep, template, env]);
} };`,
		"src/page.tpl":                                    "<template>",
		"shared/lib.ts":                                   `export const shared: string = "shared";`,
		"node_modules/one/package.json":                   `{ "name": "one", "exports": { "node": "./node.js", "workerd": "./w.mjs", "default": "./node.js" } }`,
		"node_modules/one/w.mjs":                          `import dep from "dep"; export default "workerd"; export const cjs = dep.name + process.env.NODE_ENV;`,
		"node_modules/one/node.js":                        `throw new Error("not for Node.js")`,
		"node_modules/one/node_modules/dep/package.json":  `{ "main": "lib" }`,
		"node_modules/one/node_modules/dep/lib/index.js":  `exports.name = require("./name.json").name;`,
		"node_modules/one/node_modules/dep/lib/name.json": `{ "name": "inner " }`,
		"node_modules/dep/package.json":                   `{}`,
		"node_modules/dep/index.js":                       `exports.name = "outer";`,
		"node_modules/@scope/two/package.json":            `{ "exports": { "./*": "./src/*.js" } }`,
		"node_modules/@scope/two/src/deep.js":             `export const deep = "deep";`,
	})
	d := serveProcess(t, dir, "--data", filepath.Join(t.TempDir(), "data"))
	const want = `["shared","workerd","inner production","deep","<template>",{"OVER":"new","PLAIN":{"k":[1,true]},"SECRET":"s3"}]`
	if status, body := d.get("/"); status != 200 || body != want {
		t.Errorf("got %d %s\nwant %s\n%s", status, body, want, d.logged())
	}
}

// A renamed class keeps its objects; a deleted name begins anew.
func TestMigratedClasses(t *testing.T) {
	config := func(migrations, class string) map[string]string {
		return map[string]string{
			"wrangler.json": fmt.Sprintf(`{ "main": "index.js", "compatibility_date": "2026-04-16", "migrations": [%s],
				"durable_objects": { "bindings": [{ "name": "OBJ", "class_name": %q }] } }`, migrations, class),
			"index.js": fmt.Sprintf(`import { DurableObject } from "cloudflare:workers";
export class %s extends DurableObject { count() { const n = (this.ctx.storage.kv.get("n") ?? 0) + 1; this.ctx.storage.kv.put("n", n); return n; } }
export default { async fetch(request, env) { return new Response(await env.OBJ.getByName("x").count() + "\n"); } };`, class),
		}
	}
	const v1, v2 = `{ "tag": "v1", "new_sqlite_classes": ["A"] }`, `{ "tag": "v2", "renamed_classes": [{ "from": "A", "to": "B" }] }`
	const v3, v4 = `{ "tag": "v3", "deleted_classes": ["B"] }`, `{ "tag": "v4", "new_sqlite_classes": ["B"] }`
	data := filepath.Join(t.TempDir(), "data")
	for _, step := range []struct{ migrations, class, want string }{
		{v1, "A", "1"}, {v1 + "," + v2, "B", "2"}, {v1 + "," + v2, "B", "3"}, {v1 + "," + v2 + "," + v3 + "," + v4, "B", "1"},
	} {
		d := serveProcess(t, writeApp(t, config(step.migrations, step.class)), "--data", data)
		d.expect("/", step.want)
		d.stop(syscall.SIGINT)
	}
}

// Bodies stream both ways: the answer's first part arrives before the request's
// last part is sent.
func TestProjectStreams(t *testing.T) {
	dir := writeApp(t, map[string]string{
		"wrangler.json": `{ "main": "index.js", "compatibility_date": "2026-04-16", "migrations": [{ "tag": "1", "new_sqlite_classes": ["Echo"] }] }`,
		"index.js": `import { DurableObject } from "cloudflare:workers";
export class Echo extends DurableObject { fetch(request) { return new Response(request.body); } }
export default { fetch(request, env, ctx) { return ctx.exports.Echo.getByName("x").fetch(request); } };`,
	})
	d := serveProcess(t, dir, "--data", filepath.Join(t.TempDir(), "data"))
	body, w := io.Pipe()
	go w.Write([]byte("first"))
	r, err := http.Post(d.url, "text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	part := make([]byte, 5)
	if _, err := io.ReadFull(r.Body, part); err != nil || string(part) != "first" {
		t.Fatalf("got %q, %v\n%s", part, err, d.logged())
	}
	rest := bytes.Repeat([]byte("x"), 3<<20)
	go func() { w.Write(rest); w.Close() }()
	if got, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(got, rest) {
		t.Errorf("got %d bytes, %v\n%s", len(got), err, d.logged())
	}
}
