package project

import (
	"strings"
	"testing"
)

func TestParseVars(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"plain", "A=1\nB = two words \nC=\n", "A=1|B=two words|C="},
		{"comments", "# c\n\nA=1 # c\nB=x#y\n", "A=1|B=x#y"},
		{"quotes", `A="x \"y\" \n\t\\ \q"` + "\nB='x \\n'\nC=`q`\n", "A=x \"y\" \n\t\\ \\q|B=x \\n|C=q"},
		{"several lines", "A=\"one\ntwo\" # c\nB=3\n", "A=one\ntwo|B=3"},
		{"several lines to the end", "A='one\n\n'", "A=one\n\n"},
		{"windows", "A=1\r\nB='2'\r\n", "A=1|B=2"},
		{"export", "export A=1\n", "A=1"},
		{"equals within", "A=b=c\n", "A=b=c"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := &reader{}
			var got []string
			for _, v := range r.parseVars(c.text) {
				got = append(got, v.name+"="+v.value)
			}
			if s := strings.Join(got, "|"); s != c.want || r.err() != nil {
				t.Errorf("got %q, %v; want %q", s, r.err(), c.want)
			}
		})
	}
}

func TestParseVarsErrors(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"no name", "=1", "f:1:1: expected NAME=VALUE"},
		{"no value", "\n  A", "f:2:3: expected NAME=VALUE"},
		{"bad name", "a b=1", "f:1:1: expected NAME=VALUE"},
		{"open quote", "A=1\nB='x\ny\n", "f:2:1: the value of B has no closing quote"},
		{"behind a quote", "A='x' y\n", "f:1:1: the value of A has no closing quote, or text behind it"},
		{"twice", "A=1\nB=\"\n\"\nA=2\n", "f:4:1: A is set a second time, the first is in line 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := &reader{file: "f"}
			r.parseVars(c.text)
			if err := r.err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func FuzzVars(f *testing.F) {
	f.Add("A=1\nB=\"x\ny\" # c\nexport C='\n'\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxConfig {
			return
		}
		r := &reader{file: "f"}
		for _, v := range r.parseVars(text) {
			if !varName.MatchString(v.name) || v.at.line < 1 {
				t.Fatalf("%+v", v)
			}
		}
	})
}
