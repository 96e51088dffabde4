package storage

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func init() { children["writer"] = writer }

const keptRows = 300

// writer checks what its predecessor left, says which turn was the last, then
// writes turns for ever and prints the number of each when it is durable.
func writer() error {
	s, err := Open(3, 4, Limits{})
	if err != nil {
		return err
	}
	last, err := checkRows(s)
	if err != nil {
		return err
	}
	fmt.Printf("start %d\n", last)
	rng := rand.New(rand.NewPCG(uint64(last), 1))
	for n := last + 1; ; n++ {
		if err := writeTurn(s, n, rng); err != nil {
			return fmt.Errorf("turn %d: %w", n, err)
		}
		seq, err := s.TurnEnd()
		if err != nil {
			return fmt.Errorf("commit of turn %d: %w", n, err)
		}
		if rng.IntN(4) == 0 { // else the next turns share its sync
			if err := s.WaitSynced(context.Background(), seq); err != nil {
				return err
			}
			fmt.Printf("%d\n", n)
		}
		if rng.IntN(8) == 0 {
			if err := s.Idle(); err != nil {
				return err
			}
		}
	}
}

func writeTurn(s *Store, n int, rng *rand.Rand) error {
	payload := make([]byte, rng.IntN(12_000))
	for i := range payload {
		payload[i] = byte(rng.Uint32())
	}
	sum := sha256.Sum256(payload)
	steps := []struct {
		sql  string
		args []any
	}{
		{"CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, payload, sum UNIQUE)", nil},
		{"INSERT INTO t VALUES(?, ?, ?)", []any{int64(n), payload, fmt.Sprint(n, hex.EncodeToString(sum[:]))}},
		{"DELETE FROM t WHERE n <= ?", []any{int64(n - keptRows)}},
	}
	for _, st := range steps {
		rows, err := s.Exec(st.sql, st.args...)
		if err != nil {
			return err
		}
		rows.Close()
	}
	return s.KVPut("last", Value{Bytes: []byte(strconv.Itoa(n)), Text: true})
}

// checkRows verifies everything that the turns promise together.
func checkRows(s *Store) (last int, err error) {
	v, ok, err := s.KVGet("last")
	if err != nil || !ok {
		return 0, err
	}
	if last, err = strconv.Atoi(string(v.Bytes)); err != nil {
		return 0, err
	}
	rows, err := s.Exec("PRAGMA quick_check")
	if err != nil {
		return 0, err
	}
	if row, _ := rows.Row(); row[0] != "ok" {
		return 0, fmt.Errorf("quick_check: %v", row[0])
	}
	rows.Close()
	if rows, err = s.Exec("SELECT n, payload, sum FROM t ORDER BY n"); err != nil {
		return 0, err
	}
	all, err := rows.All()
	if err != nil {
		return 0, err
	}
	if len(all) != min(last, keptRows) {
		return 0, fmt.Errorf("%d rows after turn %d", len(all), last)
	}
	for i, row := range all {
		n := last - len(all) + 1 + i
		sum := sha256.Sum256(row[1].([]byte))
		if row[0] != int64(n) || row[2] != fmt.Sprint(n, hex.EncodeToString(sum[:])) {
			return 0, fmt.Errorf("row %d of turn %d is wrong", i, n)
		}
	}
	return last, nil
}

// round starts a writer, kills it after d, and returns the turn it started from
// and the last one it acknowledged (or the start).
func round(t *testing.T, db string, d time.Duration) (start, acked int) {
	t.Helper()
	cmd := child(t, "writer", db)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if _, scanErr := fmt.Sscanf(first, "start %d", &start); scanErr != nil {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("the writer said %q, %v: %s", first, err, stderr.String())
	}
	kill := time.AfterFunc(d, func() { cmd.Process.Kill() })
	defer kill.Stop()
	rest, _ := io.ReadAll(lines)
	cmd.Wait()
	if stderr.Len() > 0 {
		t.Fatalf("the writer failed: %s", stderr.String())
	}
	acked = start
	// A last line without its end was cut by the kill.
	for _, line := range strings.SplitAfter(string(rest), "\n") {
		if n, err := strconv.Atoi(strings.TrimSuffix(line, "\n")); err == nil && strings.HasSuffix(line, "\n") {
			acked = n
		}
	}
	return start, acked
}

// No acknowledged write is lost by kill -9, whatever it interrupts: commits,
// syncs, checkpoints, the start of a new log, recovery.
func TestKillLosesNothing(t *testing.T) {
	kills := 60
	if v := os.Getenv("FACETD_STORAGE_KILLS"); v != "" {
		kills, _ = strconv.Atoi(v)
	}
	db := newFiles(t)
	acked, total, extra := 0, 0, 0
	// A slow disk needs more rounds, and longer ones, until enough is acknowledged.
	for i := 0; i < kills || total < kills && i < 4*kills; i++ {
		start, now := round(t, db, time.Duration((1+i/kills)*(5+rand.IntN(120)))*time.Millisecond)
		if start < acked {
			t.Fatalf("round %d: turn %d was acknowledged, the files end at %d", i, acked, start)
		}
		extra += start - acked
		total += now - start
		acked = now
		if i%15 == 0 {
			checkIntegrity(t, db)
		}
	}
	s := openAt(t, db, Limits{})
	last, err := checkRows(s)
	if err != nil || last < acked {
		t.Fatalf("at the end: turn %d of %d, %v", last, acked, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ref := checkIntegrity(t, db)
	if got := scalar(t, ref, "SELECT max(n) FROM t"); got != strconv.Itoa(last) {
		t.Errorf("another SQLite sees turn %s, want %d", got, last)
	}
	if total < kills {
		t.Errorf("only %d turns were acknowledged in %d rounds: the test tests nothing", total, kills)
	}
	t.Logf("%d kills, %d turns acknowledged, 0 lost, %d committed but not acknowledged", kills, total, extra)
}

// The control: with the writes removed behind the store's back, the harness
// notices.
func TestKillHarnessNoticesALoss(t *testing.T) {
	db := newFiles(t)
	before, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	acked := 0
	for d := 200 * time.Millisecond; acked == 0; d *= 2 { // longer on a slow disk
		if d > time.Minute {
			t.Fatal("nothing was acknowledged")
		}
		_, acked = round(t, db, d)
	}
	for path, data := range map[string][]byte{db: before, db + "-wal": nil} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if start, _ := round(t, db, 10*time.Millisecond); start >= acked {
		t.Errorf("the files were set back, but turn %d of %d is there", start, acked)
	}
}
