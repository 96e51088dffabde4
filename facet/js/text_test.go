package js

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// textProbe makes the engine convert the body of a message of kind 50 in all
// ways and answer with the results.
const textProbe = `on[50] = (call, a, s1, s2, s3, body) => {
	const bytes = new Uint8Array(body);
	const decoded = n.utf8Decode(bytes, 2);
	n.post(4, call, 0, undefined, undefined, undefined, decoded);
	n.post(60, call, 0, undefined, undefined, undefined, n.utf8Encode(decoded));
	let fatal = 0;
	try { if (n.utf8Decode(bytes, 3) !== decoded) fatal = 2 } catch (e) { fatal = e instanceof TypeError ? 1 : 3 }
	n.post(61, call, fatal);
	let s = "";
	for (let i = 0; i + 1 < bytes.length; i += 2) s += String.fromCharCode(bytes[i] | bytes[i + 1] << 8);
	n.post(62, call, 0, undefined, s, undefined, s);
}; 1`

type textResult struct {
	decoded, encoded, units []byte
	fatal                   int64
}

func probeText(t testing.TB, c *client, in []byte) textResult {
	t.Helper()
	call := c.next.Add(1)*2 + 1
	ch := make(chan Message, 1)
	c.mu.Lock()
	c.calls[call] = ch
	c.mu.Unlock()
	if in == nil {
		in = []byte{}
	}
	if err := c.Post(Message{Kind: 50, Call: call, Body: in}); err != nil {
		t.Fatal(err)
	}
	first, err := answer(t, ch)
	if err != nil {
		t.Fatal(err)
	}
	take := func(kind int) Message {
		return c.other(t, "a part of the answer", func(m Message) bool { return m.Call == call && m.Kind == kind })
	}
	units := take(62)
	if !bytes.Equal(units.S2, units.Body) {
		t.Errorf("%q as a string argument, %q as a body", units.S2, units.Body)
	}
	return textResult{[]byte(first), take(60).Body, units.Body, take(61).A}
}

// decodeReference is the Encoding Standard's UTF-8 decoder: each maximal invalid
// part becomes one U+FFFD. (Go replaces byte by byte.)
func decodeReference(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			n = maximalPart(b)
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}

// maximalPart is the length of the longest prefix of an ill-formed b that some
// well-formed sequence begins with, at least 1 (Unicode 3.9, D93b).
func maximalPart(b []byte) int {
	for n := min(3, len(b)); n > 1; n-- {
		for _, tail := range []string{"\x80", "\x90", "\xA0", "\x80\x80", "\x90\x80"} {
			// One rune of exactly the prefix and the tail.
			s := string(b[:n]) + tail
			if r, size := utf8.DecodeRuneInString(s); size == len(s) && r != utf8.RuneError {
				return n
			}
		}
	}
	return 1
}

func checkText(t testing.TB, c *client, in []byte) {
	t.Helper()
	got := probeText(t, c, in)
	want := decodeReference(in)
	if string(got.decoded) != want {
		t.Errorf("decode %q\n got %q\nwant %q", in, got.decoded, want)
	}
	if string(got.encoded) != want {
		t.Errorf("encode of decode %q\n got %q\nwant %q", in, got.encoded, want)
	}
	wantFatal := int64(1)
	if utf8.Valid(in) {
		wantFatal = 0
	}
	if got.fatal != wantFatal {
		t.Errorf("fatal decode of %q: %d, want %d", in, got.fatal, wantFatal)
	}
	var units []uint16
	for i := 0; i+1 < len(in); i += 2 {
		units = append(units, uint16(in[i])|uint16(in[i+1])<<8)
	}
	if want := string(utf16.Decode(units)); string(got.units) != want {
		t.Errorf("encode %x\n got %q\nwant %q", units, got.units, want)
	}
}

var textSeeds = []string{
	"", "a", "hello, world", "\x00", "a\x00b", "\u00e9", "\u20ac", "\U0001F600", "\x7f\x80", "\xc0\xaf", "\xe0\x80\x80",
	"\xe0\xa0", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x90\x80", "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80",
	"\xff\xfe", "\xe2\x82", "\xe2\x28\xa1", "\xf0\x9f\x98", "\xf0\x9f\x98x", "\xc3", "\xc3(", "\xef\xbb\xbfbom", "\xef\xbb",
	"12345678\xc3\xa9", "1234567\xc3\xa9", "\x00\xd8", "\x00\xdc", "\x3d\xd8\x00\xde", "\x00\xd8a\x00", "\x00\xdc\x00\xd8",
}

