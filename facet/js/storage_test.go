package js

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/storage"
)

const templatePath = "../../supervisor/internal/tree/template.sqlite"

// newDatabase makes a database and its log, both ready for OpenStorage.
func newDatabase(t testing.TB) string {
	t.Helper()
	image, err := os.ReadFile(templatePath)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "1.sqlite")
	for name, data := range map[string][]byte{path: image, path + "-wal": nil} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func openFiles(t testing.TB, path string) (db, wal int) {
	t.Helper()
	var fds [2]int
	for i, name := range []string{path, path + "-wal"} {
		fd, err := unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds[i] = fd
	}
	return fds[0], fds[1]
}

func startWithStorage(t testing.TB, c Config, limits storage.Limits) (*client, string) {
	t.Helper()
	cl := startEngine(t, c)
	path := newDatabase(t)
	db, wal := openFiles(t, path)
	if err := cl.OpenStorage(db, wal, limits); err != nil {
		t.Fatal(err)
	}
	return cl, path
}

func TestStorage(t *testing.T) {
	if !alone(t) {
		return
	}
	c, path := startWithStorage(t, Config{CPULimit: 300 * time.Millisecond}, storage.Limits{})
	tests := []struct{ name, code, want string }{
		{"kv text", "n.kvPut('a', 'text'); n.kvGet('a')", "text"},
		{"kv text, not ASCII", "n.kvPut('\u00e4\u20ac\U0001F600', '\u00e4\\0b'); n.kvGet('\u00e4\u20ac\U0001F600')", "\u00e4\x00b"},
		{"kv empty", "n.kvPut('e', ''); typeof n.kvGet('e') + n.kvGet('e').length", "string0"},
		{"kv bytes", "n.kvPut('b', new Uint8Array([0, 1, 255]).subarray(1)); const v = n.kvGet('b'); v instanceof ArrayBuffer && new Uint8Array(v).join()", "1,255"},
		{"kv absent", "typeof n.kvGet('nope')", "undefined"},
		{"kv delete", "[n.kvDelete('a'), n.kvDelete('a')]", "[true,false]"},
		{"kv next", "n.kvPut('k1', '1'); n.kvPut('k2', '2'); [n.kvNext('k', true, 'l', false), n.kvNext('k1', false, 'l', false), n.kvNext('k2', false, 'l', false), n.kvNext('l', false, 'k', true)]", `[["k1","1"],["k2","2"],null,["k2","2"]]`},
		{"sql", "const r = n.sqlExec(\"select 1 a, 2.5 b, 'x' c, null d, x'0102' e, ? f, ? g, ? h, ? i\", [7, 'y', null, new Uint8Array([9])]); JSON.stringify([r.columns, r.row.map(v => v instanceof ArrayBuffer ? [...new Uint8Array(v)] : v), n.sqlNext(r.id) === undefined, n.sqlStats(r.id)[0]])", `[["a","b","c","d","e","f","g","h","i"],[1,2.5,"x",null,[1,2],7,"y",null,[9]],true,1]`},
		{"sql rows", "n.sqlExec('create table t(x); insert into t values(1),(2),(3)', []); const q = n.sqlExec('select x from t', []); let s = [], row = q.row; while (row) { s.push(row[0]); row = n.sqlNext(q.id) } s.join()", "1,2,3"},
		{"sql error", "try { n.sqlExec('selec 1', []) } catch (e) { e.constructor.name + ': ' + e.message }", `Error: near "selec": syntax error at offset 0: SQLITE_ERROR`},
		{"sql bindings", "try { n.sqlExec('select ?', []) } catch (e) { e.message }", "Wrong number of parameter bindings for SQL query."},
		{"sql bad binding", "try { n.sqlExec('select ?', [Symbol()]) } catch (e) { e.name }", "TypeError"},
		{"sql of a closed cursor", "const z = n.sqlExec('select 1 union select 2', []); n.sqlClose(z.id); typeof n.sqlNext(z.id)", "undefined"},
		{"sql handles of nobody", "[0, -1, 1e9, NaN, 1.5].map(i => typeof n.sqlNext(i) + n.sqlStats(i)).join()", "undefined0,0,undefined0,0,undefined0,0,undefined0,0,undefined1,0"},
		{"sql handles are many", "(() => { const a = n.sqlExec('select 1 union select 2', []).id; for (let i = 0; i < 600; i++) n.sqlExec('select ' + i % 7 + ' union select 99', []); return typeof n.sqlNext(a) })()", "undefined"},
		{"savepoints", "const d = n.savepoint(); n.kvPut('sp', '1'); n.rollbackTo(d); const d2 = n.savepoint(); n.kvPut('sp2', '1'); n.release(d2); [typeof n.kvGet('sp'), n.kvGet('sp2')]", `["undefined","1"]`},
		{"size", "n.databaseSize() >= 4096 && n.databaseSize() % 4096 === 0", "true"},
		{"held transaction", "n.holdTransaction(true); n.kvPut('held', '1'); Promise.resolve().then(() => { n.holdTransaction(false); return n.kvGet('held') })", "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { c.want(t, "{"+test.code+"}", test.want) })
	}
	t.Run("sync", func(t *testing.T) {
		c.want(t, "on[8] = (call, a) => { n.post(208, 0, a) }; n.kvPut('s', '1'); String(n.sync() > 0)", "true")
		if m := c.kind(t, 208); m.A <= 0 {
			t.Errorf("synced up to %d", m.A)
		}
	})
	t.Run("cpu limit rolls back", func(t *testing.T) {
		c.want(t, "n.kvPut('keep', 'old'); 1", "1")
		call, _ := c.start(t, "n.kvPut('keep', 'new'); n.post(4, 77777, 0); while (true) {}")
		if m := c.kind(t, 209); m.Call != call {
			t.Errorf("call %d ended, want %d", m.Call, call)
		}
		c.want(t, "n.kvGet('keep')", "old")
	})
	t.Run("cpu limit in sql", func(t *testing.T) {
		call, _ := c.start(t, "n.kvPut('keep', 'newer'); try { n.sqlExec('with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c', []) } catch (e) { n.log(1, e.message) }")
		if m := c.kind(t, 209); m.Call != call {
			t.Errorf("call %d ended, want %d", m.Call, call)
		}
		c.want(t, "n.kvGet('keep')", "old")
	})
	t.Run("delete all", func(t *testing.T) {
		c.want(t, "n.kvPut('x', '1'); n.deleteAll(); [typeof n.kvGet('x'), n.sqlExec(\"select count(*) from sqlite_master where name = 't'\", []).row[0]]", `["undefined",0]`)
	})
	t.Run("checkpoints held", func(t *testing.T) {
		c.HoldCheckpoints(true)
		c.want(t, "n.kvPut('while held', '1'); 1", "1")
		c.HoldCheckpoints(false)
	})
	c.want(t, "n.kvPut('last', 'value'); 1", "1")
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	c.end(t)
	db, wal := openFiles(t, path)
	s, err := storage.Open(db, wal, storage.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if v, ok, err := s.KVGet("last"); err != nil || !ok || string(v.Bytes) != "value" {
		t.Errorf("after reopening: %v %v %v", v, ok, err)
	}
}

// A failed statement that throws the transaction away must end the instance: the
// answer of the turn would tell of writes that are gone.
func TestLostTransactionBreaks(t *testing.T) {
	if !alone(t) {
		return
	}
	c, _ := startWithStorage(t, Config{}, storage.Limits{})
	c.want(t, "n.sqlExec('create table t(x unique)', []); n.sqlExec('insert into t values(1)', []); 1", "1")
	_, ch := c.start(t, "n.kvPut('a', '1'); try { n.sqlExec('insert or rollback into t values(1)', []) } catch (e) {} 'answered'")
	m := c.kind(t, OutBroken)
	if m.A != 7 || !strings.Contains(string(m.S2), "rolled back") {
		t.Errorf("broken with %d, %q", m.A, m.S2)
	}
	if err := c.Post(Message{Kind: InRpc, Call: 1, S1: []byte("1")}); err != ErrClosed {
		t.Errorf("Post to a broken instance: %v, want ErrClosed", err)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("Stop of a broken instance: %v", err)
	}
	c.end(t)
	select {
	case m := <-ch:
		t.Errorf("the turn was answered: %s", m.Body)
	default:
	}
}

func TestOpenStorageFailures(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{})
	if err := c.OpenStorage(-1, -1, storage.Limits{}); err == nil {
		t.Error("bad descriptors were accepted")
	}
	path := newDatabase(t)
	db, wal := openFiles(t, path)
	if err := c.OpenStorage(db, wal, storage.Limits{}); err != nil {
		t.Fatal(err)
	}
	if err := c.OpenStorage(db, wal, storage.Limits{}); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("second database: %v", err)
	}
}
