package fair

import "testing"

// Whoever takes all there is to get leaves something to the next.
func TestMay(t *testing.T) {
	for _, places := range []int{1, 2, 3, 10, 256, 5120} {
		held := 0
		for free := places; May(held, free); free-- {
			held++
		}
		if want := (3*places + 3) / 4; held != want {
			t.Errorf("one alone has %d of %d places, want %d", held, places, want)
		}
	}
	free := 256
	for who := range 4 {
		held := 0
		for ; May(held, free); free-- {
			held++
		}
		if held == 0 {
			t.Errorf("number %d found no place", who)
		}
	}
	if May(0, 0) {
		t.Error("a place where none is free")
	}
}
