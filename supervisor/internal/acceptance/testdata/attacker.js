// Does, by path, what a hostile or broken application may do to its neighbours.
import { DurableObject } from "cloudflare:workers";

const attacks = {
  "/loop"() {
    for (;;);
  },

  // Every await is over at once, so the turn never ends.
  async "/microtasks"() {
    for (;;) await 0;
  },

  "/buffers"() {
    const all = [];
    for (;;) all.push(new Uint8Array(1 << 20).fill(1));
  },

  "/objects"() {
    const all = [];
    for (;;) all.push({ a: [all.length], b: "x" + all.length });
  },

  "/recursion"() {
    const deeper = (n) => deeper(n + 1) + 1;
    return deeper(0);
  },

  "/recursion-caught"() {
    const deeper = (n) => deeper(n + 1) + 1;
    try {
      deeper(0);
    } catch (e) {
      return e.name;
    }
  },

  "/regexp"() {
    return /^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(200));
  },

  "/log"() {
    const line = "x".repeat(1000);
    for (let n = 0; ; n++) console.log(n, line);
  },

  "/logline"() {
    console.error("after the flood");
    return "logged";
  },

  // SQLite rolls the whole turn back when the database is full, so the instance
  // cannot go on with what it believes to have written.
  "/fill"({ sql }) {
    sql.exec("CREATE TABLE IF NOT EXISTS fill (data BLOB)");
    for (;;) sql.exec("INSERT INTO fill VALUES (zeroblob(100000))");
  },

  async "/timers"() {
    let left = 10000;
    await new Promise((done) => {
      for (let n = 0; n < 10000; n++) setTimeout(() => --left || done(), n % 50);
    });
    return "timers";
  },

  "/response"() {
    const chunk = new Uint8Array(1 << 16);
    return new ReadableStream({ pull: (c) => c.enqueue(chunk) });
  },

  // Uses no processor time at all.
  "/hang"() {
    return new Promise(() => {});
  },

  "/string"() {
    return "x".repeat(2 ** 31);
  },

  "/headers"() {
    return new Response("", { headers: { "x-large": "x".repeat(1 << 19) } });
  },

  "/sql-string"({ sql }) {
    return sql.exec("SELECT length(replace(hex(zeroblob(4000000)), '0', hex(zeroblob(100)))) AS n").one().n;
  },

  "/sql"({ sql }) {
    const query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) AS s FROM n";
    return sql.exec(query).one().s;
  },
};

export class App extends DurableObject {
  async fetch(request) {
    const attack = attacks[new URL(request.url).pathname];
    const result = attack ? await attack(this.ctx.storage) : "well";
    return result instanceof Response ? result : new Response(result);
  }
}
