package compute

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
)

// sign makes a signature. The parts are the key and the message.
func (r *Request) sign() ([]byte, *Error) {
	message := r.part(1)
	if r.Name == "Ed25519" {
		key, failure := privateKey[ed25519.PrivateKey](r.part(0))
		if failure != nil {
			return nil, failure
		}
		return ed25519.Sign(key, message), nil
	}
	h, sum, failure := r.toSign(message)
	if failure != nil {
		return nil, failure
	}
	if r.Name == "ECDSA" {
		return signEC(r.part(0), sum)
	}
	key, failure := privateKey[*rsa.PrivateKey](r.part(0))
	if failure != nil {
		return nil, failure
	}
	var out []byte
	var err error
	switch r.Name {
	case "RSASSA-PKCS1-v1_5":
		out, err = rsa.SignPKCS1v15(nil, key, h, sum)
	case "RSA-PSS":
		out, err = rsa.SignPSS(rand.Reader, key, h, sum, r.pss(h))
	default:
		return nil, unsupported("%q makes no signatures", r.Name)
	}
	if err != nil {
		return nil, operation("%v", err)
	}
	return out, nil
}

// toSign is what of a message is signed.
func (r *Request) toSign(message []byte) (crypto.Hash, []byte, *Error) {
	h, sum, failure := r.digest(message)
	// Go takes 0 for "any", and negative numbers for rules of its own.
	if failure == nil && r.Name == "RSA-PSS" && (r.Salt < 1 || r.Salt > MaxModulus/8) {
		failure = unsupported("a salt of %d bytes is not supported", r.Salt)
	}
	return h, sum, failure
}

func (r *Request) pss(h crypto.Hash) *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: r.Salt, Hash: h}
}

// signEC gives the two numbers, each in as many bytes as the curve's order.
func signEC(der, sum []byte) ([]byte, *Error) {
	key, failure := privateKey[*ecdsa.PrivateKey](der)
	if failure != nil {
		return nil, failure
	}
	x, y, err := ecdsa.Sign(rand.Reader, key, sum)
	if err != nil {
		return nil, operation("%v", err)
	}
	n := (key.Params().BitSize + 7) / 8
	out := make([]byte, 2*n)
	x.FillBytes(out[:n])
	y.FillBytes(out[n:])
	return out, nil
}

// verify checks a signature. The parts are the key, the signature and the message.
func (r *Request) verify() ([]byte, *Error) {
	signature, message := r.part(1), r.part(2)
	if r.Name == "Ed25519" {
		key, failure := publicKey[ed25519.PublicKey](r.part(0))
		if failure != nil {
			return nil, failure
		}
		return boolean(ed25519.Verify(key, message, signature)), nil
	}
	h, sum, failure := r.toSign(message)
	if failure != nil {
		return nil, failure
	}
	if r.Name == "ECDSA" {
		key, failure := publicKey[*ecdsa.PublicKey](r.part(0))
		if failure != nil {
			return nil, failure
		}
		n := (key.Params().BitSize + 7) / 8
		if len(signature) != 2*n {
			return boolean(false), nil
		}
		return boolean(ecdsa.Verify(key, sum, new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:]))), nil
	}
	key, failure := publicKey[*rsa.PublicKey](r.part(0))
	if failure != nil {
		return nil, failure
	}
	switch r.Name {
	case "RSASSA-PKCS1-v1_5":
		return boolean(rsa.VerifyPKCS1v15(key, h, sum, signature) == nil), nil
	case "RSA-PSS":
		return boolean(rsa.VerifyPSS(key, h, sum, signature, r.pss(h)) == nil), nil
	}
	return nil, unsupported("%q makes no signatures", r.Name)
}
