package compute

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/pbkdf2"
)

// derive gives Bits bits, a multiple of 8. The parts are the key, the salt or the
// other side's public key, and the info.
func (r *Request) derive() ([]byte, *Error) {
	n := r.Bits / 8
	if r.Bits < 0 || r.Bits%8 != 0 || n > MaxDerived {
		return nil, operation("%d bits cannot be derived: a multiple of 8 up to %d can", r.Bits, MaxDerived*8)
	}
	switch r.Name {
	case "ECDH", "X25519":
		return r.agree(n)
	case "PBKDF2", "HKDF":
	default:
		return nil, unsupported("nothing is derived by %q", r.Name)
	}
	h, failure := r.hash()
	if failure != nil {
		return nil, failure
	}
	if n == 0 {
		return []byte{}, nil
	}
	var out []byte
	var err error
	if r.Name == "HKDF" {
		out, err = hkdf.Key(h.New, r.part(0), r.part(1), string(r.part(2)), n)
	} else {
		blocks := (n + h.Size() - 1) / h.Size()
		if r.Rounds < 1 || r.Rounds > MaxIterations/blocks {
			return nil, unsupported("PBKDF2 with %d iterations for %d bytes is not supported: up to %d are", r.Rounds, n, MaxIterations/blocks)
		}
		out, err = pbkdf2.Key(h.New, string(r.part(0)), r.part(1), r.Rounds, n)
	}
	if err != nil {
		return nil, operation("%v", err)
	}
	return out, nil
}

// agree gives the first n bytes of what both sides share, all where n is 0.
func (r *Request) agree(n int) ([]byte, *Error) {
	mine, failure := agreementKey(r.Name, r.part(0))
	if failure != nil {
		return nil, failure
	}
	theirs, failure := agreementPublic(r.Name, r.part(1))
	if failure != nil {
		return nil, failure
	}
	shared, err := mine.ECDH(theirs)
	if err != nil {
		return nil, operation("%v", err)
	}
	if n > len(shared) {
		return nil, operation("%d bytes are shared, not %d", len(shared), n)
	}
	if n > 0 {
		shared = shared[:n]
	}
	return shared, nil
}

func agreementKey(name string, der []byte) (*ecdh.PrivateKey, *Error) {
	if name == "X25519" {
		return privateKey[*ecdh.PrivateKey](der)
	}
	return forAgreement[*ecdh.PrivateKey](privateKey[*ecdsa.PrivateKey](der))
}

func agreementPublic(name string, der []byte) (*ecdh.PublicKey, *Error) {
	if name == "X25519" {
		return publicKey[*ecdh.PublicKey](der)
	}
	return forAgreement[*ecdh.PublicKey](publicKey[*ecdsa.PublicKey](der))
}

// forAgreement makes a key of an elliptic curve one that secrets are agreed on with.
func forAgreement[Out any, In interface{ ECDH() (Out, error) }](key In, failure *Error) (out Out, _ *Error) {
	if failure != nil {
		return out, failure
	}
	out, err := key.ECDH()
	if err != nil {
		return out, data("%v", err)
	}
	return out, nil
}
