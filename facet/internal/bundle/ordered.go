package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
)

// entry is a member of a JSON object whose order counts, as that of conditions in
// a package.json does.
type entry struct {
	key   string
	value any // nil, string, []any, []entry; other values are true
}

// maxNesting bounds how deep "exports" and "imports" go.
const maxNesting = 16

var errNesting = errors.New("nested too deeply")

// ordered decodes JSON with objects as lists of entries; nil for what is not
// JSON.
func ordered(text []byte) any {
	if len(text) == 0 {
		return nil
	}
	v, err := orderedValue(json.NewDecoder(bytes.NewReader(text)), 0)
	if err != nil {
		return nil
	}
	return v
}

func orderedValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errNesting
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case nil, string:
		return t, nil
	case json.Delim:
		list, entries := []any{}, []entry{}
		for d.More() {
			var key string
			if t == '{' {
				k, err := d.Token()
				if err != nil {
					return nil, err
				}
				key = k.(string) // the decoder lets nothing else stand there
			}
			v, err := orderedValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list, entries = append(list, v), append(entries, entry{key, v})
		}
		if _, err := d.Token(); err != nil {
			return nil, err
		}
		if t == '[' {
			return list, nil
		}
		return entries, nil
	}
	return true, nil
}
