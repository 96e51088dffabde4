// Books entries so that a lost or half-done write shows: every entry has four
// parts whose amounts add up to nothing, two accounts move by the same amount,
// and a counter in the key-value store counts the entries.
import { DurableObject } from "cloudflare:workers";

const PARTS = 4;

export class App extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(`
      CREATE TABLE IF NOT EXISTS parts (id INTEGER, part INTEGER, amount INTEGER, filler BLOB, PRIMARY KEY (id, part));
      CREATE INDEX IF NOT EXISTS parts_amount ON parts (amount, id);
      CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, balance INTEGER);
      INSERT OR IGNORE INTO accounts VALUES ('from', 0), ('to', 0);
      CREATE TABLE IF NOT EXISTS bulk (id INTEGER PRIMARY KEY, filler BLOB);
    `);
  }

  async fetch(request) {
    const url = new URL(request.url);
    const id = Number(url.searchParams.get("id"));
    switch (url.pathname) {
      case "/write":
        return new Response(String(await this.write(id)));
      case "/read":
        return new Response(String(this.ctx.storage.kv.get("count") ?? 0));
      case "/check":
        return Response.json(this.check());
    }
    return new Response("no such path", { status: 404 });
  }

  // The three ways to write several things at once.
  write(id) {
    switch (id % 3) {
      case 0:
        return this.book(id); // the implicit transaction of the turn
      case 1:
        return this.ctx.storage.transactionSync(() => this.book(id));
      default:
        return this.ctx.storage.transaction(async () => this.book(id));
    }
  }

  book(id) {
    const amount = 1 + (id % 97);
    const filler = new Uint8Array((id * 131) % 3000);
    this.sql.exec("UPDATE accounts SET balance = balance - ? WHERE name = 'from'", amount);
    for (let part = 0; part < PARTS; part++) {
      this.sql.exec("INSERT INTO parts VALUES (?, ?, ?, ?)", id, part, part % 2 ? amount : -amount, filler);
    }
    this.sql.exec("UPDATE accounts SET balance = balance + ? WHERE name = 'to'", amount);
    // A table that is overwritten all the time moves pages to and fro.
    this.sql.exec("INSERT OR REPLACE INTO bulk VALUES (?, ?)", id % 50, filler);
    const count = (this.ctx.storage.kv.get("count") ?? 0) + 1;
    this.ctx.storage.kv.put("count", count);
    return count;
  }

  check() {
    const one = (query) => this.sql.exec(query).one();
    return {
      count: this.ctx.storage.kv.get("count") ?? 0,
      broken: one(`SELECT count(*) AS n FROM (SELECT 1 FROM parts GROUP BY id HAVING count(*) <> ${PARTS} OR sum(amount) <> 0)`).n,
      balance: one("SELECT sum(balance) AS n FROM accounts").n,
      ids: [...this.sql.exec("SELECT DISTINCT id FROM parts ORDER BY id").raw()].map(([id]) => id),
    };
  }
}
