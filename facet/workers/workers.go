// Package workers holds the runtime surface that a JavaScript facet sees: the
// "cloudflare:workers" module, ctx and its storage, and the Web APIs. It is
// written in TypeScript (src) and committed as one bundled script, so that
// building facetd needs no JavaScript tools.
//
// The script runs in bare JavaScriptCore. It expects the engine glue (facet/js)
// to have put the object described by src/native.d.ts on the global as __native;
// it takes that object into a closure and removes the global.
//
// It is no security boundary: application code shares its realm, and whoever
// talks to a runner must treat everything that comes from it as hostile.
package workers

import "embed"

//go:generate go run ./gen .

// Runtime is the bundled script.
//
//go:embed dist/runtime.js
var Runtime string

// NodeModules holds dist/node: the modules of Node.js for workers that ask for
// them, as ECMAScript modules named by their paths there, and the chunks that
// these import. They become part of such a worker's script when it is bundled.
//
//go:embed dist/node
var NodeModules embed.FS
