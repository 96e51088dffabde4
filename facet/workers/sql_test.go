package workers_test

import "testing"

func TestSQL(t *testing.T) {
	fresh := "sql.exec(`DROP TABLE IF EXISTS t; CREATE TABLE t (a, b)`);\n"
	rows := []script{
		{"exec runs at once S1", "sql.exec(`INSERT INTO t VALUES (1, 2)`); return sql.exec(`SELECT count(*) AS n FROM t`).one()", `{"n":1}`},
		{"cursor members S3", "const c = sql.exec(`SELECT 1 AS x`); return [typeof c.next, typeof c.toArray, typeof c.one, typeof c.raw, c.columnNames, typeof c.rowsRead, typeof c.rowsWritten]", `["function","function","function","function",["x"],"number","number"]`},
		{"next S4", "const c = sql.exec(`SELECT 1 AS x`); return [c.next(), c.next().value === undefined, Object.entries(c.next()).length, Object.keys(c.next())]", `[{"done":false,"value":{"x":1}},true,2,["done","value"]]`},
		{"iterable S3", "sql.exec(`INSERT INTO t VALUES (1, 'x'), (2, 'y')`); const l = []; for (const {a, b} of sql.exec(`SELECT * FROM t ORDER BY a`)) l.push(a + b); return l", `["1x","2y"]`},
		{"spread", "return [...sql.exec(`SELECT 1 AS x UNION SELECT 2`)]", `[{"x":1},{"x":2}]`},
		{"toArray after next", "const c = sql.exec(`VALUES (1), (2), (3)`); c.next(); return c.toArray()", `[{"column1":2},{"column1":3}]`},
		{"one: none S5", "return fails(() => sql.exec(`SELECT * FROM t`).one())", `"Error: Expected exactly one result from SQL query, but got no results."`},
		{"one: many S5", "return fails(() => sql.exec(`VALUES (1), (2)`).one())", `"Error: Expected exactly one result from SQL query, but got multiple results."`},
		{"duplicate columns S6", "const q = `SELECT 1 AS x, 2 AS x`; return [sql.exec(q).one(), [...sql.exec(q).raw()], sql.exec(q).columnNames]", `[{"x":2},[[1,2]],["x","x"]]`},
		{"raw toArray", "return sql.exec(`VALUES (1, 'a'), (2, 'b')`).raw().toArray()", `[[1,"a"],[2,"b"]]`},
		{"__proto__ S7", "const r = sql.exec(`SELECT 1 AS __proto__, 2 AS y`).one(); return [Object.keys(r), Object.getPrototypeOf(r) === Object.prototype]", `[["y"],true]`},
		{"integers are doubles S8", "return sql.exec(`SELECT 9007199254740993 AS n`).one().n === 9007199254740992", `true`},
		{"bigint S8", "return fails(() => sql.exec(`SELECT ?`, 1n))", `"TypeError: Cannot convert a BigInt value to a number"`},
		{"numbers are real S9", "return sql.exec(`SELECT typeof(?) AS t`, 1).one().t", `"real"`},
		{"bindings S9", "return sql.exec(`SELECT ?, ?, ?, ?, ?, ?`, true, false, undefined, null, NaN, {}).raw().next().value", `["true","false",null,null,null,"[object Object]"]`},
		{"date S9", "return sql.exec(`SELECT ?`, new Date(0)).raw().next().value[0].slice(0, 15)", `"Thu Jan 01 1970"`},
		{"infinity S9", "return String(sql.exec(`SELECT ? AS x`, Infinity).one().x)", `"Infinity"`},
		{"symbol", "return fails(() => sql.exec(`SELECT ?`, Symbol())).slice(0, 9)", `"TypeError"`},
		{"blob S10", "const b = sql.exec(`SELECT ? AS x`, new Uint8Array([1, 2, 3]).subarray(1)).one().x; return [b instanceof ArrayBuffer, [...new Uint8Array(b)]]", `[true,[2,3]]`},
		{"buffer S10", "return sql.exec(`SELECT typeof(?) AS t`, new ArrayBuffer(2)).one().t", `"blob"`},
		{"text with NUL", "return sql.exec(`SELECT ? AS x`, 'a\\0b').one().x.length", `3`},
		{"wrong number S11", "return [fails(() => sql.exec(`SELECT ?`)), fails(() => sql.exec(`SELECT 1`, 1))]", `["Error: Wrong number of parameter bindings for SQL query.","Error: Wrong number of parameter bindings for SQL query."]`},
		{"named S11", "return sql.exec(`SELECT :a AS a, ?2 AS b`, 1, 2).one()", `{"a":1,"b":2}`},
		{"several statements S12", "return sql.exec(`INSERT INTO t VALUES (1, 1); INSERT INTO t VALUES (2, ?); SELECT count(*) AS n FROM t WHERE b = ?`, 2) && 0", ""},
		{"last has the bindings S12", "sql.exec(`INSERT INTO t VALUES (1, 1); INSERT INTO t VALUES (2, ?)`, 5); return sql.exec(`SELECT b FROM t ORDER BY a`).toArray()", `[{"b":1},{"b":5}]`},
		{"earlier stay S12", "fails(() => sql.exec(`INSERT INTO t VALUES (1, 1); INSERT INTO nope VALUES (2)`)); return sql.exec(`SELECT count(*) AS n FROM t`).one().n", `1`},
		{"no statement S13", "return [fails(() => sql.exec(``)), fails(() => sql.exec(`;`)), fails(() => sql.exec(`-- x`))]", `["Error: SQL code did not contain a statement.","Error: SQL code did not contain a statement.","Error: SQL code did not contain a statement."]`},
		{"syntax error S14", "return fails(() => sql.exec(`SELEC 1`))", `"Error: near \"SELEC\": syntax error at offset 0: SQLITE_ERROR"`},
		{"no such table S14", "return fails(() => sql.exec(`SELECT * FROM nope`))", `"Error: no such table: nope: SQLITE_ERROR"`},
		{"same text twice S16", "sql.exec(`INSERT INTO t VALUES (1, 1), (2, 2)`); const q = `SELECT a FROM t ORDER BY a`, c = sql.exec(q); c.next(); const d = sql.exec(q), r = [d.next().value.a, c.next().value.a]; c.toArray(); d.toArray(); return r", `[1,2]`},
		{"across awaits S18", "sql.exec(`INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)`); const c = sql.exec(`SELECT a FROM t ORDER BY a`); c.next(); await sleep(5); return c.toArray()", `[{"a":2},{"a":3}]`},
		{"drop while open S19", "sql.exec(`INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)`); const c = sql.exec(`SELECT a FROM t`); const e = fails(() => sql.exec(`DROP TABLE t`)); c.toArray(); return e", `"Error: database table is locked: SQLITE_LOCKED"`},
		{"deleteAll cancels S20", "sql.exec(`INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)`); const c = sql.exec(`SELECT a FROM t`); storage.deleteAll(); return fails(() => c.toArray())", `"Error: SQLite query was canceled because the database was deleted."`},
		{"returning left open S21", "sql.exec(`INSERT INTO t VALUES (1, 1), (2, 2) RETURNING a`); await sleep(1); return sql.exec(`SELECT count(*) AS n FROM t`).one().n", `2`},
		{"transactions refused S23", "return fails(() => sql.exec(`BEGIN`)).includes('transaction')", `true`},
		{"rows S35", "const c = sql.exec(`INSERT INTO t VALUES (1, 1), (2, 2)`); return c.rowsWritten >= 2", `true`},
		{"databaseSize S32", "return storage.sql.databaseSize % 4096 === 0 && storage.sql.databaseSize > 0", `true`},
		{"blob in kv and sql", "kv.put('x', new ArrayBuffer(2)); return kv.get('x').byteLength", `2`},
		{"cursor is not cloned", "return fails(() => kv.put('x', sql.exec(`SELECT 1`)))", `"DataCloneError: #<SqlStorageCursor> could not be cloned."`},
	}
	kept := rows[:0]
	for _, row := range rows {
		if row.want == "" {
			continue
		}
		row.code = fresh + row.code
		kept = append(kept, row)
	}
	runScripts(t, "", kept)
}

