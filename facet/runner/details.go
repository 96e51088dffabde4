package runner

import (
	"encoding/json"
	"errors"
	"fmt"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// maxRefs bounds the references of a message (docs/projects.md, References).
const maxRefs = 1024

var errDetails = errors.New("the runtime gave details that nobody understands")

// details are what a method call or its answer says beside its value;
// docs/projects.md, References.
type details struct {
	Refs     []jsonRef `json:"refs,omitempty"`
	Path     []string  `json:"path,omitempty"`
	Property bool      `json:"property,omitempty"`
}

// jsonRef is a reference as the runtime encodes it.
type jsonRef struct {
	Export uint64      `json:"export,omitempty"`
	Handle uint64      `json:"handle,omitempty"`
	Yours  uint64      `json:"yours,omitempty"`
	Target *jsonTarget `json:"target,omitempty"`
	Kind   uint32      `json:"kind"`
}

// parseDetails reads what the runtime says about a message; none is none.
func parseDetails(text []byte) (d details, err error) {
	if len(text) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, errDetails
	}
	if len(d.Refs) > maxRefs {
		return d, fmt.Errorf("a message refers to %d functions, objects and streams, at most %d can be sent", len(d.Refs), maxRefs)
	}
	return d, nil
}

// innerRefs is the list of what the props of targets refer to. Props of a target
// stand behind the reference whose target it is.
type innerRefs struct{ list []*facetv1.Ref }

// add adds references to the list and returns their places.
func (l *innerRefs) add(refs []jsonRef) ([]uint32, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	if len(l.list)+len(refs) > maxRefs {
		return nil, fmt.Errorf("the props of a message refer to more than %d stubs", maxRefs)
	}
	first := len(l.list)
	l.list = append(l.list, make([]*facetv1.Ref, len(refs))...)
	places := make([]uint32, len(refs))
	for i := range refs {
		r, err := l.ref(&refs[i])
		if err != nil {
			return nil, err
		}
		places[i] = uint32(first + i)
		l.list[first+i] = r
	}
	return places, nil
}

// refs makes references of the runtime's; their targets' props go to the list.
func (l *innerRefs) refs(list []jsonRef) ([]*facetv1.Ref, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]*facetv1.Ref, len(list))
	for i := range list {
		var err error
		if out[i], err = l.ref(&list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *innerRefs) ref(j *jsonRef) (*facetv1.Ref, error) {
	r := &facetv1.Ref{Kind: facetv1.Ref_Kind(j.Kind)}
	switch {
	case j.Export != 0:
		r.To = &facetv1.Ref_Export{Export: j.Export}
	case j.Handle != 0:
		r.To = &facetv1.Ref_Handle{Handle: j.Handle}
	case j.Target != nil:
		t, err := l.target(j.Target)
		if err != nil {
			return nil, err
		}
		r.To = &facetv1.Ref_Target{Target: t}
	default:
		return nil, errDetails
	}
	return r, nil
}

// detailsOf is what the runtime is told about a message of the supervisor; nil
// where there is nothing to say.
func detailsOf(refs []*facetv1.Ref, path []string, property bool) []byte {
	if len(refs) == 0 && len(path) == 0 && !property {
		return nil
	}
	b, err := json.Marshal(details{Refs: refsOf(refs), Path: path, Property: property})
	if err != nil { // numbers and strings cannot fail
		exit(1)
	}
	return b
}

func refsOf(refs []*facetv1.Ref) []jsonRef {
	if len(refs) == 0 {
		return nil
	}
	out := make([]jsonRef, len(refs))
	for i, r := range refs {
		out[i] = jsonRef{Handle: r.GetHandle(), Yours: r.GetYours(), Kind: uint32(r.GetKind())}
	}
	return out
}
