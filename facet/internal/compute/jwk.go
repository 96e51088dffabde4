package compute

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// jwk is a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037) of an asymmetric
// algorithm; numbers and keys are in base64url.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
	D   string `json:"d,omitempty"`
	P   string `json:"p,omitempty"`
	Q   string `json:"q,omitempty"`
	DP  string `json:"dp,omitempty"`
	DQ  string `json:"dq,omitempty"`
	QI  string `json:"qi,omitempty"`
}

var base64url = base64.RawURLEncoding.Strict()

func unbase64(s string) ([]byte, error) { return base64url.DecodeString(s) }

func number(s string) (*big.Int, error) {
	if s == "" {
		return nil, errors.New("a number is missing")
	}
	b, err := unbase64(s)
	return new(big.Int).SetBytes(b), err
}

func (r *Request) fromJWK() (any, error) {
	var k jwk
	if err := json.Unmarshal(r.part(0), &k); err != nil {
		return nil, err
	}
	switch k.Kty {
	case "RSA":
		return k.rsa()
	case "EC":
		return k.ec()
	case "OKP":
		return k.okp()
	}
	return nil, fmt.Errorf("there is no kty %.20q", k.Kty)
}

func (k *jwk) rsa() (any, error) {
	n, err := number(k.N)
	if err != nil {
		return nil, err
	}
	e, err := number(k.E)
	if err != nil {
		return nil, err
	}
	if n.BitLen() > MaxModulus || e.BitLen() > 31 {
		return nil, fmt.Errorf("the modulus has %d bits, up to %d are supported", n.BitLen(), MaxModulus)
	}
	public := rsa.PublicKey{N: n, E: int(e.Int64())}
	if k.D == "" {
		return &public, nil
	}
	var list []*big.Int
	for _, s := range []string{k.D, k.P, k.Q} {
		x, err := number(s)
		if err != nil {
			return nil, err
		}
		if x.BitLen() > MaxModulus {
			return nil, errors.New("a number is too large")
		}
		list = append(list, x)
	}
	private := &rsa.PrivateKey{PublicKey: public, D: list[0], Primes: list[1:]}
	if err := private.Validate(); err != nil {
		return nil, err
	}
	private.Precompute()
	return private, nil
}

func (k *jwk) ec() (any, error) {
	curve := curves[k.Crv]
	if curve == nil {
		return nil, fmt.Errorf("there is no curve %.20q", k.Crv)
	}
	size := (curve.Params().BitSize + 7) / 8
	x, err := unbase64(k.X)
	if err != nil {
		return nil, err
	}
	y, err := unbase64(k.Y)
	if err != nil {
		return nil, err
	}
	if len(x) != size || len(y) != size {
		return nil, fmt.Errorf("the coordinates of %s have %d bytes each", k.Crv, size)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, append(append([]byte{4}, x...), y...))
	if err != nil || k.D == "" {
		return public, err
	}
	d, err := unbase64(k.D)
	if err != nil {
		return nil, err
	}
	private, err := ecdsa.ParseRawPrivateKey(curve, d)
	if err != nil {
		return nil, err
	}
	if !private.PublicKey.Equal(public) {
		return nil, errors.New("the public part is not that of the private one")
	}
	return private, nil
}

func (k *jwk) okp() (any, error) {
	x, err := unbase64(k.X)
	if err != nil {
		return nil, err
	}
	d, err := unbase64(k.D)
	if err != nil {
		return nil, err
	}
	if len(x) != 32 || k.D != "" && len(d) != 32 {
		return nil, errors.New("keys of this kind have 32 bytes")
	}
	switch {
	case k.Crv == "Ed25519" && k.D == "":
		return ed25519.PublicKey(x), nil
	case k.Crv == "Ed25519":
		private := ed25519.NewKeyFromSeed(d)
		if !bytes.Equal(private.Public().(ed25519.PublicKey), x) {
			return nil, errors.New("the public part is not that of the private one")
		}
		return private, nil
	case k.Crv == "X25519" && k.D == "":
		return ecdh.X25519().NewPublicKey(x)
	case k.Crv == "X25519":
		private, err := ecdh.X25519().NewPrivateKey(d)
		if err == nil && !bytes.Equal(private.PublicKey().Bytes(), x) {
			return nil, errors.New("the public part is not that of the private one")
		}
		return private, err
	}
	return nil, fmt.Errorf("there is no curve %.20q", k.Crv)
}

// exportKey gives a key of an asymmetric algorithm, in PKCS #8 or SPKI, as raw or jwk.
func (r *Request) exportKey() ([]byte, *Error) {
	var key any
	var err error
	if r.Private {
		key, err = x509.ParsePKCS8PrivateKey(r.part(0))
	} else {
		key, err = x509.ParsePKIXPublicKey(r.part(0))
	}
	if err != nil {
		return nil, data("%v", err)
	}
	if r.Format == "raw" {
		return rawOf(key)
	}
	k := jwkOf(key)
	if r.Format != "jwk" || k == nil {
		return nil, unsupported("the key has no format %q", r.Format)
	}
	text, err := json.Marshal(k)
	if err != nil {
		return nil, operation("%v", err)
	}
	return text, nil
}

func rawOf(key any) ([]byte, *Error) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			return nil, operation("%v", err)
		}
		return point, nil
	case ed25519.PublicKey:
		return k, nil
	case *ecdh.PublicKey:
		return k.Bytes(), nil
	}
	return nil, unsupported(`the key has no format "raw"`)
}

func jwkOf(key any) *jwk {
	b := base64url.EncodeToString
	switch k := key.(type) {
	case *rsa.PublicKey:
		return &jwk{Kty: "RSA", N: b(k.N.Bytes()), E: b(big.NewInt(int64(k.E)).Bytes())}
	case *rsa.PrivateKey:
		if len(k.Primes) != 2 {
			return nil
		}
		j, p := jwkOf(&k.PublicKey), k.Precomputed
		j.D, j.P, j.Q, j.DP, j.DQ, j.QI = b(k.D.Bytes()), b(k.Primes[0].Bytes()), b(k.Primes[1].Bytes()), b(p.Dp.Bytes()), b(p.Dq.Bytes()), b(p.Qinv.Bytes())
		return j
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			return nil
		}
		n := (len(point) - 1) / 2
		return &jwk{Kty: "EC", Crv: k.Params().Name, X: b(point[1 : 1+n]), Y: b(point[1+n:])}
	case *ecdsa.PrivateKey:
		d, err := k.Bytes()
		j := jwkOf(&k.PublicKey)
		if err != nil || j == nil {
			return nil
		}
		j.D = b(d)
		return j
	case ed25519.PublicKey:
		return &jwk{Kty: "OKP", Crv: "Ed25519", X: b(k)}
	case ed25519.PrivateKey:
		return &jwk{Kty: "OKP", Crv: "Ed25519", X: b(k.Public().(ed25519.PublicKey)), D: b(k.Seed())}
	case *ecdh.PublicKey:
		return &jwk{Kty: "OKP", Crv: "X25519", X: b(k.Bytes())}
	case *ecdh.PrivateKey:
		return &jwk{Kty: "OKP", Crv: "X25519", X: b(k.PublicKey().Bytes()), D: b(k.Bytes())}
	}
	return nil
}
