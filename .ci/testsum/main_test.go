package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tested runs "go test -json" on the files of a module and returns what run makes
// of it.
func tested(t *testing.T, files map[string]string, flags ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module m\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", append(append([]string{"test", "-json"}, flags...), "./...")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	stream, _ := cmd.Output() // that it fails is the matter
	var out strings.Builder
	err := run(strings.NewReader(string(stream)), &out)
	return out.String(), err
}

func test(body string) string {
	return "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n)\n\nvar _, _, _ = fmt.Sprint, os.Exit, time.Now\n\n" + body
}

func TestDigest(t *testing.T) {
	for _, c := range []struct {
		name  string
		body  string
		flags []string
		want  []string // in the digest, in this order
		not   []string
	}{
		{name: "a test", body: `func TestA(t *testing.T) { t.Error("the cause") }
func TestB(t *testing.T) { t.Log("beside it") }`,
			want: []string{": 1", "m/p TestA", "the cause"}, not: []string{"beside it"}},
		{name: "a part of a test", body: `func TestA(t *testing.T) { t.Run("part", func(t *testing.T) { t.Error("the cause") }) }`,
			want: []string{": 1", "m/p TestA/part", "the cause"}},
		{name: "a panic", body: `func TestA(t *testing.T) { t.Parallel(); panic("the cause") }
func TestB(t *testing.T) { t.Parallel(); time.Sleep(time.Hour) }`,
			want: []string{": 1", "m/p TestA", "the cause"}, not: []string{"TestB"}},
		{name: "a timeout", body: `func TestA(t *testing.T) { time.Sleep(time.Hour) }`, flags: []string{"-timeout=100ms"},
			want: []string{": 1", "m/p TestA", "test timed out", "running tests", "..."}},
		{name: "an exit", body: `func TestA(t *testing.T) { fmt.Fprintln(os.Stderr, "the cause"); os.Exit(3) }`,
			want: []string{": 1", "m/p TestA", "the cause"}},
		{name: "a silent exit", body: `func TestA(t *testing.T) { os.Exit(3) }`, want: []string{": 1", "m/p TestA"}},
		{name: "after the tests", body: `func TestMain(m *testing.M) { m.Run(); fmt.Fprintln(os.Stderr, "the cause"); for i := range 999 { fmt.Fprintln(os.Stderr, "line", i) }; os.Exit(1) }
func TestA(t *testing.T) {}`,
			want: []string{": 1", "m/p", "the cause", "line 0", "...", "line 998"}},
		{name: "after a failed test", body: `func TestMain(m *testing.M) { m.Run(); fmt.Fprintln(os.Stderr, "left behind"); os.Exit(1) }
func TestA(t *testing.T) { t.Error("the cause") }`,
			want: []string{": 2", "m/p TestA", "the cause", "m/p\n", "left behind"}},
		{name: "the build", body: `func TestA(t *testing.T) { missing() }`, want: []string{": 1", "build of m/p", "undefined: missing"}},
		{name: "vet", body: `func TestA(t *testing.T) { fmt.Sprintf("%d", "a") }`, want: []string{"m/p", "wrong type"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := tested(t, map[string]string{"p/p_test.go": test(c.body), "q/q_test.go": "package q\n\nimport \"testing\"\n\nfunc TestQ(t *testing.T) {}\n"}, c.flags...)
			if err == nil {
				t.Errorf("no error")
			}
			_, end, found := strings.Cut(out, digestMark)
			if !found || len(end)+len(digestMark) > digestSize {
				t.Fatalf("no digest, or one of %d bytes, in:\n%s", len(end), out)
			}
			rest := end
			for _, w := range c.want {
				if _, rest, found = strings.Cut(rest, w); !found {
					t.Errorf("no %q where it should be in:\n%s", w, end)
					break
				}
			}
			for _, n := range c.not {
				if strings.Contains(end, n) {
					t.Errorf("%q is in:\n%s", n, end)
				}
			}
		})
	}
}

func TestPass(t *testing.T) {
	out, err := tested(t, map[string]string{"p/p_test.go": test(`func TestA(t *testing.T) { t.Skip("the reason") }`)})
	if err != nil || !strings.Contains(out, "1 skipped:\n  m/p TestA: p_test.go:") || !strings.Contains(out, "the reason") || strings.Contains(out, digestMark) {
		t.Errorf("%v; %s", err, out)
	}
}

func TestBrokenOff(t *testing.T) {
	var out strings.Builder
	err := run(strings.NewReader(`{"Action":"output","Package":"m/p","Test":"TestA","Output":"the cause\n"}`), &out)
	if err == nil || !strings.Contains(out.String(), "m/p TestA (did not end)\n    the cause") {
		t.Errorf("%v; %s", err, &out)
	}
}

// However much failed, the digest keeps to its size, and each failure has its name
// as long as there is room for names.
func TestDigestSize(t *testing.T) {
	for _, n := range []int{1, 2, 10, 30, 500} {
		for _, width := range []int{1, 50, 5000} {
			var stream strings.Builder
			for i := range n {
				for range 50 {
					json.NewEncoder(&stream).Encode(event{Action: "output", Package: "m/p", Test: fmt.Sprintf("Test%d", i), Output: strings.Repeat("é", width) + "\n"})
				}
				json.NewEncoder(&stream).Encode(event{Action: "fail", Package: "m/p", Test: fmt.Sprintf("Test%d", i)})
			}
			var out strings.Builder
			if err := run(strings.NewReader(stream.String()), &out); err == nil {
				t.Error("no error")
			}
			_, end, _ := strings.Cut(out.String(), digestMark)
			if size := len(end) + len(digestMark); size > digestSize {
				t.Errorf("%d failures of lines of %d: %d bytes", n, width, size)
			}
			if names := strings.Count(end, "m/p Test"); names < min(n, 30) {
				t.Errorf("%d failures of lines of %d: %d names in:\n%s", n, width, names, end)
			}
			if n <= 2 && !strings.Contains(end, "    é") {
				t.Errorf("%d failures of lines of %d: nothing of them in:\n%s", n, width, end)
			}
		}
	}
}
