package compute

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"math/big"
)

// about is what a CryptoKey shows of an asymmetric key.
type about struct {
	Private bool   `json:"private"`
	Curve   string `json:"curve,omitempty"`
	Modulus int    `json:"modulus,omitempty"` // bits
	// Exponent is in big-endian bytes, as numbers.
	Exponent []int `json:"exponent,omitempty"`
}

var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

func privateKey[K any](der []byte) (K, *Error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(K)
	if err != nil || !ok {
		return key, data("the private key is not one of the algorithm")
	}
	return key, nil
}

func publicKey[K any](der []byte) (K, *Error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(K)
	if err != nil || !ok {
		return key, data("the public key is not one of the algorithm")
	}
	return key, nil
}

// generate makes a pair of keys: PKCS #8 and SPKI.
func (r *Request) generate() ([]byte, *Error) {
	var key crypto.Signer
	var err error
	switch r.Name {
	case "RSASSA-PKCS1-v1_5", "RSA-PSS", "RSA-OAEP":
		if r.Bits < 2048 || r.Bits > MaxModulus || r.Bits%8 != 0 {
			return nil, operation("RSA keys of %d bits are not made: of 2048 to %d are", r.Bits, MaxModulus)
		}
		if e := new(big.Int).SetBytes(r.part(0)); e.Cmp(big.NewInt(65537)) != 0 {
			return nil, operation("the public exponent is %v, only 65537 is supported", e)
		}
		key, err = rsa.GenerateKey(rand.Reader, r.Bits)
	case "ECDSA", "ECDH":
		curve := curves[r.Curve]
		if curve == nil {
			return nil, unsupported("there is no curve %q", r.Curve)
		}
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
	case "Ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "X25519":
		k, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, operation("%v", err)
		}
		return encodePair(k, k.PublicKey())
	default:
		return nil, unsupported("%q has no pairs of keys", r.Name)
	}
	if err != nil {
		return nil, operation("%v", err)
	}
	return encodePair(key, key.Public())
}

func encodePair(private, public any) ([]byte, *Error) {
	a, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, operation("%v", err)
	}
	b, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, operation("%v", err)
	}
	return pair(a, b), nil
}

// importKey reads a key of an asymmetric algorithm. The part is the key; the result
// is what it is, in JSON, and its PKCS #8 or SPKI.
func (r *Request) importKey() ([]byte, *Error) {
	key, failure := r.parse()
	if failure != nil {
		return nil, failure
	}
	if failure := r.suits(key); failure != nil {
		return nil, failure
	}
	a, private := aboutKey(key)
	der, err := x509.MarshalPKIXPublicKey(key)
	if private {
		der, err = x509.MarshalPKCS8PrivateKey(key)
	}
	if err != nil {
		return nil, data("%v", err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil, operation("%v", err)
	}
	return pair(text, der), nil
}

func (r *Request) parse() (key any, failure *Error) {
	var err error
	switch r.Format {
	case "pkcs8":
		key, err = x509.ParsePKCS8PrivateKey(r.part(0))
	case "spki":
		key, err = x509.ParsePKIXPublicKey(r.part(0))
	case "raw":
		key, err = r.raw()
	case "jwk":
		key, err = r.fromJWK()
	default:
		return nil, unsupported("there is no key format %q", r.Format)
	}
	if err != nil {
		return nil, data("the key cannot be read: %v", err)
	}
	return key, nil
}

// raw reads a public key that is a point.
func (r *Request) raw() (any, error) {
	point := r.part(0)
	switch r.Name {
	case "Ed25519":
		if len(point) != ed25519.PublicKeySize {
			return nil, data("it has %d bytes, not 32", len(point))
		}
		return ed25519.PublicKey(append([]byte{}, point...)), nil
	case "X25519":
		return ecdh.X25519().NewPublicKey(point)
	}
	curve := curves[r.Curve]
	if curve == nil {
		return nil, data("there is no curve %q", r.Curve)
	}
	return ecdsa.ParseUncompressedPublicKey(curve, point)
}

// suits checks that a key is of the algorithm, curve and size.
func (r *Request) suits(key any) *Error {
	ok := false
	switch k := key.(type) {
	case *rsa.PublicKey:
		ok = isRSA(r.Name) && k.N.BitLen() <= MaxModulus
	case *rsa.PrivateKey:
		ok = isRSA(r.Name) && k.N.BitLen() <= MaxModulus
	case *ecdsa.PublicKey:
		ok = (r.Name == "ECDSA" || r.Name == "ECDH") && k.Curve == curves[r.Curve]
	case *ecdsa.PrivateKey:
		ok = (r.Name == "ECDSA" || r.Name == "ECDH") && k.Curve == curves[r.Curve]
	case ed25519.PublicKey, ed25519.PrivateKey:
		ok = r.Name == "Ed25519"
	case *ecdh.PublicKey:
		ok = r.Name == "X25519" && k.Curve() == ecdh.X25519()
	case *ecdh.PrivateKey:
		ok = r.Name == "X25519" && k.Curve() == ecdh.X25519()
	}
	if !ok {
		return data("the key is not one of %s, of its curve, or has more than %d bits", r.Name, MaxModulus)
	}
	return nil
}

func isRSA(name string) bool {
	return name == "RSASSA-PKCS1-v1_5" || name == "RSA-PSS" || name == "RSA-OAEP"
}

func aboutKey(key any) (a about, private bool) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		a.Modulus, a.Exponent = k.N.BitLen(), numbers(big.NewInt(int64(k.E)).Bytes())
	case *rsa.PrivateKey:
		a, _ = aboutKey(&k.PublicKey)
		a.Private = true
	case *ecdsa.PublicKey:
		a.Curve = k.Params().Name
	case *ecdsa.PrivateKey:
		a.Private, a.Curve = true, k.Params().Name
	case ed25519.PrivateKey, *ecdh.PrivateKey:
		a.Private = true
	}
	return a, a.Private
}

func numbers(b []byte) []int {
	list := make([]int, len(b))
	for i, x := range b {
		list[i] = int(x)
	}
	return list
}
