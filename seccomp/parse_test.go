package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestParseErrors(t *testing.T) {
	// In `rule`, X stands for the tested piece of text on line 2.
	rule := func(text string) string {
		return "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n" + text + "]}"
	}
	tests := []struct {
		name, text   string
		line, column int // 0: no position asked for
		want         string
	}{
		{"empty", ``, 1, 1, "ends too early"},
		{"not an object", `[]`, 1, 1, "expected the profile as an object"},
		{"cut short", `{"defaultAction": "SCMP_ACT_ALLOW"`, 1, 35, "ends too early"},
		{"no default", `{}`, 1, 1, "defaultAction missing"},
		{"null default", `{"defaultAction": null}`, 1, 19, "expected a string"},
		{"unknown default", `{"defaultAction": "SCMP_ACT_ALOW"}`, 1, 19, `did you mean "SCMP_ACT_ALLOW"`},
		{"default errno without use", `{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}`, 1, 1, "no meaning"},
		{"default errno too large", `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}`, 1, 1, "above 4095"},
		{"other spelling of a key", `{"DefaultAction": "SCMP_ACT_ALLOW"}`, 1, 2, `did you mean "defaultAction"`},
		{"key twice", `{"defaultAction": "SCMP_ACT_ALLOW", "defaultAction": "SCMP_ACT_ERRNO"}`, 1, 37, "appears twice"},
		{"key twice, escaped", `{"defaultAction": "SCMP_ACT_ALLOW", "default\u0041ction": "SCMP_ACT_ERRNO"}`, 1, 37, "appears twice"},
		{"listener path", `{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x"}`, 1, 37, "unknown key"},
		{"text after the end", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}\n x", 2, 2, "after the end"},
		{"second profile", `{"defaultAction": "SCMP_ACT_ALLOW"}{}`, 1, 36, "after the end"},
		{"byte order mark", "\ufeff{}", 1, 1, "invalid character"},
		{"not UTF-8", "{\"defaultAction\": \"\xff\"}", 0, 0, "UTF-8"},
		{"too large", strings.Repeat(" ", maxProfileSize) + "{}", 0, 0, "limit"},
		{"deep nesting", strings.Repeat("[", 100000), 1, 1, "expected the profile"},
		{"foreign architecture", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"]}`, 1, 55, "always killed"},
		{"unknown flag", `{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOK"]}`, 1, 47, "did you mean"},
		{"rule is no object", rule(`"read"`), 2, 1, "a rule as an object"},
		{"rule without action", rule(`{"names": ["read"]}`), 2, 1, "action missing"},
		{"rule without names", rule(`{"action": "SCMP_ACT_ALLOW"}`), 2, 1, "names missing"},
		{"rule with no name", rule(`{"names": [], "action": "SCMP_ACT_ALLOW"}`), 2, 1, "names missing"},
		{"empty rule", rule(`{}`), 2, 1, "action missing"},
		{"unknown syscall", rule(`{"names": ["raed"], "action": "SCMP_ACT_ALLOW"}`), 2, 12, `did you mean "read"`},
		{"syscall twice", rule(`{"names": ["read", "read"], "action": "SCMP_ACT_ALLOW"}`), 2, 1, "named twice"},
		{"name is a number", rule(`{"names": [0], "action": "SCMP_ACT_ALLOW"}`), 2, 12, "expected a string"},
		{"Docker's conditions", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {}}`), 2, 49, "unknown key"},
		{"errno without use", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1}`), 2, 1, "no meaning"},
		{"errno negative", rule(`{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": -1}`), 2, 61, "not a whole number"},
		{"index 6", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}`), 2, 58, "arguments 0 to 5"},
		{"index missing", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"value": 1, "op": "SCMP_CMP_EQ"}]}`), 2, 58, "needs index"},
		{"unknown op", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_QE"}]}`), 2, 89, "did you mean"},
		{"value above 64 bits", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 18446744073709551616, "op": "SCMP_CMP_EQ"}]}`), 2, 80, "64 bits"},
		{"fraction", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1.0, "op": "SCMP_CMP_EQ"}]}`), 2, 80, "not a whole number"},
		{"exponent", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1e3, "op": "SCMP_CMP_EQ"}]}`), 2, 80, "not a whole number"},
		{"second value without use", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "valueTwo": 1, "op": "SCMP_CMP_EQ"}]}`), 2, 58, "no meaning"},
		{"mask 0", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}`), 2, 58, "tests nothing"},
		{"outside the mask", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]}`), 2, 58, "never holds"},
		{"argument twice", rule(`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}`), 2, 1, "tested twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q in it", err, tt.want)
			}
			var placed *ParseError
			if tt.line == 0 {
				return
			}
			if !errors.As(err, &placed) || placed.Line != tt.line || tt.column > 0 && placed.Column != tt.column {
				t.Errorf("got %v, want line %d, column %d", err, tt.line, tt.column)
			}
		})
	}
}

