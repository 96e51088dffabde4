package compute

import (
	"crypto"
	_ "crypto/sha1" // the algorithms of hashOf
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

const (
	// MaxIterations bounds PBKDF2: iterations by blocks of the hash in the result.
	MaxIterations = 2_000_000
	// MaxModulus bounds RSA keys, in bits.
	MaxModulus = 4096
	// MaxDerived bounds what a derivation gives, in bytes.
	MaxDerived = 1 << 20
)

// Error is a failure that JavaScript gets as a DOMException of that name.
type Error struct{ Name, Message string }

func (e *Error) Error() string { return e.Name + ": " + e.Message }

func operation(format string, args ...any) *Error {
	return &Error{"OperationError", fmt.Sprintf(format, args...)}
}
func data(format string, args ...any) *Error {
	return &Error{"DataError", fmt.Sprintf(format, args...)}
}
func unsupported(format string, args ...any) *Error {
	return &Error{"NotSupportedError", fmt.Sprintf(format, args...)}
}

// Request is what to compute. Fields that an algorithm does not have are zero.
type Request struct {
	Op      string `json:"op"`      // encrypt, decrypt, sign, verify, derive, generate, import, export, compress, decompress
	Name    string `json:"name"`    // the algorithm
	Hash    string `json:"hash"`    // SHA-1, SHA-256, SHA-384, SHA-512
	Curve   string `json:"curve"`   // P-256, P-384, P-521
	Format  string `json:"format"`  // of a key: raw, spki, pkcs8, jwk; of a compression
	Bits    int    `json:"bits"`    // length of a tag, counter, modulus or result
	Salt    int    `json:"salt"`    // RSA-PSS: its length in bytes
	Rounds  int    `json:"rounds"`  // PBKDF2: iterations
	Private bool   `json:"private"` // the key is one
	Lengths []int  `json:"lengths"` // of the parts of the body
	parts   [][]byte
}

// part gives a part of the body, empty where there is none.
func (r *Request) part(i int) []byte {
	if i >= len(r.parts) {
		return nil
	}
	return r.parts[i]
}

// Answer answers one request: text is a Request in JSON, body its parts. It never
// panics on what they hold, and keeps neither.
func Answer(text, body []byte) (result []byte, failure *Error) {
	var r Request
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, operation("a request of the runtime cannot be read: %v", err)
	}
	for _, n := range r.Lengths {
		if n < 0 || n > len(body) {
			return nil, operation("a request of the runtime has other parts than it says")
		}
		r.parts = append(r.parts, body[:n:n])
		body = body[n:]
	}
	switch r.Op {
	case "encrypt", "decrypt":
		return r.cipher()
	case "sign":
		return r.sign()
	case "verify":
		return r.verify()
	case "derive":
		return r.derive()
	case "generate":
		return r.generate()
	case "import":
		return r.importKey()
	case "export":
		return r.exportKey()
	case "compress":
		return r.pack()
	case "decompress":
		return r.unpack()
	}
	return nil, unsupported("there is no operation %q", r.Op)
}

func (r *Request) hash() (crypto.Hash, *Error) {
	switch r.Hash {
	case "SHA-1":
		return crypto.SHA1, nil
	case "SHA-256":
		return crypto.SHA256, nil
	case "SHA-384":
		return crypto.SHA384, nil
	case "SHA-512":
		return crypto.SHA512, nil
	}
	return 0, unsupported("there is no hash %q", r.Hash)
}

func (r *Request) digest(message []byte) (crypto.Hash, []byte, *Error) {
	h, failure := r.hash()
	if failure != nil {
		return 0, nil, failure
	}
	w := h.New()
	w.Write(message)
	return h, w.Sum(nil), nil
}

// pair is two results: the length of the first in four little-endian bytes, the
// first, the second.
func pair(a, b []byte) []byte {
	out := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(a)+len(b)), uint32(len(a)))
	return append(append(out, a...), b...)
}

// boolean is the answer of verify.
func boolean(yes bool) []byte {
	if yes {
		return []byte{1}
	}
	return []byte{0}
}
