package storage

import (
	"errors"
	"testing"
)

// A full database is an error like another to the statement that met it, where
// that was the turn's first write: SQLite rolls everything back, and there was
// nothing. With a write before it the turn is lost.
func TestFullAtTheFirstWrite(t *testing.T) {
	s := openAt(t, newFiles(t), Limits{MaxPages: 100})
	put(t, s, "kept", "1")
	endTurn(t, s)
	big := Value{Bytes: make([]byte, 1<<20)}
	if err := s.KVPut("big", big); err == nil || err.Error() != "database or disk is full: SQLITE_FULL" {
		t.Fatalf("got %v", err)
	}
	put(t, s, "after", "2") // the same turn
	endTurn(t, s)
	if _, ok, err := s.KVGet("after"); !ok || err != nil {
		t.Errorf("the write after it: %v, %v", ok, err)
	}

	put(t, s, "first", "3")
	if err := s.KVPut("big", big); err == nil {
		t.Fatal("no error at the second write")
	}
	if _, err := s.TurnEnd(); !errors.Is(err, ErrLost) {
		t.Errorf("a write was lost and the turn ended with %v", err)
	}
	if _, ok, err := s.KVGet("first"); ok || err != nil {
		t.Errorf("the lost write: %v, %v", ok, err)
	}
	if _, ok, err := s.KVGet("kept"); !ok || err != nil {
		t.Errorf("what was there before: %v, %v", ok, err)
	}
}
