package supervisor

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

const (
	// newestDate is the latest compatibility date this version knows.
	newestDate = "2026-11-24"
	// maxCode and maxEnv are the sizes of facts L27 and L28, in bytes.
	maxCode = 64 << 20
	maxEnv  = 1 << 20
	// maxModules and maxModuleName bound what no real worker comes near.
	maxModules    = 10_000
	maxModuleName = 4096
)

// knownFlags are the compatibility flags that this version takes. Those that
// turn on what is always on, or off what never is, are not errors.
var knownFlags = map[string]bool{
	flagNode: true, "nodejs_compat_v2": true, "nodejs_als": true, "nodejs_compat_populate_process_env": true,
	"global_fetch_strictly_public": true, "enable_ctx_exports": true, "enable_request_signal": true,
	"streams_enable_constructors": true, "transformstream_enable_standard_constructor": true,
	"formdata_parser_supports_files": true, "fetch_refuses_unknown_protocols": true, "url_standard": true,
}

// flagNode asks for the modules and globals of Node.js, as the next two do.
const flagNode = "nodejs_compat"

// wantsNode reports whether a worker's flags ask for Node.js.
func wantsNode(flags []string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return f == flagNode || f == "nodejs_compat_v2" || f == "nodejs_als" })
}

// CheckCompatibility returns a *CodeError with the text of fact L17, L18 or L19
// for a date or flag that this version does not take.
func CheckCompatibility(date string, flags []string) error {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		if date == "" {
			date = "undefined"
		}
		return codeErrorf("Invalid compatibility date: %s", date)
	}
	if newest, _ := time.Parse(time.DateOnly, newestDate); day.After(newest) {
		return codeErrorf("This Worker requires compatibility date %q, but the newest date supported by this server binary is %q.", date, newestDate)
	}
	for _, flag := range flags {
		if !knownFlags[flag] {
			return codeErrorf("No such compatibility flag: %s", flag)
		}
	}
	return nil
}

// check validates the code with the texts of facts L17 to L28, and returns what
// a runner needs.
func (c *WorkerCode) check() (*facetv1.BundleRequest, []byte, []refs.Cap, error) {
	if err := CheckCompatibility(c.CompatibilityDate, c.CompatibilityFlags); err != nil {
		return nil, nil, nil, err
	}
	req, err := c.modules()
	if err != nil {
		return nil, nil, nil, err
	}
	if c.Limits != nil {
		if err := c.Limits.check(); err != nil {
			return nil, nil, nil, err
		}
	}
	if len(c.Env) == 0 {
		return req, nil, nil, nil
	}
	env, caps, err := marshalRefs(c.Env)
	if err != nil {
		return nil, nil, nil, codeErrorf("env cannot be cloned: %v", err)
	}
	if len(env) > maxEnv {
		return nil, nil, nil, codeErrorf("Dynamic Worker env size (%d bytes) exceeds the maximum allowed size of %d bytes.", len(env), maxEnv)
	}
	return req, env, caps, nil
}

func (c *WorkerCode) modules() (*facetv1.BundleRequest, error) {
	if len(c.Modules) == 0 {
		return nil, codeTypeErrorf("Dynamic Worker code must contain at least one module.")
	}
	if len(c.Modules) > maxModules {
		return nil, codeErrorf("Dynamic Worker code has %d modules, more than %d.", len(c.Modules), maxModules)
	}
	if _, ok := c.Modules[c.MainModule]; !ok {
		return nil, codeErrorf("Failed to start Worker:\nUncaught Error: No such module: %s", c.MainModule)
	}
	req := &facetv1.BundleRequest{MainModule: c.MainModule, Packages: c.Packages, Links: c.Links, Node: wantsNode(c.CompatibilityFlags)}
	if len(c.Links) > maxModules {
		return nil, codeErrorf("the worker has %d links, more than %d", len(c.Links), maxModules)
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(c.Modules)) {
		m := c.Modules[name]
		if err := m.check(name); err != nil {
			return nil, err
		}
		total += len(m.content)
		req.Modules = append(req.Modules, &facetv1.Module{Name: name, Kind: facetv1.Module_Kind(m.kind), Content: m.content})
	}
	if total > maxCode {
		return nil, codeErrorf("Dynamic Worker code size (%d bytes) exceeds the maximum allowed size of %d bytes.", total, maxCode)
	}
	return req, nil
}

func (m *Module) check(name string) error {
	switch {
	case name == "" || len(name) > maxModuleName || !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return codeErrorf("%.100q is not a module name", name)
	case m.err != nil:
		return codeErrorf("Module %q is not JSON: %v", name, m.err)
	case m.kind == 0:
		return codeTypeErrorf("Module %q has no content: use JS, TS, CJS, Text, Data, JSON or Wasm.", name)
	case m.kind == kindJS:
		switch path.Ext(name) {
		case ".js", ".mjs", ".jsx", ".ts", ".mts", ".tsx":
		default:
			return codeTypeErrorf("Module name must end with '.js', '.mjs', '.jsx', '.ts', '.mts' or '.tsx': %s", name)
		}
	}
	return nil
}

// refuseWasm refuses modules that a host without compilers cannot run.
func (c *WorkerCode) refuseWasm() error {
	for name, m := range c.Modules {
		if m.kind == kindWasm {
			return codeErrorf("Module %q is WebAssembly, which the engine policy \"hardened\" of this host does not have: it needs the policy \"jit\" (facetd serve --policy jit, or Config.JIT).", bounded(name, 200))
		}
	}
	return nil
}
