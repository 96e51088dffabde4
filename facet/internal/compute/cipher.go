package compute

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/binary"
)

// cipher encrypts or decrypts. The parts are the key, the initialisation vector,
// counter or label, the additional data and the text.
func (r *Request) cipher() ([]byte, *Error) {
	if r.Name == "RSA-OAEP" {
		return r.oaep()
	}
	block, err := aes.NewCipher(r.part(0))
	if err != nil {
		return nil, operation("%v", err)
	}
	switch r.Name {
	case "AES-GCM":
		return r.gcm(block)
	case "AES-CBC":
		return r.cbc(block)
	case "AES-CTR":
		return r.ctr(block)
	}
	return nil, unsupported("there is no cipher %q", r.Name)
}

// gcm: section 29. Go has tags of 96 bits and more, and other sizes than the usual
// of either the tag or the vector.
func (r *Request) gcm(block cipher.Block) ([]byte, *Error) {
	iv := r.part(1)
	var aead cipher.AEAD
	var err error
	switch {
	case len(iv) == 0:
		return nil, operation("the iv of AES-GCM must not be empty")
	case r.Bits == 128:
		aead, err = cipher.NewGCMWithNonceSize(block, len(iv))
	case len(iv) != 12 || r.Bits < 96:
		return nil, unsupported("AES-GCM with a tag of %d bits and an iv of %d bytes is not supported: a tag of 128 bits is, and with an iv of 12 bytes one of 96 to 120", r.Bits, len(iv))
	default:
		aead, err = cipher.NewGCMWithTagSize(block, r.Bits/8)
	}
	if err != nil {
		return nil, operation("%v", err)
	}
	if r.Op == "encrypt" {
		return aead.Seal(nil, iv, r.part(3), r.part(2)), nil
	}
	text, err := aead.Open(nil, iv, r.part(3), r.part(2))
	if err != nil {
		return nil, operation("decryption failed: key, iv, additional data or tag are not those of the encryption")
	}
	return append([]byte{}, text...), nil
}

// cbc: section 28, with the padding of PKCS #7.
func (r *Request) cbc(block cipher.Block) ([]byte, *Error) {
	const size = aes.BlockSize
	iv, text := r.part(1), r.part(3)
	if len(iv) != size {
		return nil, operation("the iv of AES-CBC has %d bytes, not 16", len(iv))
	}
	if r.Op == "encrypt" {
		n := size - len(text)%size
		out := make([]byte, len(text)+n)
		copy(out, text)
		for i := len(text); i < len(out); i++ {
			out[i] = byte(n)
		}
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
		return out, nil
	}
	if len(text) == 0 || len(text)%size != 0 {
		return nil, operation("decryption failed")
	}
	out := make([]byte, len(text))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, text)
	n := int(out[len(out)-1])
	good := subtle.ConstantTimeLessOrEq(1, n) & subtle.ConstantTimeLessOrEq(n, size)
	for i := 1; i <= size; i++ {
		inside := subtle.ConstantTimeLessOrEq(i, n)
		good &= subtle.ConstantTimeSelect(inside, subtle.ConstantTimeByteEq(out[len(out)-i], byte(n)), 1)
	}
	if good != 1 {
		return nil, operation("decryption failed")
	}
	return out[:len(out)-n], nil
}

// ctr: section 27. Only the last Bits bits of the block count.
func (r *Request) ctr(block cipher.Block) ([]byte, *Error) {
	counter, text := r.part(1), r.part(3)
	if len(counter) != aes.BlockSize || r.Bits < 1 || r.Bits > 128 {
		return nil, operation("AES-CTR needs a counter of 16 bytes and a length of 1 to 128 bits")
	}
	out := make([]byte, len(text))
	blocks := uint64(len(text)+aes.BlockSize-1) / aes.BlockSize
	if r.Bits >= 64 && binary.BigEndian.Uint64(counter[8:])+blocks >= blocks {
		cipher.NewCTR(block, counter).XORKeyStream(out, text)
		return out, nil
	}
	if r.Bits < 63 && blocks > 1<<r.Bits {
		return nil, operation("the text is longer than the counter of AES-CTR counts")
	}
	// One step at a time wraps where the counter's bits end.
	at := append([]byte{}, counter...)
	for i := 0; i < len(text); i += aes.BlockSize {
		end := min(i+aes.BlockSize, len(text))
		cipher.NewCTR(block, at).XORKeyStream(out[i:end], text[i:end])
		step(at, r.Bits)
	}
	return out, nil
}

// step adds one to the last bits of a counter.
func step(counter []byte, bits int) {
	for i := len(counter) - 1; i >= 0 && bits > 0; i, bits = i-1, bits-8 {
		mask := byte(0xff)
		if bits < 8 {
			mask = 1<<bits - 1
		}
		next := (counter[i]&mask + 1) & mask
		counter[i] = counter[i]&^mask | next
		if next != 0 {
			return
		}
	}
}

// oaep: section 23.
func (r *Request) oaep() ([]byte, *Error) {
	h, failure := r.hash()
	if failure != nil {
		return nil, failure
	}
	if r.Op == "encrypt" {
		key, failure := publicKey[*rsa.PublicKey](r.part(0))
		if failure != nil {
			return nil, failure
		}
		out, err := rsa.EncryptOAEP(h.New(), rand.Reader, key, r.part(3), r.part(1))
		if err != nil {
			return nil, operation("%v", err)
		}
		return out, nil
	}
	key, failure := privateKey[*rsa.PrivateKey](r.part(0))
	if failure != nil {
		return nil, failure
	}
	out, err := rsa.DecryptOAEP(h.New(), nil, key, r.part(3), r.part(1))
	if err != nil {
		return nil, operation("decryption failed")
	}
	return out, nil
}
