package supervisor

import (
	"github.com/facetd/facetd/plugin-proto/value"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// maxOperation bounds the arguments of an operation, in bytes. They are decoded
// on the goroutine that receives what the instance says.
const maxOperation = 256 << 10

// operate takes an operation of the host (docs/projects.md). What later calls
// depend on, the end of stubs, happens before it returns.
func (c *caller) operate(in *wire.Incoming) func() {
	rest, err := c.begin(in)
	return func() {
		if err == nil && rest != nil {
			err = rest(in.Context())
		}
		if err != nil {
			in.Fail(c.failure(err))
			return
		}
		in.Result(null)
	}
}

// begin does what must be in order and returns the rest.
func (c *caller) begin(in *wire.Incoming) (rest remainder, err error) {
	if in.Request != nil || len(in.Args) > maxOperation {
		return nil, errOperation
	}
	var args []any
	if err := value.Unmarshal(in.Args, &args); err != nil {
		return nil, errOperation
	}
	switch in.Method {
	case "facets.abort":
		name, ok := text(args, 0)
		why, ok2 := at(args, 1).(map[string]any)
		if !ok || !ok2 {
			return nil, errOperation
		}
		class, _ := why["name"].(string)
		message, _ := why["message"].(string)
		return nil, c.facets().Abort(name, reason(class, message))
	case "facets.delete":
		if name, ok := text(args, 0); ok {
			return c.facets().beginDelete(name)
		}
	case "facets.deleteAll":
		return c.facets().beginDeleteAll()
	case "facets.clone":
		src, ok := text(args, 0)
		dst, ok2 := text(args, 1)
		if ok && ok2 {
			return c.facets().beginClone(src, dst)
		}
	case "loaders.load":
		loader, ok := text(args, 0)
		id, hasID := text(args, 1)
		callback, ok2 := at(args, 2).(int64)
		if !ok || !ok2 || loader == "" || callback < 0 {
			return nil, errOperation
		}
		w, err := c.find(loader, id, hasID, uint64(callback))
		if err != nil {
			return nil, err
		}
		return w.Prepare, nil
	}
	return nil, errOperation
}

func at(args []any, i int) any {
	if i >= len(args) {
		return nil
	}
	return args[i]
}

func text(args []any, i int) (string, bool) {
	s, ok := at(args, i).(string)
	return s, ok
}
