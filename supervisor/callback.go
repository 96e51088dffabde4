package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/facetd/facetd/plugin-proto/value"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// maxPlainID bounds an id that is a plain string (fact F35), in bytes.
const maxPlainID = 64 << 10

var errNoCode = errors.New("the worker is not loaded, and no callback says what its code is")

// thrown makes an error of a class of JavaScript's that the caller gets as it is.
func thrown(name, message string) error { return &fault.RemoteError{Name: name, Message: message} }

// The texts of facts F29 and F30; the first without the name of a C++ type.
var (
	errOptions = thrown("TypeError", "Cannot initialize StartupOptions with required members from an undefined or null value.")
	errClass   = thrown("TypeError", "Incorrect type for the 'class' field on 'StartupOptions': the provided value is not of type "+
		"'DurableObjectClass or LoopbackDurableObjectNamespace or LoopbackColoLocalActorNamespace'.")
	errID   = thrown("TypeError", "Incorrect type for the 'id' field on 'StartupOptions': the provided value is not of type 'DurableObjectId or string'.")
	errCode = thrown("TypeError", "Callback returned incorrect type; expected 'Promise'") // fact L39
)

// callbackLate is why a start ends whose callback hangs; who made the call is told.
func callbackLate(limit time.Duration) error {
	return &fault.VerdictError{Verdict: fault.StartFailed, Reason: thrown("Error", fmt.Sprintf("The callback did not return within %v.", limit))}
}

// ask calls a function of the instance and decodes what it returns, with a *Stub or
// Class in the place of each reference.
func (c *caller) ask(ctx context.Context, number uint64) (any, error) {
	ctx, stop := c.patience(ctx)
	defer stop()
	answer, err := c.instance.Mux().Callback(ctx, number)
	if err != nil {
		return nil, err
	}
	return c.decode(ctx, answer)
}

// patience bounds how long a callback may take.
func (c *caller) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := c.inc.node.object.host.cfg.StartTimeout
	return context.WithTimeoutCause(ctx, limit, callbackLate(limit))
}

// decode decodes an answer. Few are decoded at a time: a small text can stand for a
// great deal of memory.
func (c *caller) decode(ctx context.Context, answer wire.Result) (any, error) {
	h := c.inc.node.object.host
	defer refs.Drop(answer.Caps...)
	select {
	case h.decoding <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-h.decoding }()
	var v any
	err := value.UnmarshalRefs(answer.Value, &v, func(r value.Ref) (any, error) { return durable(answer.Caps, r) })
	return v, err
}

// startup returns the callback of a facet that the instance names.
func (c *caller) startup(number uint64) Callback {
	if number == 0 {
		return nil
	}
	return func(ctx context.Context) (StartupOptions, error) {
		v, err := c.ask(ctx, number)
		if err != nil {
			return StartupOptions{}, err
		}
		return c.options(v)
	}
}

// options reads start options; docs/projects.md.
func (c *caller) options(v any) (StartupOptions, error) {
	var none StartupOptions
	o, ok := v.(map[string]any)
	if !ok {
		return none, errOptions
	}
	class, err := c.class(o["class"])
	if err != nil {
		return none, err
	}
	out := StartupOptions{Class: class}
	id, ok := o["id"]
	if !ok {
		return out, nil
	}
	switch id := id.(type) {
	case value.Undefined:
	case string:
		if len(id) > maxPlainID {
			return none, errID
		}
		out.ID = PlainID(id)
	case map[string]any:
		digits, ok := id["id"].(string)
		if !ok || !isHexID(digits) {
			return none, errID
		}
		out.ID.id = digits
		out.ID.name, out.ID.hasName = id["name"].(string)
	default:
		return none, errID
	}
	return out, nil
}

// class reads a class: of the own worker, of one of a loader, or one that was given
// to the instance.
func (c *caller) class(v any) (Class, error) {
	if given, ok := v.(Class); ok {
		return given, nil
	}
	o, ok := v.(map[string]any)
	if !ok {
		return Class{}, errClass
	}
	name, ok := o["name"].(string)
	loader, ok2 := optional(o, "loader")
	id, ok3 := optional(o, "worker")
	callback, ok4 := number(o["callback"])
	if !ok || !ok2 || !ok3 || !ok4 || len(name) > 4096 {
		return Class{}, errClass
	}
	_, hasID := o["worker"].(string)
	w, err := c.find(loader, id, hasID, callback)
	if err != nil {
		return Class{}, err
	}
	class := w.Class(name)
	if class.limits, ok = readLimits(o); !ok {
		return Class{}, errClass
	}
	if props, ok := o["props"]; ok {
		if class.props, class.caps, err = marshalRefs(props); err != nil {
			return Class{}, err
		}
	}
	if len(class.props) > maxProps {
		return Class{}, codeErrorf("the props of class %.40q have %d bytes, more than %d", name, len(class.props), maxProps)
	}
	return class, nil
}

// optional reads a string that may be absent; false where it is something else.
func optional(o map[string]any, key string) (string, bool) {
	switch v := o[key].(type) {
	case nil, value.Undefined:
		return "", true
	case string:
		return v, true
	}
	return "", false
}

// number reads a callback's number that may be absent.
func number(v any) (uint64, bool) {
	switch v := v.(type) {
	case nil, value.Undefined:
		return 0, true
	case int64:
		return uint64(v), v >= 0
	}
	return 0, false
}

func isHexID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
