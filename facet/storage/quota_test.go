package storage

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fill writes turns of size bytes until one fails; it returns how many worked
// and the error, and leaves the store able to go on.
func fill(s *Store, size, most int) (turns int, err error) {
	for turns = range most {
		err = s.KVPut(fmt.Sprintf("fill%06d", turns), Value{Bytes: make([]byte, size)})
		if _, end := s.TurnEnd(); err == nil {
			err = end
		}
		if err != nil {
			return turns, err
		}
	}
	return most, nil
}

// The page limit gives a clean SQLITE_FULL, and deleting makes room again.
func TestQuotaPages(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{MaxPages: 300})
	turns, err := fill(s, 10_000, 10_000)
	if err == nil || err.Error() != "database or disk is full: SQLITE_FULL" {
		t.Fatalf("after %d turns: %v", turns, err)
	}
	if turns < 50 || turns > 120 {
		t.Errorf("%d values of 10 kB fitted into 300 pages", turns)
	}
	for i := range turns {
		if _, ok, err := s.KVGet(fmt.Sprintf("fill%06d", i)); !ok || err != nil {
			t.Fatalf("value %d: %v, %v", i, ok, err)
		}
	}
	if _, err := fill(s, 10_000, 10); err != nil {
		t.Errorf("overwriting at the limit: %v", err)
	}
	for i := range turns / 2 {
		if _, err := s.KVDelete(fmt.Sprintf("fill%06d", i)); err != nil {
			t.Fatal(err)
		}
	}
	endTurn(t, s)
	if n, err := fill(s, 10_000, turns/3); err != nil {
		t.Errorf("after making room: %d turns, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, db)
	if st, _ := os.Stat(db); st.Size() > 300*4096 {
		t.Errorf("the database has %d bytes, more than 300 pages", st.Size())
	}
}

// A full database opens again, with all that was acknowledged; it is as full as it
// was, and deleting makes room.
func TestFullAndReopened(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{MaxPages: 100})
	turns, err := fill(s, 10_000, 1000)
	if err == nil {
		t.Fatal("it never was full")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, db, Limits{MaxPages: 100})
	for i := range turns {
		if _, ok, err := s.KVGet(fmt.Sprintf("fill%06d", i)); !ok || err != nil {
			t.Fatalf("value %d of %d: %v, %v", i, turns, ok, err)
		}
	}
	more := Value{Bytes: make([]byte, 50_000)}
	err = s.KVPut("more", more)
	if _, end := s.TurnEnd(); err == nil {
		err = end
	}
	if err == nil || !strings.Contains(err.Error(), "SQLITE_FULL") {
		t.Errorf("one more: %v", err)
	}
	for i := range turns {
		if _, err := s.KVDelete(fmt.Sprintf("fill%06d", i)); err != nil {
			t.Fatal(err)
		}
	}
	endTurn(t, s)
	if err := s.KVPut("more", more); err != nil {
		t.Error(err)
	}
	endTurn(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, db)
}

// A transaction that does not fit into the log fails, the log stays bounded, and
// the next instance goes on.
func TestQuotaLog(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{WALFrames: 8192})
	put(t, s, "before", "1")
	endTurn(t, s)
	_, err := s.Exec("CREATE TABLE t(a); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 40) INSERT INTO t SELECT randomblob(1000000) FROM c")
	if _, end := s.TurnEnd(); err == nil {
		err = end
	}
	if err == nil || !strings.Contains(err.Error(), "SQLITE_FULL") && !errors.Is(err, ErrLost) {
		t.Fatalf("error %v", err)
	}
	if st, _ := os.Stat(db + "-wal"); st.Size() > 32+8192*4120 {
		t.Errorf("the log has %d bytes", st.Size())
	}
	s.Close()
	s = openAt(t, db, Limits{})
	if get(t, s, "before") != "1" {
		t.Error("an earlier write is gone")
	}
	put(t, s, "after", "1")
	endTurn(t, s)
}

func init() { children["fsize"] = fsize }

// fsize fills the files up to RLIMIT_FSIZE, the kernel's wall.
func fsize() error {
	s, err := Open(3, 4, Limits{})
	if err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		return err
	}
	turns, err := fill(s, 10_000, 1000)
	fmt.Println(turns, err)
	// Nothing to promise after a failed commit; whatever Close can do is fine.
	s.Close()
	return nil
}

func TestQuotaFileSize(t *testing.T) {
	db := newFiles(t)
	out, err := runChild(t, "fsize", db)
	if err != nil || !strings.HasSuffix(out, "database or disk is full: SQLITE_FULL") {
		t.Fatalf("%v: %s", err, out)
	}
	var turns int
	fmt.Sscan(out, &turns)
	s := openAt(t, db, Limits{})
	for i := range turns {
		if _, ok, err := s.KVGet(fmt.Sprintf("fill%06d", i)); !ok || err != nil {
			t.Fatalf("value %d of %d: %v, %v", i, turns, ok, err)
		}
	}
	checkIntegrity(t, db)
}

// The heap limit turns a sort bomb into an error.
func TestQuotaHeap(t *testing.T) {
	s := openAt(t, newFiles(t), Limits{HeapBytes: 16 << 20})
	put(t, s, "k", "1")
	endTurn(t, s)
	wantError(t, s, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 20000) SELECT hex(randomblob(5000)) AS h FROM c ORDER BY h", "out of memory: SQLITE_NOMEM")
	if get(t, s, "k") != "1" {
		t.Error("data gone")
	}
}
