package storage

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // SQLite's own functions, untouched by this package
)

func original(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

var replaced = []string{
	"SELECT instr(?1, ?2)", "SELECT replace(?1, ?2, 'long text')", "SELECT replace(?1, ?2, '')", "SELECT hex(replace(?1, ?2, x'00'))",
	"SELECT trim(?1, ?2)", "SELECT ltrim(?1, ?2)", "SELECT rtrim(?1, ?2)", "SELECT hex(unhex(?1, ?2))",
	"SELECT instr(CAST(?1 AS BLOB), CAST(?2 AS BLOB))", "SELECT instr(?1, CAST(?2 AS BLOB))",
}

func same(t *testing.T, s *Store, ref *sql.DB, q string, args ...any) {
	t.Helper()
	var want any
	wantErr := ref.QueryRow(q, args...).Scan(&want)
	rows, err := s.Exec(q, args...)
	if (err != nil) != (wantErr != nil) {
		t.Errorf("%s %q: error %v, SQLite's own %v", q, args, err, wantErr)
		return
	}
	if err != nil {
		return
	}
	defer rows.Close()
	if row, _ := rows.Row(); fmt.Sprint(row[0]) != fmt.Sprint(want) {
		t.Errorf("%s %q: %v, SQLite's own %v", q, args, row[0], want)
	}
}

func TestReplacedFunctionsEqualTheOriginals(t *testing.T) {
	s, ref := openNew(t), original(t)
	texts := []any{"", "a", "b", "ab", "abcabc", "äöü", "ü", "aäa", "\u0080", "1234", "12-34", "-", " x ", "aaaa", "aa", "日本語日本", "本", nil, 12.5, 1.0, []byte{}, []byte{0xc3}, []byte("ab"), []byte{0xbc, 0x41}}
	for _, q := range replaced {
		for _, a := range texts {
			for _, b := range texts {
				same(t, s, ref, q, a, b)
			}
		}
	}
	docs := []any{"{}", `{"a":1}`, `{"a":null}`, `{"a":{"b":2,"c":[1]}}`, "[1,2]", "3", "null", "not json", "", nil, 1.0}
	for _, q := range []string{"SELECT json_patch(?1, ?2)", "SELECT json(jsonb_patch(?1, ?2))", "SELECT json_array(json_patch(?1, ?2))", "SELECT typeof(json_patch(?1, ?2))"} {
		for _, a := range docs {
			for _, b := range docs {
				same(t, s, ref, q, a, b)
			}
		}
	}
}

func FuzzReplacedFunctions(f *testing.F) {
	f.Add("hello", "l")
	f.Add("äöü", "\xbc")
	s, ref := openNew(f), original(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		// Text with a NUL inside is undefined for SQLite's own functions, too.
		if strings.Contains(a+b, "\x00") {
			t.Skip("text with NUL")
		}
		for _, q := range replaced {
			same(t, s, ref, q, a, b)
		}
	})
}

// Each of these took between 0.5 s and minutes inside one uninterruptible step.
func TestQuadraticFunctionsAreBounded(t *testing.T) {
	s := openNew(t)
	const half = "substr(printf('%.*c', 1000000, 'a'), 1)"
	tests := []string{
		"SELECT instr(printf('%.*c', 2000000, 'a'), printf('%.*c', 1000000, 'a') || 'b')",
		"SELECT instr(printf('%.*c', 2000000, 'a'), printf('%.*c', 200, 'a') || 'b')",
		"SELECT length(replace(printf('%.*c', 2000000, 'a'), printf('%.*c', 1000000, 'a') || 'b', ''))",
		"SELECT length(replace(printf('%.*c', 1000000, 'a'), 'a', 'bb'))",
		"SELECT length(trim(printf('%.*c', 2000000, 'a'), printf('%.*c', 1000000, 'b') || 'a'))",
		"SELECT length(ltrim(printf('%.*c', 2000000, 'a'), printf('%.*c', 40000, 'b') || 'a'))",
		"SELECT length(rtrim(printf('%.*c', 2000000, 'a'), printf('%.*c', 40000, 'b') || 'a'))",
		"SELECT unhex(printf('%.*c', 2000000, 'x'), printf('%.*c', 1000000, 'y') || 'x')",
		"SELECT length(json_patch(a, a)) FROM (SELECT json_group_object('k' || x, 1) AS a FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 100000) SELECT x FROM c))",
		"SELECT " + half + " LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b'",
		"SELECT " + half + " GLOB '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'",
		"SELECT " + half + " LIKE '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'",
		"SELECT " + half + " GLOB '*[^b-z][^b-z][^b-z][^b-z][^b-z][^b-z][^b-z]*b'",
	}
	for _, q := range tests {
		start := cpuTime(t)
		rows, err := s.Exec(q)
		if err == nil {
			rows.Close()
		}
		took := cpuTime(t) - start
		t.Logf("%6.1f ms  %.70s  %v", float64(took.Microseconds())/1000, q, err)
		if took > 2*time.Second {
			t.Errorf("%s took %v", q, took)
		}
	}
}