func TestParseTooManyRules(t *testing.T) {
	one := `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`
	text := func(n int) []byte {
		return []byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Repeat(one+",", n-1) + one + `]}`)
	}
	if _, err := Parse(text(maxRules)); err != nil {
		t.Error(err)
	}
	if _, err := Parse(text(maxRules + 1)); err == nil {
		t.Error("one rule too many was accepted")
	}
}

func TestRuleLines(t *testing.T) {
	p, err := Parse([]byte("{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\"syscalls\": [\n{\"names\": [\"read\"],\n\"action\": \"SCMP_ACT_ALLOW\"},\n{\"action\": \"SCMP_ACT_LOG\", \"names\": [\"write\"]}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Syscalls[0].Line != 3 || p.Syscalls[1].Line != 5 {
		t.Errorf("lines %d and %d, want 3 and 5", p.Syscalls[0].Line, p.Syscalls[1].Line)
	}
}

// What is written is read again, and the OCI library reads it the same way.
func TestRoundTrip(t *testing.T) {
	for name, profile := range builtins {
		p := profile()
		p.Flags = []string{"SECCOMP_FILTER_FLAG_LOG"}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range p.Syscalls {
			p.Syscalls[i].Line, again.Syscalls[i].Line = 0, 0
		}
		if !reflect.DeepEqual(p, again) {
			t.Errorf("%s: read back differently", name)
		}
		var theirs specs.LinuxSeccomp
		if err := json.Unmarshal(text, &theirs); err != nil {
			t.Fatal(err)
		}
		if err := sameAsOCI(p, &theirs); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func sameAsOCI(p *Profile, o *specs.LinuxSeccomp) error {
	if string(o.DefaultAction) != string(p.DefaultAction) || len(o.Syscalls) != len(p.Syscalls) {
		return fmt.Errorf("default %s with %d rules", o.DefaultAction, len(o.Syscalls))
	}
	for i, theirs := range o.Syscalls {
		ours := p.Syscalls[i]
		if !reflect.DeepEqual(theirs.Names, ours.Names) || string(theirs.Action) != string(ours.Action) || len(theirs.Args) != len(ours.Args) || !reflect.DeepEqual(theirs.ErrnoRet, ours.ErrnoRet) {
			return fmt.Errorf("rule %d: %+v", i, theirs)
		}
		for j, arg := range theirs.Args {
			if (Arg{arg.Index, arg.Value, arg.ValueTwo, Op(arg.Op)}) != ours.Args[j] {
				return fmt.Errorf("rule %d, condition %d: %+v", i, j, arg)
			}
		}
	}
	return nil
}

// Whatever Parse accepts is valid, compiles or is refused for its size, and
// means the same when written and read again.
func FuzzParse(f *testing.F) {
	f.Add(hardenedJSON)
	f.Add(bundlerJSON)
	f.Add([]byte(`{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"names":["clone"],"action":"SCMP_ACT_TRACE","errnoRet":7,"args":[{"index":0,"value":1,"op":"SCMP_CMP_GE"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			if p != nil || err.Error() == "" {
				t.Fatalf("failed with a profile, or without a reason: %v", err)
			}
			return
		}
		first, err := Compile(p)
		if err != nil {
			if strings.Contains(err.Error(), "more than") {
				return
			}
			t.Fatal(err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), mustCompile(t, again).Bytes()) {
			t.Fatal("written and read again it is another filter")
		}
		Lint(p)
	})
}
