package supervisor

import (
	"context"
	"testing"
)

// largeProject loads code of a size that is in the path.
const largeProject = `import { DurableObject } from "cloudflare:workers";
const W = ` + "`" + `import text from "./text.txt"; import data from "./data.bin"; import json from "./big.json"; import { WorkerEntrypoint } from "cloudflare:workers";
const sum = (s) => { let h = 0; for (let i = 0; i < s.length; i += 97) h = (h * 31 + s.charCodeAt(i)) | 0; return h; };
export default class extends WorkerEntrypoint { about() { return [text.length, sum(text), data.byteLength, new Uint8Array(data).at(-1), json.list.length].join(); } }` + "`" + `;
const sum = (s) => { let h = 0; for (let i = 0; i < s.length; i += 97) h = (h * 31 + s.charCodeAt(i)) | 0; return h; };
export class Root extends DurableObject {
  async fetch(r) {
    const url = new URL(r.url), mib = Number(url.searchParams.get("mib")), id = url.searchParams.get("id") ?? undefined;
    // Pieces end within pairs of surrogates, and within what takes one to four bytes.
    const text = (url.searchParams.get("unit") ?? "aé€😀").repeat(mib * 1024 * 1024 / 5), data = new Uint8Array(300_000).fill(7);
    const modules = { "w.js": W, "text.txt": { text }, "data.bin": { data: data.buffer }, "big.json": { json: { list: Array(100_000).fill(1) } } };
    const code = () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules, globalOutbound: null });
    const load = () => (id === undefined ? this.env.LOADER.load(code()) : this.env.LOADER.get(id, code)).getEntrypoint().about();
    try {
      let got;
      if (url.pathname === "/in-transaction") await this.ctx.storage.transaction(async () => { await this.ctx.storage.put("a", 1); got = await load(); });
      else if (url.pathname === "/in-section") await this.ctx.blockConcurrencyWhile(async () => { got = await load(); });
      else got = await load();
      return new Response(got === [text.length, sum(text), 300_000, 7, 100_000].join() ? "same" : got);
    } catch (e) { return new Response(e.name + ": " + e.message.replace(/\d+ bytes\) exc/, "N bytes) exc")); }
  }
}
export default { fetch(r, env) { return env.ROOT.getByName("root").fetch(r); } };`

func TestRealLargeCode(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Limits.MemoryBytes = 512 << 20 })
	p := project(t, h, largeProject)
	want(t, p, "/?mib=1", "same")
	want(t, p, "/?mib=9&id=nine", "same")
	want(t, p, "/?mib=9&id=nine", "same") // loaded by now
	want(t, p, "/in-transaction?mib=5", "same")
	want(t, p, "/in-section?mib=5", "same")
	want(t, p, "/?mib=330&unit=x", "Error: Dynamic Worker code size (N bytes) exceeds the maximum allowed size of 67108864 bytes.")
	want(t, p, "/?mib=1", "same")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for key := range maxLarge {
		release, err := h.loader.large.Acquire(ctx, key)
		if err != nil {
			t.Fatalf("a place in memory was not given back: %v", err)
		}
		defer release()
	}
}
