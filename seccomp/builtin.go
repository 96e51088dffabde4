package seccomp

import (
	_ "embed"
	"fmt"
	"sync"
)

// The built-in policies. One entry for each syscall or small group, each with
// who needs it; edit them there.
var (
	//go:embed profiles/hardened.json
	hardenedJSON []byte
	//go:embed profiles/jit.json
	jitJSON []byte
	//go:embed profiles/bundler.json
	bundlerJSON []byte
)

var (
	hardened = sync.OnceValue(builtin("hardened", hardenedJSON))
	jit      = sync.OnceValue(builtin("jit", jitJSON))
	bundler  = sync.OnceValue(builtin("bundler", bundlerJSON))
)

// Hardened is the policy for a runner whose JavaScript engine does not compile
// to machine code: after lock-down no mapping becomes executable. It is for a
// process that is the first of its pid namespace, with everything loaded and
// initialised. Its default action is SCMP_ACT_NOTIFY; see [Profile.WithDefault]
// for kernels that can't. Each call returns a copy of its own.
func Hardened() *Profile { return hardened().Clone() }

// JIT is the policy for a runner with the engine's compilers on. JavaScriptCore
// reserves one writable and executable region when it starts and asks for no
// other, so today this policy allows no more than Hardened does: what tells the
// two runners apart is that region, which a filter installed later cannot undo.
// Each call returns a copy of its own.
func JIT() *Profile { return jit().Clone() }

// Bundler is the policy for a runner that only parses and bundles source text in
// Go: no engine, no database. Looking for files fails with ENOENT, since the
// bundler probes for them. Each call returns a copy of its own.
func Bundler() *Profile { return bundler().Clone() }

// builtin parses an embedded policy; a failure is a mistake in the source tree
// that the package's tests find.
func builtin(name string, data []byte) func() *Profile {
	return func() *Profile {
		p, err := Parse(data)
		if err != nil {
			panic(fmt.Sprintf("built-in policy %s: %v", name, err))
		}
		return p
	}
}
