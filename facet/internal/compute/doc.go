// Package compute does what the runtime asks the runner for because the engine has
// it not, with the standard library: ciphers, signatures, key agreement and
// derivation for crypto.subtle (Web Cryptography, www.w3.org/TR/webcrypto-2), and
// compression for CompressionStream. It keeps nothing: keys come with each request,
// in PKCS #8, SPKI or raw.
//
// It runs inside the sandbox, on Go's thread beside the JavaScript thread, and for
// the application there: nothing is kept from it. What one request may cost is
// bounded all the same, since it cannot be stopped (MaxIterations, MaxModulus,
// MaxUnpacked).
package compute
