package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	cfg, err := parseFlags([]string{"-peer", "/nonexistent"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	now := moment{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), load: "0 0 0"}
	later := now
	later.at = now.at.Add(time.Minute)
	ours := figures{perSecond: 300, p50: time.Millisecond, p99: 2500 * time.Microsecond, cpu: 40 * time.Microsecond}
	peer := figures{perSecond: 100, p50: time.Millisecond, p99: time.Millisecond, cpu: time.Millisecond}

	ourStart := startFigures{first: 5 * time.Millisecond, memory: 30 << 20}
	peerStart := startFigures{first: 12 * time.Millisecond, memory: 90 << 20}

	for _, c := range []struct {
		name     string
		lines    []line
		cut      bool
		contains []string
		omits    []string
	}{
		{"beside the peer", []line{{"hello", 1, 16, ours, peer, ourStart, peerStart}}, false,
			[]string{"| hello | 1 | 16 | 300 | 1.00 | 2.50 | 40 | 100 | 1.00 | 1.00 | 1000 | **3.00×** |", "| hello | 1 | 5.0 | 30 | 12.0 | 90 |"}, []string{"Stopped"}},
		{"alone", []line{{"hello", 1, 16, ours, figures{}, ourStart, startFigures{}}}, false,
			[]string{"| hello | 1 | 16 | 300 | 1.00 | 2.50 | 40 |\n", "Peer: not installed"}, []string{"workerd req/s"}},
		{"cut short", nil, true, []string{"Stopped after 5m0s"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := report(cfg, c.lines, now, later, c.cut)
			for _, s := range c.contains {
				if !strings.Contains(text, s) {
					t.Errorf("no %q in:\n%s", s, text)
				}
			}
			for _, s := range c.omits {
				if strings.Contains(text, s) {
					t.Errorf("%q in:\n%s", s, text)
				}
			}
		})
	}
}

func TestMedian(t *testing.T) {
	s := &subject{rounds: []figures{{perSecond: 3, p99: 1}, {perSecond: 1, p99: 9}, {perSecond: 2, p99: 5}}}
	if m := s.median(); m.perSecond != 2 || m.p99 != 5 {
		t.Errorf("median %+v", m)
	}
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		args  string
		fails string // part of the error; empty: none
	}{
		{"", ""},
		{"-facets 1,50 -connections 64", ""},
		{"-programs hello", ""},
		{"-programs nope", `no program "nope"`},
		{"-programs peer", `no program "peer"`},
		{"-facets 0", "not a number from 1"},
		{"-rounds 0", "must be positive"},
		{"-embed app.js", "needs -data"},
		{"extra", "unexpected argument"},
	} {
		t.Run(c.args, func(t *testing.T) {
			_, err := parseFlags(strings.Fields(c.args), io.Discard)
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("error %v, want %q", err, c.fails)
			}
		})
	}
}
