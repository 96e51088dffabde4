package supervisor

import (
	"bytes"

	"github.com/facetd/facetd/plugin-proto/value"
)

// workerCode reads the answer of a loader's callback; docs/projects.md. What is
// missing is refused with the rest of the code's faults.
//
// parts is what came ahead of it, which modules may refer to.
func workerCode(v any, parts []byte, host Limits) (WorkerCode, error) {
	var code WorkerCode
	o, ok := v.(map[string]any)
	if !ok {
		return code, errCode
	}
	if code.CompatibilityDate, ok = optional(o, "compatibilityDate"); !ok {
		return code, fieldError("compatibilityDate", "string")
	}
	if code.MainModule, ok = optional(o, "mainModule"); !ok {
		return code, fieldError("mainModule", "string")
	}
	if flags, ok := given(o, "compatibilityFlags"); ok {
		list, ok := flags.([]any)
		for _, f := range list {
			s, isText := f.(string)
			ok = ok && isText
			code.CompatibilityFlags = append(code.CompatibilityFlags, s)
		}
		if !ok {
			return code, fieldError("compatibilityFlags", "Array<string>")
		}
	}
	modules, ok := o["modules"].(map[string]any)
	if !ok {
		return code, fieldError("modules", "object")
	}
	code.Modules = make(map[string]Module, len(modules))
	for name, m := range modules {
		module, err := workerModule(name, m, parts)
		if err != nil {
			return code, err
		}
		code.Modules[name] = module
	}
	if env, ok := given(o, "env"); ok {
		if code.Env, ok = env.(map[string]any); !ok {
			return code, fieldError("env", "object")
		}
	}
	limits, ok := readLimits(o)
	if !ok {
		return code, fieldError("limits", "object of integers")
	}
	if own := limits.within(host); own != host {
		code.Limits = &own
	}
	return code, nil
}

// given reads a field that may be absent, null or undefined.
func given(o map[string]any, key string) (any, bool) {
	v := o[key]
	if _, undefined := v.(value.Undefined); v == nil || undefined {
		return nil, false
	}
	return v, true
}

func fieldError(field, kind string) error {
	return codeTypeErrorf("Incorrect type for the '%s' field on 'WorkerCode': the provided value is not of type '%s'.", field, kind)
}

// workerModule reads one module (facts L22 to L24).
func workerModule(name string, v any, parts []byte) (Module, error) {
	if s, ok := v.(string); ok {
		return JS(s), nil
	}
	if b, ok := v.([]byte); ok {
		return Data(b), nil
	}
	o, ok := v.(map[string]any)
	if !ok || len(o) != 1 {
		return Module{}, codeTypeErrorf("Each module must contain exactly one of 'js', 'cjs', 'text', 'data', 'json', 'py', or 'wasm'. Module '%.200s' contained %d properties.", name, len(o))
	}
	for kind, content := range o {
		k, known := moduleKinds[kind]
		binary := k == kindData || k == kindWasm
		switch content := content.(type) {
		case []any:
			return moduleOf(name, kind, content, parts)
		case string:
			if known && !binary {
				return Module{kind: k, content: []byte(content)}, nil
			}
		case []byte:
			if known && binary {
				return Module{kind: k, content: bytes.Clone(content)}, nil // of a larger buffer
			}
		}
	}
	return Module{}, codeTypeErrorf("Module '%.200s' is of a kind that is not supported, or its content is of the wrong type.", name)
}

// moduleKinds are the kinds of modules that the runtime sends.
var moduleKinds = map[string]moduleKind{"js": kindJS, "cjs": kindCJS, "text": kindText, "json": kindJSON, "data": kindData, "wasm": kindWasm}

// moduleOf is a module whose content stands in the parts: where, and how long it is.
func moduleOf(name, kind string, place []any, parts []byte) (Module, error) {
	k, known := moduleKinds[kind]
	from, ok := number(at(place, 0))
	size, ok2 := number(at(place, 1))
	if !known || len(place) != 2 || !ok || !ok2 || from > uint64(len(parts)) || size > uint64(len(parts))-from {
		return Module{}, codeTypeErrorf("The content of module '%.200s' is not among what came with the code.", name)
	}
	return Module{kind: k, content: parts[from : from+size : from+size]}, nil
}
