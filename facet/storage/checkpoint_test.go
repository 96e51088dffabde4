package storage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func size(t testing.TB, path string) int64 {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}

// writeFrames commits n turns of about 12 frames each. The values differ: SQLite
// does not write a page that stays the same.
func writeFrames(t testing.TB, s *Store, n int) {
	t.Helper()
	for i := range n {
		value := bytes.Repeat([]byte{byte(s.Committed())}, 40_000)
		if err := s.KVPut(fmt.Sprintf("w%d", i%50), Value{Bytes: value}); err != nil {
			t.Fatal(err)
		}
		endTurn(t, s)
	}
}

func TestCheckpointIsForcedAndTheLogStartsOver(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{})
	writeFrames(t, s, 300)
	// Without a checkpoint it would have 3600 frames.
	first := size(t, db+"-wal")
	writeFrames(t, s, 1000)
	if n := s.WALFrames(); n >= 4000 {
		t.Errorf("%d frames wait for a checkpoint", n)
	}
	if got := size(t, db+"-wal"); got < first || got > 32+4100*4120 {
		t.Errorf("the log has %d bytes after %d, want it started over at 4000 frames and not cut", got, first)
	}
	checkIntegrity(t, db)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := size(t, db+"-wal"); got > 32+1000*4120 {
		t.Errorf("closing keeps %d bytes of log", got)
	}
	checkIntegrity(t, db)
}

func TestIdleCheckpointsAndReclaims(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{})
	for i := range 100 {
		if err := s.KVPut(fmt.Sprint(i), Value{Bytes: make([]byte, 100_000)}); err != nil {
			t.Fatal(err)
		}
	}
	endTurn(t, s)
	if s.WALFrames() < 500 {
		t.Fatalf("%d frames", s.WALFrames())
	}
	if err := s.Idle(); err != nil || s.WALFrames() != 0 {
		t.Fatalf("idle: %v, %d frames left", err, s.WALFrames())
	}
	full := size(t, db)
	if err := s.DeleteAll(); err != nil {
		t.Fatal(err)
	}
	endTurn(t, s)
	for range 50 {
		if err := s.Idle(); err != nil {
			t.Fatal(err)
		}
		if s.WALFrames() > 0 { // below the threshold of an idle checkpoint
			writeFrames(t, s, 50)
		}
	}
	if now := size(t, db); now > full/2 {
		t.Errorf("the database has %d bytes after deleteAll, %d before", now, full)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, db)
}

// An open reader keeps frames in the log; at half its limit the reader yields.
func TestOpenCursorDoesNotStopCheckpointsForEver(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{WALFrames: 8192})
	query(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES(1), (2), (3)")
	endTurn(t, s)
	small := start(t, s, "SELECT a FROM t")
	large := start(t, s, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 1000000) SELECT hex(randomblob(1000)) FROM c")
	writeFrames(t, s, 2000) // 24000 frames
	if rest, err := small.All(); err != nil || fmt.Sprint(rest) != "[[1] [2] [3]]" {
		t.Errorf("the small cursor goes on with %v, %v", rest, err)
	}
	if _, err := large.All(); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("the large cursor: %v", err)
	}
	if got := size(t, db+"-wal"); got > 32+8192*4120 {
		t.Errorf("the log has %d bytes", got)
	}
}

// A clone taken while the store writes: hold, database, log, release.
func TestCloneUnderLoad(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{})
	query(t, s, "CREATE TABLE a(n); CREATE TABLE b(n)")
	endTurn(t, s)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		pad := strings.Repeat("x", 3000)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			for _, q := range []string{"INSERT INTO a VALUES(?)", "INSERT INTO b VALUES(?)"} {
				rows, err := s.Exec(q, fmt.Sprintf("%08d%s", n, pad))
				if err != nil {
					t.Error(err)
					return
				}
				rows.Close()
			}
			seq, err := s.TurnEnd()
			if err == nil {
				err = s.WaitSynced(context.Background(), seq) // bounds the pace
			}
			if err != nil {
				t.Error(err)
				return
			}
			if n%3 == 0 {
				if err := s.Idle(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	defer wg.Wait()
	defer close(stop)
	for i := range 12 {
		last, since := s.Committed(), time.Now()
		for target := last + 60; s.Committed() < target; time.Sleep(time.Millisecond) {
			if now := s.Committed(); now != last {
				last, since = now, time.Now()
			} else if time.Since(since) > time.Minute {
				t.Fatal("the writer stands still")
			}
		}
		clone := filepath.Join(t.TempDir(), fmt.Sprint(i))
		seen := s.Committed()
		s.HoldCheckpoints(true)
		for _, suffix := range []string{"", "-wal"} {
			data, err := os.ReadFile(db + suffix)
			if err == nil {
				err = os.WriteFile(clone+suffix, data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s.HoldCheckpoints(false)
		ref := checkIntegrity(t, clone)
		a, b := scalar(t, ref, "SELECT count(*) || ' ' || max(n) FROM a"), scalar(t, ref, "SELECT count(*) || ' ' || max(n) FROM b")
		if a != b {
			t.Fatalf("clone %d cuts a transaction: %.20s, %.20s", i, a, b)
		}
		var n uint64
		fmt.Sscan(a, &n)
		if n+1 < seen { // the first commit made the tables
			t.Fatalf("clone %d has %d turns, %d were committed before it", i, n, seen)
		}
	}
}
