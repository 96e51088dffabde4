package compute

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// ask answers a request made of the fields of r and the parts.
func ask(t testing.TB, r Request, parts ...[]byte) ([]byte, *Error) {
	t.Helper()
	var body []byte
	for _, p := range parts {
		r.Lengths = append(r.Lengths, len(p))
		body = append(body, p...)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return Answer(text, body)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Vectors of NIST SP 800-38A and SP 800-38D, RFC 5869, RFC 6070's successors in
// RFC 7914, and RFC 8032.
func TestKnownAnswers(t *testing.T) {
	key := "2b7e151628aed2a6abf7158809cf4f3c"
	cases := []struct {
		name  string
		r     Request
		parts []string
		want  string
	}{
		{"AES-CTR, F.5.1", Request{Op: "encrypt", Name: "AES-CTR", Bits: 64}, []string{key, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"}, "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"},
		{"AES-CBC, F.2.1, with padding", Request{Op: "encrypt", Name: "AES-CBC"}, []string{key, "000102030405060708090a0b0c0d0e0f", "", "6bc1bee22e409f96e93d7e117393172a"}, "7649abac8119b246cee98e9b12e9197d8964e0b149c10b7b682e6e39aaeb731c"},
		{"AES-GCM, test case 4", Request{Op: "encrypt", Name: "AES-GCM", Bits: 128}, []string{"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"},
			"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"},
		{"HKDF, A.1", Request{Op: "derive", Name: "HKDF", Hash: "SHA-256", Bits: 336}, []string{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9"}, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
		{"PBKDF2, RFC 7914 section 11", Request{Op: "derive", Name: "PBKDF2", Hash: "SHA-256", Bits: 512, Rounds: 1}, []string{"706173737764", "73616c74"}, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var parts [][]byte
			for _, p := range c.parts {
				parts = append(parts, unhex(t, p))
			}
			got, failure := ask(t, c.r, parts...)
			if failure != nil || !strings.HasPrefix(hex.EncodeToString(got), c.want) {
				t.Errorf("got %x, %v, want %s", got, failure, c.want)
			}
		})
	}
}

func TestPairs(t *testing.T) {
	message, other := []byte("message"), []byte("another")
	for _, r := range []Request{
		{Name: "ECDSA", Curve: "P-256", Hash: "SHA-256"}, {Name: "ECDSA", Curve: "P-384", Hash: "SHA-1"}, {Name: "ECDSA", Curve: "P-521", Hash: "SHA-512"},
		{Name: "Ed25519"}, {Name: "RSASSA-PKCS1-v1_5", Bits: 2048, Hash: "SHA-256"}, {Name: "RSA-PSS", Bits: 2048, Hash: "SHA-384", Salt: 20},
	} {
		t.Run(r.Name+r.Curve, func(t *testing.T) {
			private, public := generated(t, r)
			r.Op = "sign"
			signature, failure := ask(t, r, private, message)
			if failure != nil {
				t.Fatal(failure)
			}
			r.Op = "verify"
			for _, c := range []struct {
				signature, message []byte
				want               byte
			}{{signature, message, 1}, {signature, other, 0}, {signature[1:], message, 0}, {nil, message, 0}} {
				if got, failure := ask(t, r, public, c.signature, c.message); failure != nil || got[0] != c.want {
					t.Errorf("verify says %v, %v, want %d", got, failure, c.want)
				}
			}
			// What is exported comes back the same.
			for _, k := range []struct {
				der     []byte
				private bool
			}{{private, true}, {public, false}} {
				jwk, failure := ask(t, Request{Op: "export", Name: r.Name, Format: "jwk", Private: k.private}, k.der)
				if failure != nil {
					t.Fatal(failure)
				}
				again, failure := ask(t, Request{Op: "import", Name: r.Name, Curve: r.Curve, Format: "jwk"}, jwk)
				if failure != nil || !bytes.HasSuffix(again, k.der) {
					t.Errorf("%s came back as %x, %v", jwk, again, failure)
				}
			}
		})
	}
}

func generated(t testing.TB, r Request) (private, public []byte) {
	t.Helper()
	r.Op = "generate"
	both, failure := ask(t, r, []byte{1, 0, 1})
	if failure != nil {
		t.Fatal(failure)
	}
	n := int(both[0]) | int(both[1])<<8
	return both[4 : 4+n], both[4+n:]
}

func TestAgreement(t *testing.T) {
	for _, r := range []Request{{Name: "X25519"}, {Name: "ECDH", Curve: "P-256"}, {Name: "ECDH", Curve: "P-521"}} {
		a, pubA := generated(t, r)
		b, pubB := generated(t, r)
		r.Op = "derive"
		x, failure := ask(t, r, a, pubB)
		y, failure2 := ask(t, r, b, pubA)
		if failure != nil || failure2 != nil || len(x) < 32 || !bytes.Equal(x, y) {
			t.Errorf("%s: %x and %x, %v, %v", r.Name, x, y, failure, failure2)
		}
	}
}

// What cannot be answered, is too much or is forged fails with the name that
// JavaScript is to see.
func TestRefusals(t *testing.T) {
	rsaPrivate, rsaPublic := generated(t, Request{Name: "RSA-OAEP", Bits: 2048})
	ecPrivate, ecPublic := generated(t, Request{Name: "ECDSA", Curve: "P-256"})
	key := make([]byte, 16)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	for range MaxUnpacked>>20 + 1 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name  string
		r     Request
		parts [][]byte
		want  string
	}{
		{"no such operation", Request{Op: "nope"}, nil, "NotSupportedError"},
		{"a key of no size", Request{Op: "encrypt", Name: "AES-GCM", Bits: 128}, [][]byte{make([]byte, 5)}, "OperationError"},
		{"no iv", Request{Op: "encrypt", Name: "AES-GCM", Bits: 128}, [][]byte{key}, "OperationError"},
		{"a tag that Go has not", Request{Op: "encrypt", Name: "AES-GCM", Bits: 32}, [][]byte{key, make([]byte, 12)}, "NotSupportedError"},
		{"a forged text", Request{Op: "decrypt", Name: "AES-GCM", Bits: 128}, [][]byte{key, make([]byte, 12), nil, make([]byte, 40)}, "OperationError"},
		{"bad padding", Request{Op: "decrypt", Name: "AES-CBC"}, [][]byte{key, key, nil, make([]byte, 32)}, "OperationError"},
		{"a counter that ends", Request{Op: "encrypt", Name: "AES-CTR", Bits: 1}, [][]byte{key, key, nil, make([]byte, 48)}, "OperationError"},
		{"iterations without end", Request{Op: "derive", Name: "PBKDF2", Hash: "SHA-256", Bits: 256, Rounds: MaxIterations + 1}, [][]byte{key, key}, "NotSupportedError"},
		{"the same by length", Request{Op: "derive", Name: "PBKDF2", Hash: "SHA-1", Bits: 8 * MaxDerived, Rounds: 1000}, [][]byte{key, key}, "NotSupportedError"},
		{"too much to derive", Request{Op: "derive", Name: "HKDF", Hash: "SHA-1", Bits: 1 << 30}, [][]byte{key, key, key}, "OperationError"},
		{"a large modulus", Request{Op: "generate", Name: "RSA-PSS", Bits: 1 << 20}, [][]byte{{1, 0, 1}}, "OperationError"},
		{"a modulus in a JWK", Request{Op: "import", Name: "RSA-PSS", Format: "jwk"}, [][]byte{[]byte(`{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("_", 2000) + `"}`)}, "DataError"},
		{"another exponent", Request{Op: "generate", Name: "RSA-PSS", Bits: 2048}, [][]byte{{3}}, "OperationError"},
		{"an EC key for RSA", Request{Op: "sign", Name: "RSA-PSS", Hash: "SHA-256", Salt: 32}, [][]byte{ecPrivate}, "DataError"},
		{"an RSA key for EC", Request{Op: "import", Name: "ECDSA", Curve: "P-256", Format: "spki"}, [][]byte{rsaPublic}, "DataError"},
		{"a public key as private", Request{Op: "sign", Name: "ECDSA", Hash: "SHA-256"}, [][]byte{ecPublic}, "DataError"},
		{"a salt by Go's own rules", Request{Op: "verify", Name: "RSA-PSS", Hash: "SHA-256", Salt: -1}, [][]byte{rsaPublic}, "NotSupportedError"},
		{"the wrong private part", Request{Op: "decrypt", Name: "RSA-OAEP", Hash: "SHA-256"}, [][]byte{rsaPrivate, nil, nil, make([]byte, 256)}, "OperationError"},
		{"a point that is none", Request{Op: "import", Name: "ECDH", Curve: "P-256", Format: "raw"}, [][]byte{make([]byte, 65)}, "DataError"},
		{"more than it may unpack to", Request{Op: "decompress", Format: "gzip"}, [][]byte{bomb.Bytes()}, "RangeError"},
		{"no gzip", Request{Op: "decompress", Format: "gzip"}, [][]byte{key}, "TypeError"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, failure := ask(t, c.r, c.parts...); failure == nil || failure.Name != c.want {
				t.Errorf("got %.40x, %v, want %s", got, failure, c.want)
			}
		})
	}
	for _, text := range []string{"", "{", `{"op":"sign","lengths":[5]}`, `{"op":"sign","lengths":[-1]}`} {
		if _, failure := Answer([]byte(text), nil); failure == nil {
			t.Errorf("%s was answered", text)
		}
	}
}

// The runtime shares its realm with the application, so requests may say anything.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"op":"import","name":"ECDSA","curve":"P-256","format":"jwk","lengths":[2]}`), []byte("{}"))
	f.Add([]byte(`{"op":"decrypt","name":"AES-CBC","lengths":[16,16,0,16]}`), make([]byte, 48))
	f.Add([]byte(`{"op":"encrypt","name":"AES-CTR","bits":3,"lengths":[16,16,0,40]}`), make([]byte, 72))
	f.Add([]byte(`{"op":"decompress","format":"deflate-raw","lengths":[3]}`), []byte{3, 0, 0})
	f.Add([]byte(`{"op":"derive","name":"PBKDF2","hash":"SHA-1","bits":160,"rounds":1,"lengths":[1,1]}`), []byte("ab"))
	f.Fuzz(func(t *testing.T, text, body []byte) {
		var r Request
		if json.Unmarshal(text, &r) == nil && (r.Op == "generate" || r.Rounds > 1000) {
			return // slow, and there is nothing to parse
		}
		if out, failure := Answer(text, body); failure != nil && (out != nil || failure.Name == "") {
			t.Fatalf("%x beside %v", out, failure)
		}
	})
}
