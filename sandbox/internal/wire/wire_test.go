package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// header is the child's half, the same messages in C.
const header = "../../../facet/internal/lockdown/spec.h"

func readHeader(t *testing.T) string {
	b, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// define finds the number of a #define or an enumerator.
func define(t *testing.T, text, name string) uint64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^(?:#define |\t)` + name + `(?: = | )(0x[0-9a-fA-F]+|\d+)u?,?`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%s has no %s", header, name)
	}
	n, err := strconv.ParseUint(m[1], 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestConstantsMatchTheHeader(t *testing.T) {
	text := readHeader(t)
	for name, want := range map[string]uint64{
		"FACETD_SPEC_MAGIC": specMagic, "FACETD_STATUS_MAGIC": statusMagic,
		"FACETD_WIRE_VERSION": version, "FACETD_MAX_FILTER": MaxFilter,
		"FACETD_FLAG_SETGROUPS": FlagSetgroups, "FACETD_FLAG_MAKE_USERNS": FlagMakeUserNS, "FACETD_KIND_MAP": uint64(Map), "FACETD_RLIMITS": Rlimits,
		"FACETD_KIND_LOCKED": uint64(Locked), "FACETD_KIND_FAILED": uint64(Failed),
		"FACETD_KIND_SEALED": uint64(Sealed),
	} {
		if got := define(t, text, name); got != want {
			t.Errorf("%s is %d in C, %d in Go", name, got, want)
		}
	}
}

func TestStepsMatchTheHeader(t *testing.T) {
	text := readHeader(t)
	names := regexp.MustCompile(`(?m)^\tFACETD_STEP_(\w+) = (\d+),`).FindAllStringSubmatch(text, -1)
	if len(names) != int(steps) {
		t.Errorf("%d steps in C, %d in Go", len(names), steps)
	}
	for i, m := range names {
		if m[2] != fmt.Sprint(i) {
			t.Errorf("step %s has number %s in C, want %d", m[1], m[2], i)
		}
		if Step(i).String() == "" {
			t.Errorf("step %d (%s in C) has no text", i, m[1])
		}
	}
	if Step(steps).String() != "unknown step" {
		t.Error("a step beyond the last has a name")
	}
}

// TestSizesMatchTheHeader adds up the members of the C structs, which have no
// padding.
func TestSizesMatchTheHeader(t *testing.T) {
	text := readHeader(t)
	for name, want := range map[string]int{"facetd_spec": specSize, "facetd_status": statusSize} {
		_, body, _ := strings.Cut(text, "struct "+name+" {")
		body, _, ok := strings.Cut(body, "};")
		if !ok {
			t.Fatalf("no struct %s", name)
		}
		total := 0
		for _, m := range regexp.MustCompile(`(?m)^\tu?int(\d+)_t ([^;]+);`).FindAllStringSubmatch(body, -1) {
			bits, _ := strconv.Atoi(m[1])
			for member := range strings.SplitSeq(m[2], ",") {
				n := bits / 8
				if strings.Contains(member, "[FACETD_RLIMITS][2]") {
					n *= Rlimits * 2
				}
				if total%(bits/8) != 0 {
					t.Errorf("%s:%s is not aligned: the compiler pads", name, member)
				}
				total += n
			}
		}
		if total != want {
			t.Errorf("struct %s has %d bytes in C, %d in Go", name, total, want)
		}
	}
}

func TestEncode(t *testing.T) {
	s := Spec{Flags: 1, Layers: 2, UID: 3, GID: 4, EnvCount: 5, RlimitMask: 6, LandlockABI: 7,
		Filter: []byte("12345678abcdefgh")}
	s.Rlimits[15] = [2]uint64{8, 9}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if len(b) != specSize+16 || le.Uint16(b[6:]) != 1 || le.Uint64(b[8:]) != 2 || le.Uint32(b[16:]) != 3 ||
		le.Uint32(b[20:]) != 4 || le.Uint32(b[24:]) != 5 || le.Uint32(b[28:]) != 2 ||
		le.Uint32(b[32:]) != 6 || le.Uint32(b[36:]) != 7 ||
		le.Uint64(b[specSize-16:]) != 8 || le.Uint64(b[specSize-8:]) != 9 || !bytes.HasSuffix(b, s.Filter) {
		t.Errorf("message % x", b)
	}
	for _, n := range []int{7, 8*MaxFilter + 8} {
		if _, err := (&Spec{Filter: make([]byte, n)}).Encode(); err == nil {
			t.Errorf("filter of %d bytes: no error", n)
		}
	}
}

func status(kind, step, errno uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, statusMagic)
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, uint16(kind))
	b = le.AppendUint32(b, step)
	b = le.AppendUint32(b, errno)
	b = le.AppendUint64(b, 1<<17)
	b = le.AppendUint32(b, 7)
	return le.AppendUint32(b, 0)
}

func TestDecodeStatus(t *testing.T) {
	s, err := DecodeStatus(status(2, uint32(StepPivot), 13))
	if err != nil || s.Kind != Failed || s.Step != StepPivot || s.Errno != 13 || s.Done != 1<<17 || s.LandlockABI != 7 {
		t.Errorf("status %+v, %v", s, err)
	}
	good := status(1, 0, 0)
	for name, b := range map[string][]byte{
		"empty": nil, "short": good[:31], "long": append(status(1, 0, 0), 0),
		"magic": append([]byte{0}, good[1:]...), "version": append(append([]byte{}, good[:4]...), append([]byte{9}, good[5:]...)...),
		"no kind": status(0, 0, 0), "kind": status(5, 0, 0), "step": status(1, uint32(steps), 0), "errno": status(2, 1, 1<<31),
	} {
		if _, err := DecodeStatus(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzDecodeStatus(f *testing.F) {
	f.Add(status(1, 0, 0))
	f.Add(status(2, uint32(StepUID), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeStatus(b)
		if err == nil && (s.Kind < Locked || s.Kind > Map || s.Step >= steps || s.Step.String() == "unknown step") {
			t.Errorf("status %+v", s)
		}
	})
}