func TestUTF8(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, textProbe, "1")
	for _, s := range textSeeds {
		checkText(t, c, []byte(s))
	}
	for _, unit := range []string{"a", "\u00e9", "\U0001F600", "\xf0\x9f\x98", "x\xff"} {
		for _, n := range []int{300, 511, 512, 513, 1023, 1024, 1025, 100000} {
			checkText(t, c, []byte(strings.Repeat(unit, n)))
			checkText(t, c, []byte("1"+strings.Repeat(unit, n)))
		}
	}
	c.want(t, `n.utf8Decode(new Uint8Array([0xEF, 0xBB, 0xBF, 0x61]), 0)`, "a")
	c.want(t, `n.utf8Decode(new Uint8Array([0xEF, 0xBB, 0xBF, 0x61]), 2).length`, "2")
	c.want(t, `n.utf8Decode(new Uint8Array([1, 0x61, 0x62, 3]).subarray(1, 3), 1)`, "ab")
	c.want(t, `n.utf8Decode(new Uint8Array([0x61]).buffer, 1)`, "a")
	c.want(t, `{ const b = new Uint8Array(9); b.buffer.transfer(); [n.utf8Decode(b, 0).length, n.utf8Encode("").length] }`, "[0,0]")
	c.want(t, `try { n.utf8Decode("x", 0) } catch (e) { e.name }`, "TypeError")
	c.want(t, `{ const u = n.utf8Encode("abc"); [u instanceof Uint8Array, u.buffer.transfer().byteLength] }`, "[true,3]")
}

func FuzzUTF8(f *testing.F) {
	c := sharedEngine(f)
	c.want(f, textProbe, "1")
	for _, s := range textSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) { checkText(t, c, in) })
}

// Header strings are Latin-1 both ways, NULs included.
func TestLatin1(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `on[2] = (call, a, s1, s2, s3, body) => n.post(2, call, 200, s1 + s2, s3, typeof body); 1`, "1")
	var all []byte
	for i := 0; i < 256; i++ {
		all = append(all, byte(i))
	}
	for _, headers := range [][]byte{all, []byte("accept\x00*/*\x00"), {}, []byte("plain"), bytes.Repeat(all, 50)} {
		if err := c.Post(Message{Kind: InFetch, Call: 5, S1: []byte("G\u00e9T"), S2: []byte("http://x/\u20ac"), S3: headers}); err != nil {
			t.Fatal(err)
		}
		m := c.kind(t, OutResponse)
		if !bytes.Equal(m.S2, headers) || string(m.S1) != "G\u00e9Thttp://x/\u20ac" || string(m.S3) != "undefined" {
			t.Errorf("got %q %q %q", m.S1, m.S2, m.S3)
		}
	}
	c.want(t, `delete on[2]; try { n.post(2, 1, 200, "", "x\0\u0100\0") } catch (e) { String(e) }`, "TypeError: a header is not a byte string")
}

func TestDomainToASCII(t *testing.T) {
	c := sharedEngine(t)
	tests := []struct {
		in     string
		strict bool
		want   string
	}{
		{"example.com", false, "example.com"},
		{"EXAMPLE.com", false, "example.com"},
		{"b\u00fccher.example", false, "xn--bcher-kva.example"},
		{"fa\u00df.de", false, "xn--fa-hia.de"}, // non-transitional
		{"\u2603.net", false, "xn--n3h.net"},
		{"xn--bcher-kva.example", false, "xn--bcher-kva.example"},
		{"xn--a", false, "null"}, // decodes to a control character
		{"xn--", false, "null"},
		{"a..b", false, "a..b"},
		{"a..b", true, "null"},
		{"-a-.com", false, "-a-.com"},
		{"aa--b.com", false, "aa--b.com"},
		{"a_b.com", false, "a_b.com"},
		{"a_b.com", true, "null"},
		{"\u200d.com", false, "null"},         // joiner without context
		{"\u05d0a.com", false, "null"},        // mixed directions
		{"\uff0e\u3002", false, ".."},         // dots of other scripts
		{"\u00ad.example", false, ".example"}, // an ignored character alone
		{"\ufffd", false, "null"},
		{strings.Repeat("a", 64) + ".com", false, strings.Repeat("a", 64) + ".com"},
		{strings.Repeat("a", 64) + ".com", true, "null"},
	}
	for _, test := range tests {
		strict := "false"
		if test.strict {
			strict = "true"
		}
		got, err := c.eval(t, "String(n.domainToASCII('"+test.in+"', "+strict+"))")
		if err != nil || got != test.want {
			t.Errorf("%q strict %v: got %q, %v; want %q", test.in, test.strict, got, err, test.want)
		}
	}
	c.want(t, "String(n.domainToASCII('\\ud800', false))", "null")
	c.want(t, "String(n.domainToASCII('a'.repeat(100000), false))", "null")
}
