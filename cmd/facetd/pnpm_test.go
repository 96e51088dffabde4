package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Packages as pnpm lays them out: links into a store of the project, in which each
// package finds its own dependencies beside it, and all find the same copy of one.
func TestPackagesOfPnpm(t *testing.T) {
	dir := t.TempDir()
	store := "node_modules/.pnpm/"
	for name, text := range map[string]string{
		"wrangler.json": `{"name": "linked", "main": "index.js", "compatibility_date": "2026-04-01"}`,
		"index.js": `import { a } from "aa"; import { b } from "@scope/bb";
export default { fetch() { return new Response(a() + b() + "\n"); } };`,
		store + "aa@1.0.0/node_modules/aa/package.json":               `{"name": "aa", "exports": {".": "./lib/main.js"}}`,
		store + "aa@1.0.0/node_modules/aa/lib/main.js":                `import { next } from "shared"; export const a = () => "a" + next();`,
		store + "@scope+bb@2.0.0/node_modules/@scope/bb/package.json": `{"name": "@scope/bb", "main": "index.js"}`,
		store + "@scope+bb@2.0.0/node_modules/@scope/bb/index.js":     `import { next } from "shared"; export const b = () => "b" + next();`,
		store + "shared@3.0.0/node_modules/shared/package.json":       `{"name": "shared", "module": "s.mjs"}`,
		store + "shared@3.0.0/node_modules/shared/s.mjs":              `let n = 0; export const next = () => ++n;`,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"node_modules/aa":                             ".pnpm/aa@1.0.0/node_modules/aa",
		"node_modules/@scope/bb":                      "../.pnpm/@scope+bb@2.0.0/node_modules/@scope/bb",
		store + "aa@1.0.0/node_modules/shared":        "../../shared@3.0.0/node_modules/shared",
		store + "@scope+bb@2.0.0/node_modules/shared": "../../shared@3.0.0/node_modules/shared",
	} {
		link := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	d := serveProcess(t, dir, "--data", filepath.Join(t.TempDir(), "data"))
	d.expect("/", "a1b2")
}
