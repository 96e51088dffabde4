package supervisor

import (
	"testing"
	"time"
)

func TestCallLimits(t *testing.T) {
	one, none := uint64(1), uint64(0)
	host := Limits{CPU: time.Second}
	for _, tt := range []struct {
		name string
		own  callLimits
		base Limits
		want Limits
	}{
		{"none", newCallLimits(0, nil), host, host},
		{"less", newCallLimits(5, &one), host, Limits{CPU: 5 * time.Millisecond, SubRequests: 1}},
		{"nothing at all", newCallLimits(0, &none), host, Limits{CPU: time.Second, SubRequests: -1}},
		{"more", newCallLimits(1<<40, &one), Limits{CPU: time.Second, SubRequests: -1}, Limits{CPU: time.Second, SubRequests: -1}},
		{"more subrequests", newCallLimits(0, &one), Limits{CPU: 1, SubRequests: 1}, Limits{CPU: 1, SubRequests: 1}},
	} {
		if got := tt.own.within(tt.base); got != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// A runner that does not count has what its calls together brought, and no more.
func TestBudget(t *testing.T) {
	b := newBudget(Limits{SubRequests: 2})
	taken := func() (n int) {
		for b.take() {
			n++
		}
		return n
	}
	if n := taken(); n != 2 {
		t.Errorf("the constructor may make %d calls", n)
	}
	b = newBudget(Limits{SubRequests: 2})
	b.asked()
	b.asked()
	if n := taken(); n != 6 {
		t.Errorf("two calls and the constructor may make %d calls", n)
	}
	for range 1000 { // refusals cost nothing that later calls bring
		b.take()
	}
	b.asked()
	if n := taken(); n != 2 {
		t.Errorf("after a flood a call may make %d calls", n)
	}
	free := newBudget(Limits{})
	for range 10_000 {
		if !free.take() {
			t.Fatal("no limit limits")
		}
	}
	if newBudget(Limits{SubRequests: -1}).take() {
		t.Error("none at all lets a call through")
	}
}