func TestTransactions(t *testing.T) {
	runScripts(t, "", []script{
		{"sync: value T9", "return storage.transactionSync(() => 5)", `5`},
		{"sync: rollback T9", "kv.put('a', 1); const e = fails(() => storage.transactionSync(() => { kv.put('a', 2); throw new RangeError('no') })); return [e, kv.get('a')]", `["RangeError: no",1]`},
		{"sync: nests T9", "kv.put('a', 1); storage.transactionSync(() => { kv.put('a', 2); fails(() => storage.transactionSync(() => { kv.put('a', 3); kv.put('b', 3); throw 1 })) }); return [kv.get('a'), kv.get('b') ?? null]", `[2,null]`},
		{"async: value, sees its writes T10", "return storage.transaction(async txn => { await txn.put('x', 1); kv.put('y', 2); return [await txn.get('x'), await storage.get('y')] })", `[1,2]`},
		{"async: rolls back T10", "kv.put('a', 1); const e = await rejects(storage.transaction(async txn => { await txn.put('a', 2); await sleep(5); kv.put('a', 3); throw new TypeError('no') })); return [e, kv.get('a')]", `["TypeError: no",1]`},
		{"async: rollback() T10", "kv.put('a', 1); const r = await storage.transaction(async txn => { await txn.put('a', 2); txn.rollback(); return [kv.get('a'), await rejects(txn.put('a', 3))] }); return [r, kv.get('a')]", `[[1,"Error: Cannot put() on rolled back transaction"],1]`},
		{"async: used afterwards T12", "let t; await storage.transaction(async txn => { t = txn }); return rejects(t.put('a', 1))", "\"Error: Cannot call put() on transaction that has already committed: did you move `txn` outside of the closure?\""},
		{"deleteAll inside T13", "return [await storage.transaction(txn => fails(() => txn.deleteAll())), await storage.transaction(() => rejects(storage.deleteAll())), storage.transactionSync(() => rejects(storage.deleteAll())) instanceof Promise]", `["Error: Cannot call deleteAll() within a transaction","Error: Cannot call deleteAll() within a transaction",true]`},
		{"put undefined T14", "return rejects(storage.put('a', undefined))", `"TypeError: put() called with undefined value."`},
		{"put object T14", "await storage.put({p1: 1, p2: undefined, p3: 3}); return [await storage.get('p1'), await storage.get('p2') ?? null, await storage.get('p3')]", `[1,null,3]`},
		{"get and delete of arrays T15", "await storage.put({p1: 1, p3: 3}); const m = await storage.get(['p3', 'nope', 'p1']); return [m instanceof Map, [...m], await storage.delete(['p1', 'nope']), await storage.delete('p3'), await storage.delete('p3')]", `[true,[["p1",1],["p3",3]],1,true,false]`},
		{"list T16", "await storage.put({l1: 1, l2: 2, l3: 3}); const m = await storage.list({prefix: 'l', reverse: true, limit: 2}); return [m instanceof Map, [...m]]", `[true,[["l3",3],["l2",2]]]`},
		{"sync T18", "kv.put('a', 9); await storage.sync(); return kv.get('a')", `9`},
		{"sync twice", "await Promise.all([storage.sync(), storage.sync()]); return 1", `1`},
		{"deleteAll T19", "sql.exec('CREATE TABLE IF NOT EXISTS z (a)'); kv.put('a', 1); const r = await storage.deleteAll(); return [r === undefined, kv.get('a') === undefined, fails(() => sql.exec('SELECT * FROM z'))]", `[true,true,"Error: no such table: z: SQLITE_ERROR"]`},
		{"bookmarks T20", "return [typeof await storage.getCurrentBookmark(), await rejects(storage.getBookmarkForTime(0))]", `["string","Error: This Durable Object's storage back-end does not implement point-in-time recovery."]`},
		{"alarms without a handler F99", "return [await rejects(storage.setAlarm(Date.now() + 1000)), await storage.getAlarm(), await storage.deleteAlarm() === undefined]", `["TypeError: Your Durable Object class must have an alarm() handler in order to call setAlarm()",null,true]`},
		{"cannot clone in async put", "return rejects(storage.put({ok: 1, bad: () => 1}))", `"DataCloneError: () => 1 could not be cloned."`},
	})
}
