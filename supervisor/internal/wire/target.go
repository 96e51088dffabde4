package wire

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// Bounds of what a runner names, in bytes. The runtime keeps applications to
// them, so more is the runner's doing.
const (
	maxFacetName = 256 // fact F21
	maxBinding   = 256
	maxExport    = 4096
	maxMethod    = 64 << 10
	objectDigits = 64
)

// read checks a frame that opens a call. A failure is the application's, and is
// its answer; an error is the runner's.
func (in *Incoming) read(f *facetv1.Frame) (*facetv1.Failure, error) {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Request:
		if k.Request == nil {
			return nil, violation("an empty RequestHead frame")
		}
		in.Request, in.Target, in.inner = k.Request, k.Request.Target, k.Request.Inner
		if err := checkTarget(in.Target, in.inner, -1); err != nil {
			return nil, err
		}
		if err := checkRefs(nil, in.inner); err != nil {
			return nil, err
		}
		return in.readHead()
	case *facetv1.Frame_RpcCall:
		if k.RpcCall == nil || len(k.RpcCall.Method) > maxMethod || !utf8.ValidString(k.RpcCall.Method) {
			return nil, violation("a method call without a method")
		}
		in.Method, in.Args, in.Target = k.RpcCall.Method, k.RpcCall.Args, k.RpcCall.Target
		in.Path, in.Property, in.list, in.inner = k.RpcCall.Path, k.RpcCall.Property, k.RpcCall.Refs, k.RpcCall.Inner
		if err := in.checkPath(); err != nil {
			return nil, err
		}
		in.size = len(in.Args) + len(in.Method) + refBytes*(len(in.list)+len(in.inner))
		if err := checkTarget(in.Target, in.inner, -1); err != nil {
			return nil, err
		}
		return nil, checkRefs(in.list, in.inner)
	}
	return nil, violation("%T for call %d, which is not open", f.Kind, f.Call)
}

// checkPath checks the properties that a call walks.
func (in *Incoming) checkPath() error {
	total := len(in.Method)
	for _, p := range in.Path {
		total += len(p)
		if !utf8.ValidString(p) {
			return violation("a property whose name is no text")
		}
	}
	if len(in.Path) > maxPath || total > maxMethod {
		return violation("a path of %d properties and %d bytes", len(in.Path), total)
	}
	return nil
}

// readHead checks the head of a fetch.
func (in *Incoming) readHead() (*facetv1.Failure, error) {
	r, cfg := in.Request, &in.m.cfg
	if len(r.Body) > Window {
		return nil, violation("%d bytes of body in a head", len(r.Body))
	}
	if !httpguts.ValidHeaderFieldName(r.Method) || len(r.Method) > maxBinding {
		return nil, violation("request method %q", bounded(r.Method, 100))
	}
	if r.WebSocket && (r.Method != "GET" || r.HasBody) {
		return nil, violation("a WebSocket asked for with method %q, or with a body", bounded(r.Method, 100))
	}
	in.size = len(r.Url) + len(r.Headers) + len(r.Body)
	in.window -= len(r.Body)
	in.complete = r.End || !r.HasBody
	if len(r.Body) > 0 {
		in.chunks = append(in.chunks, r.Body)
	}
	if len(r.Headers)+len(r.Url) > cfg.HeaderBytes {
		return headTooLarge, nil
	}
	if err := checkHeaders(r.Headers, cfg.HeaderEntries); err != nil {
		if IsViolation(err) {
			return nil, err
		}
		return headTooLarge, nil
	}
	u, err := url.Parse(r.Url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !httpguts.ValidHeaderFieldValue(r.Url) {
		return &facetv1.Failure{Kind: facetv1.Failure_KIND_EXCEPTION, Name: "TypeError",
			Message: "Invalid URL: " + bounded(r.Url, 200)}, nil
	}
	return nil, nil
}

var headTooLarge = tooMuch("The URL and the header fields of the request are larger than the limit allows.")

// checkTarget checks the shape of what a runner names. Whether it may be called
// is not looked at here. inner is what props may refer to, behind a place in it.
func checkTarget(t *facetv1.Target, inner []*facetv1.Ref, place int) error {
	bad := func(s string, limit int) bool { return len(s) > limit || !utf8.ValidString(s) }
	wrong := false
	switch to := t.GetTo().(type) {
	case *facetv1.Target_Facet:
		wrong = to.Facet == nil || bad(to.Facet.Name, maxFacetName)
	case *facetv1.Target_Object:
		o := to.Object
		wrong = o == nil || bad(o.Namespace, maxBinding) || bad(o.Name, MaxMessage) || !isObjectID(o.Id)
	case *facetv1.Target_Entrypoint:
		e := to.Entrypoint
		wrong = e == nil || bad(e.Loader, maxBinding) || bad(e.Worker, MaxMessage) || bad(e.Name, maxExport) || len(e.Refs) > refs.MaxRefs
		for _, i := range e.GetRefs() {
			wrong = wrong || int(i) <= place || int(i) >= len(inner)
		}
	case *facetv1.Target_Handle:
		wrong = to.Handle == 0
	case *facetv1.Target_Host, *facetv1.Target_Outbound:
	default:
		return violation("a call for nobody that a runner can name")
	}
	if wrong {
		return violation("a target of the wrong shape: %T", t.To)
	}
	return nil
}

func isObjectID(s string) bool {
	return len(s) == objectDigits && strings.Trim(s, "0123456789abcdef") == ""
}
