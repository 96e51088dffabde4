package supervisor

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"
	"strconv"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// build is a worker that is ready to be assigned. It does not change.
type build struct {
	script, sourceMap []byte
	date              string
	flags             []string
	env               []byte
	envCaps           []refs.Cap // what env refers to: durable ones
	limits            Limits
	openCalls         int // how many of its own an instance may have open; 0: wire.MaxIncoming
	outbound          Outbound
	tails             *tails // nil: none
}

// bundlerVersion is part of every cache key: change it when the same modules
// would give another script, those of Node.js (facet/workers/dist/node) included.
const bundlerVersion = "4"

// bundle checks code and makes its program. Untrusted source text is parsed by a
// sandboxed runner without a database, never here.
func (l *Loader) bundle(ctx context.Context, code *WorkerCode, tree any) (*build, error) {
	req, env, caps, err := code.check()
	if err != nil {
		return nil, err
	}
	if !l.host.cfg.JIT {
		if err := code.refuseWasm(); err != nil {
			return nil, err
		}
	}
	b := &build{date: code.CompatibilityDate, flags: code.CompatibilityFlags, env: env, envCaps: caps, limits: l.host.cfg.Limits, outbound: code.GlobalOutbound}
	if b.tails, err = l.host.newTails(code.Tails); err != nil {
		return nil, err
	}
	if code.Limits != nil {
		b.limits = code.Limits.or(l.host.cfg.Limits)
	}
	key := bundleKey(req)
	if script, sourceMap, ok := l.cache.get(key); ok {
		b.script, b.sourceMap = script, sourceMap
		return b, nil
	}
	answer, err := l.runBundler(ctx, req, tree)
	if err != nil {
		return nil, err
	}
	if len(answer.Errors) > 0 {
		return nil, buildError(answer)
	}
	b.script, b.sourceMap = answer.Script, answer.SourceMap
	if err := l.cache.put(key, b.script, b.sourceMap); err != nil {
		l.host.cfg.Logger.Warn("cannot keep a bundled script; it will be bundled again after a restart", "error", err)
	}
	return b, nil
}

// buildError bounds what a bundler reports; its process may be taken over.
func buildError(answer *facetv1.BundleResponse) *BuildError {
	const most, text, packages = 50, 2048, 1000
	e := &BuildError{}
	list, missing := answer.Errors, answer.MissingPackages
	for _, m := range missing[:min(len(missing), packages)] {
		e.Missing = append(e.Missing, MissingPackage{bounded(m.GetName(), 256), bounded(m.GetImporter(), maxModuleName)})
	}
	for _, d := range list[:min(len(list), most)] {
		e.Diagnostics = append(e.Diagnostics, Diagnostic{
			Module: bounded(d.GetModule(), 256), Line: int(d.GetLine()), Column: int(d.GetColumn()),
			Text: bounded(d.GetText(), text), LineText: bounded(d.GetLineText(), 256),
		})
	}
	return e
}

// bundleKey identifies a request's result.
func bundleKey(req *facetv1.BundleRequest) [sha256.Size]byte {
	h := sha256.New()
	part(h, []byte(bundlerVersion))
	part(h, []byte(req.MainModule))
	part(h, []byte(strconv.FormatBool(req.Packages)))
	part(h, []byte(strconv.FormatBool(req.Node)))
	part(h, []byte(strconv.Itoa(len(req.Links))))
	for _, from := range slices.Sorted(maps.Keys(req.Links)) {
		part(h, []byte(from))
		part(h, []byte(req.Links[from]))
	}
	for _, m := range req.Modules { // sorted by name
		part(h, []byte(m.Name))
		part(h, []byte{byte(m.Kind)})
		part(h, m.Content)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// part adds a length and bytes, so that no two lists of parts hash alike.
func part(h hash.Hash, b []byte) {
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
	h.Write(b)
}
