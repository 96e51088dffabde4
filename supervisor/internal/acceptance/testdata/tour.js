// Visits what the runtime has, so that every system call that serving may need is
// made. Each request visits everything once and answers "fine".
import { DurableObject } from "cloudflare:workers";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"];
const locales = ["en-US", "de-DE", "ja-JP", "ar-EG", "hi-IN-u-nu-deva", "zh-Hant-TW"];

const stops = {
  kv({ kv }) {
    for (let n = 0; n < 50; n++) kv.put("key" + n, { n, at: new Date(), list: [1, "two", new Uint8Array(n)] });
    for (let n = 0; n < 50; n += 2) kv.delete("key" + n);
    return [...kv.list({ prefix: "key" })].length === 25;
  },

  async asyncStorage(storage) {
    await storage.put({ a: 1, b: 2 });
    const found = await storage.get(["a", "b"]);
    await storage.transaction(async (txn) => {
      await txn.put("c", 3);
      await txn.delete("a");
    });
    await storage.sync();
    return found.size === 2 && (await storage.list({ prefix: "c" })).get("c") === 3;
  },

  sql({ sql }) {
    sql.exec("CREATE TABLE IF NOT EXISTS tour (id INTEGER PRIMARY KEY, text TEXT, data BLOB)");
    for (let n = 0; n < 100; n++) sql.exec("INSERT INTO tour (text, data) VALUES (?, ?)", "row " + n, new Uint8Array(500));
    const sorted = sql.exec("SELECT text, length(data) AS size FROM tour ORDER BY text DESC, id").toArray();
    sql.exec("CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text)");
    sql.exec("INSERT INTO words SELECT text FROM tour");
    sql.exec("SELECT count(*) FROM words WHERE words MATCH 'row'").one();
    const clock = sql.exec("SELECT datetime('now') AS utc, datetime('now', 'localtime') AS local, random() AS r, json_extract('{\"a\":1}', '$.a') AS j, sqrt(2) AS s").one();
    sql.exec("DELETE FROM tour; DELETE FROM words");
    return sorted.length >= 100 && clock.j === 1;
  },

  rollback(storage) {
    try {
      storage.transactionSync(() => {
        storage.kv.put("gone", 1);
        throw new Error("undo");
      });
    } catch {}
    return storage.kv.get("gone") === undefined;
  },

  async timers() {
    const order = [];
    const later = (ms) => new Promise((done) => setTimeout(() => done(order.push(ms)), ms));
    const ticks = setInterval(() => order.push("tick"), 2);
    await Promise.all([later(7), later(1), scheduler.wait(3)]);
    clearInterval(ticks);
    return order.includes("tick") && order.indexOf(1) < order.indexOf(7);
  },

  dates() {
    const at = new Date(1764000000000);
    const text = locales.flatMap((locale) => zones.map((timeZone) => at.toLocaleString(locale, { timeZone, dateStyle: "full", timeStyle: "long" })));
    text.push(at.toString(), at.toLocaleDateString(), String(at.getTimezoneOffset()), String(Date.parse("Nov 24 2025 10:00 GMT+1")));
    return new Set(text).size > 25;
  },

  intl() {
    const text = locales.flatMap((locale) => [
      new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).format(1234567.891),
      new Intl.PluralRules(locale).select(3),
      new Intl.ListFormat(locale).format(["a", "b", "c"]),
      new Intl.RelativeTimeFormat(locale).format(-3, "day"),
      new Intl.DisplayNames(locale, { type: "region" }).of("FR"),
      ["ä", "a", "z", "å"].sort(new Intl.Collator(locale).compare).join(),
      [...new Intl.Segmenter(locale, { granularity: "word" }).segment("Hello 世界 again")].length,
    ]);
    return text.length === 42 && "İ".toLocaleLowerCase("tr").length > 0 && "é".normalize("NFD").length === 2;
  },

  crypto() {
    return crypto.randomUUID() !== crypto.randomUUID() && crypto.getRandomValues(new Uint8Array(65536)).some((b) => b);
  },

  urls() {
    const u = new URL("https://bücher.例え.example:8443/ä/../%7Efoo?q=ü#é");
    return u.hostname === "xn--bcher-kva.xn--r8jz45g.example" && new URLSearchParams("a=1&a=2").getAll("a").length === 2;
  },

  async bodies() {
    const big = "é0123456789".repeat(20000);
    const streamed = await new Response(new Blob([big]).stream().pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).text();
    const form = new FormData();
    form.set("file", new File([big], "name.txt"));
    const back = await new Response(form).formData();
    return streamed.length === big.length && back.get("file").size === 240000 && structuredClone({ big }).big.length === big.length;
  },

  errors() {
    const thrown = [() => null.x, () => eval("1 +"), () => new Array(-1), () => decodeURIComponent("%"), () => structuredClone(() => 1)].map((f) => {
      try {
        f();
      } catch (e) {
        return e.stack;
      }
    });
    console.error(new Error("with a stack", { cause: new TypeError("below") }));
    console.log("%s %o", "formatted", { deep: { deeper: [new Map([[1, new Set([2])]])] } }, thrown);
    return thrown.length === 5;
  },

  garbage() {
    let keep = [];
    for (let n = 0; n < 200; n++) {
      keep.push(new Uint8Array(100000), Array.from({ length: 1000 }, (_, i) => ({ i })));
      if (keep.length > 20) keep = [];
    }
    const watched = new FinalizationRegistry(() => {});
    for (let n = 0; n < 1000; n++) watched.register({ n }, n);
    return new WeakRef(keep) instanceof WeakRef;
  },

  engine() {
    const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
    return fib(18) === 2584 && 2n ** 4096n > 0n && /(?<y>\d{4})\p{L}+/u.exec("2025é").groups.y === "2025" && Math.sin(1) > 0.8;
  },
};

export class App extends DurableObject {
  async fetch(request) {
    if (new URL(request.url).pathname === "/throw") throw new RangeError("as asked");
    if (request.body) await request.arrayBuffer();
    for (const [name, visit] of Object.entries(stops)) {
      if (!(await visit(this.ctx.storage))) return new Response("wrong: " + name, { status: 500 });
    }
    return new Response("fine");
  }
}
