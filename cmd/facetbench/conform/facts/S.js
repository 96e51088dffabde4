import { kind, methods, show, sleep, thrown } from "./show.js";

// How an engine names the time zone in a date's text is its own affair.
const zone = (text) => text.replace(/ \(.*?\)/, "");

const rows = (sql, text, ...bindings) => sql.exec(text, ...bindings).toArray();
const one = (sql, text, ...bindings) => Object.values(sql.exec(text, ...bindings).one())[0];
const run = (f) => ({ ctx: { storage } }) => f(storage.sql, storage);

export const facts = {
  S1: run((sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1)"); sql.exec("insert into t values (2)"); return one(sql, "select count(*) from t"); }),
  S2: run((sql) => [methods(sql).filter((n) => !["Cursor", "Statement", "prepare", "ingest"].includes(n)), typeof sql.databaseSize, typeof sql.Cursor]),
  S3: run((sql) => {
    const c = sql.exec("select 1 as a, 2 as b");
    return [methods(c), c.columnNames, typeof c.rowsRead, typeof c.rowsWritten, [...c], [...sql.exec("select 1 union select 2").raw()]];
  }),
  S4: run((sql) => { const c = sql.exec("select 1 as a"); return [c.next(), c.next(), c.next()]; }),
  S5: run(async (sql) => [await thrown(() => sql.exec("select 1 where 0").one()), await thrown(() => sql.exec("select 1 union select 2").one()), sql.exec("select 7 as n").one()]),
  S6: run((sql) => [rows(sql, "select 1 as a, 2 as a, 3 as b"), [...sql.exec("select 1 as a, 2 as a").raw()]]),
  S7: run((sql) => [Object.keys(sql.exec("select 1 as __proto__, 2 as b").one()), [...sql.exec("select 1 as __proto__").raw()]]),
  S8: run(async (sql) => [one(sql, "select 9007199254740993"), one(sql, "select -9223372036854775808"), await kind(() => sql.exec("select ?", 1n))]),
  S9: run((sql) => [1, 1.5, true, false, null, undefined, new Date(0), { a: 1 }, [1, 2], NaN, Infinity, "x"].map((v) => zone(show(rows(sql, "select typeof(?1) as t, ?1 as v", v))))),
  S10: run((sql) => [rows(sql, "select typeof(?1) as t, hex(?1) as h, ?1 as v", new Uint8Array([1, 2, 255])), one(sql, "select ?", new Uint8Array([9, 8, 7]).buffer), one(sql, "select hex(?)", new Uint8Array([1, 2, 3, 4]).subarray(1, 3)), one(sql, "select x''")]),
  S11: run(async (sql) => [await thrown(() => sql.exec("select ?")), await thrown(() => sql.exec("select 1", 2)), rows(sql, "select :a as x, :b as y", 1, 2), rows(sql, "select ?2 as x, ?1 as y", 1, 2)]),
  S12: run(async (sql) => {
    const all = rows(sql, "create table t(a); insert into t values (1); select a from t");
    const failed = await kind(() => sql.exec("insert into t values (2); select nope"));
    const bound = rows(sql, "insert into t values (3); select ? as b", "x");
    return [all, failed, bound, one(sql, "select count(*) from t")];
  }),
  S13: run(async (sql) => [await thrown(() => sql.exec("")), await thrown(() => sql.exec(";")), await thrown(() => sql.exec("-- c")), await thrown(() => sql.exec("select 1; -- c"))]),
  S14: run(async (sql) => {
    sql.exec("create table t(a unique not null, b check (b > 0))");
    sql.exec("insert into t values (1, 1)");
    return [await thrown(() => sql.exec("selec 1")), await thrown(() => sql.exec("select * from nope")), await thrown(() => sql.exec("select nope(1)")), await thrown(() => sql.exec("insert into t values (1, 1)")), await thrown(() => sql.exec("insert into t values (null, 1)")), await thrown(() => sql.exec("insert into t values (2, 0)"))];
  }),
  S15: run((sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1), (2), (3)"); const c = sql.exec("select a from t"); const seen = [c.rowsRead]; c.next(); seen.push(c.rowsRead); c.toArray(); seen.push(c.rowsRead); return seen; }),
  S16: run((sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1), (2)"); const a = sql.exec("select a from t"), b = sql.exec("select a from t"); return [a.next(), b.next(), a.next(), b.next(), a.next()]; }),
  S17: run((sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1), (2)"); const seen = []; for (const r of sql.exec("select a from t")) { seen.push(r.a); if (r.a === 1) sql.exec("insert into t values (10)"); } return seen; }),
  S18: run(async (sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1), (2)"); const c = sql.exec("select a from t"); const first = c.next(); await sleep(5); sql.exec("insert into t values (3)"); return [first, c.toArray()]; }),
  S19: run(async (sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1), (2), (3)"); const c = sql.exec("select a from t"); c.next(); const e = await thrown(() => sql.exec("drop table t")); c.toArray(); sql.exec("drop table t"); return e; }),
  S20: run(async (sql, storage) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1), (2), (3)"); const c = sql.exec("select a from t"); c.next(); await storage.deleteAll(); return await thrown(() => c.toArray()); }),
  S21: [
    run((sql) => { sql.exec("create table t(a)"); sql.exec("insert into t values (1)"); sql.exec("insert into t values (2), (3) returning a"); return "left open"; }),
    run((sql) => one(sql, "select count(*) from t")),
  ],
  S22: run((sql) => { for (let i = 0; i < 2000; i++) one(sql, `select ${i} as n`); return one(sql, "select 5 as n"); }),
  S23: run(async (sql) => { const list = []; for (const s of ["begin", "commit", "rollback", "savepoint x", "release x"]) list.push(await kind(() => sql.exec(s)), /storage\.transaction\(\) or .*storage\.transactionSync\(\)/.test((await thrown(() => sql.exec(s))).message)); return list; }),
  S24: run(async (sql) => { const list = []; for (const s of ["attach ':memory:' as x", "detach main", "create temp table t(a)", "create temp view v as select 1", "create virtual table v using dbstat", "create virtual table e using nope", "create virtual table f using fts5(a)", "create virtual table r using rtree(id, a, b)"]) list.push(await thrown(() => { sql.exec(s); })); return list; }),
  S25: run((sql) => thrown(() => sql.exec("vacuum"))),
  S26: run(async (sql, storage) => {
    storage.kv.put("k", 1);
    sql.exec("create table t(a)");
    const list = [];
    for (const s of ["create table _cf_x(a)", "create table _CF_y(a)", "alter table t rename to _cf_t", "drop table _cf_KV", "select * from _cf_KV", "select key from _cf_KV", "create index _cf_i on t(a)", "create view _cf_v as select 1"]) list.push(await kind(() => sql.exec(s)));
    return [list, one(sql, "select count(*) from sqlite_master where name = '_cf_KV'")];
  }),
  S27: run(async (sql) => {
    sql.exec("create table t(a)");
    const list = {};
    for (const p of ["table_list", "table_info(t)", "table_xinfo(t)", "index_list(t)", "foreign_key_list(t)", "foreign_key_check", "quick_check", "optimize", "data_version", "page_size", "foreign_keys", "foreign_keys=off", "defer_foreign_keys=on", "case_sensitive_like=on", "ignore_check_constraints=off", "legacy_alter_table=off", "recursive_triggers=on", "reverse_unordered_selects=off", "journal_mode", "journal_mode=delete", "synchronous", "user_version", "user_version=1", "page_count", "cache_size", "integrity_check", "wal_checkpoint", "temp_store", "writable_schema=on", "mmap_size", "busy_timeout", "query_only=on", "application_id", "auto_vacuum", "secure_delete", "encoding", "freelist_count", "max_page_count", "trusted_schema=on", "function_list", "module_list", "compile_options", "hard_heap_limit"]) list[p] = (await kind(() => sql.exec("pragma " + p).toArray())) === "no error";
    return list;
  }),
  S28: run(async (sql) => {
    const list = {};
    for (const f of ["sqlite_version()", "sqlite_source_id()", "sqlite_compileoption_used('x')", "load_extension('x')", "json_pretty('1')", "json_error_position('1')", "soundex('x')", "uuid()", "median(1)", "readfile('/etc/passwd')", "writefile('x','y')", "edit('x')", "concat('a','b')", "concat_ws(',','a')", "sin(1)", "pow(2,3)", "json('1')", "json_extract('{\"a\":1}','$.a')", "jsonb('1')", "date('2020-01-01')", "strftime('%Y','2020-01-01')", "unixepoch('2020-01-01')", "printf('%d',1)", "hex('a')", "iif(1,2,3)", "random()", "randomblob(2)", "zeroblob(2)", "likelihood(1,0.5)", "changes()", "last_insert_rowid()", "total_changes()", "row_number() over ()", "group_concat(1)", "string_agg('a','b')", "octet_length('a')", "unhex('00')", "timediff('2020-01-02','2020-01-01')", "fts5(1)", "highlight(1,2,3,4)"]) list[f] = (await kind(() => sql.exec("select " + f).toArray())) === "no error";
    return list;
  }),
  S29: run(async (sql) => {
    const n = (k, f) => Array.from({ length: k }, (_, i) => f(i)).join(",");
    const t = (s, ...b) => kind(() => sql.exec(s, ...b));
    return [await t(`create table a(${n(100, (i) => "c" + i)})`), await t(`create table b(${n(101, (i) => "c" + i)})`),
      await t(`select ${n(100, () => "?")}`, ...Array(100).fill(1)), await t(`select ${n(101, () => "?")}`, ...Array(101).fill(1)),
      await t("select 1 union select 2 union select 3 union select 4 union select 5"), await t("select 1 union select 2 union select 3 union select 4 union select 5 union select 6"),
      await t("select '" + "x".repeat(99_000) + "'"), await thrown(() => sql.exec("select '" + "x".repeat(100_001) + "'")),
      await t("select 'a' like '" + "a".repeat(50) + "'"), await t("select 'a' like '" + "a".repeat(51) + "'"),
      await t("select " + "1+".repeat(98) + "1"), await t("select " + "(".repeat(120) + "1" + ")".repeat(120)), await t("select 1" + "+1".repeat(150))];
  }),
  S30: run(async (sql) => {
    sql.exec("create table p(id integer primary key); create table c(p references p(id), g as (p + 1)); create table s(a int) strict; create view v as select 1 as x");
    sql.exec("create trigger tr after insert on p begin insert into s values (new.id); end");
    sql.exec("insert into p values (1), (2), (3)");
    return [await kind(() => sql.exec("insert into c(p) values (99)")), rows(sql, "insert into c(p) values (1) returning p, g"), rows(sql, "select count(*) as n from s"), await kind(() => sql.exec("insert into s values ('x')")), await kind(() => sql.exec("delete from p where id = 3 limit 1")),
      rows(sql, "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select sum(n) as s from r"), rows(sql, "explain query plan select 1").length > 0, await kind(() => sql.exec("analyze; reindex")), rows(sql, "select x from v")];
  }),
  S31: run(async (sql) => [rows(sql, 'select "abc" as s'), await kind(() => sql.exec("update sqlite_master set sql = ''")), await kind(() => sql.exec("insert into sqlite_master values (1,2,3,4,5)"))]),
  S32: run((sql) => { const empty = sql.databaseSize % 4096; sql.exec("create table t(a)"); sql.exec("insert into t values (zeroblob(40960))"); const full = sql.databaseSize; sql.exec("drop table t"); return [empty, full > 40960, full % 4096, sql.databaseSize < full]; }),
  S35: run((sql) => [sql.exec("create table t(a, b)").rowsWritten, sql.exec("create index i on t(a)").rowsWritten, sql.exec("insert into t values (1, 2), (3, 4)").rowsWritten, sql.exec("update t set b = 0").rowsWritten, sql.exec("delete from t where a = 1").rowsWritten, (() => { const c = sql.exec("select * from t"); c.toArray(); return c.rowsRead; })()]),
};
