package runner

import (
	"encoding/binary"
	"encoding/json"
	"errors"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// maxTarget bounds the JSON of a target, in bytes: a worker's id and props are
// the application's and may be long.
const maxTarget = 2 << 20

var errTarget = errors.New("the runtime named nobody to call")

// jsonTarget is a target as the runtime encodes it; docs/projects.md.
type jsonTarget struct {
	Facet *struct {
		Name     string `json:"name"`
		Callback uint64 `json:"callback"`
	} `json:"facet"`
	Object *struct {
		Namespace string  `json:"namespace"`
		ID        string  `json:"id"`
		Name      *string `json:"name"`
	} `json:"object"`
	Entrypoint *struct {
		Loader   string    `json:"loader"`
		Worker   *string   `json:"worker"`
		Callback uint64    `json:"callback"`
		Name     string    `json:"name"`
		Props    []byte    `json:"props"` // base64
		Refs     []jsonRef `json:"refs"`
		Limits   *struct {
			CPUMs       uint32  `json:"cpuMs"`
			SubRequests *uint32 `json:"subRequests"`
		} `json:"limits"`
	} `json:"entrypoint"`
	Handle   uint64    `json:"handle"`
	Host     *struct{} `json:"host"`
	Outbound *struct{} `json:"outbound"`
}

// splitTarget takes the target from the front of a host call's body: its length
// as four little-endian bytes, JSON, the rest.
func splitTarget(body []byte, inner *innerRefs) (*facetv1.Target, []byte, error) {
	if len(body) < 4 {
		return nil, nil, errTarget
	}
	n, body := binary.LittleEndian.Uint32(body), body[4:]
	if uint64(n) > uint64(len(body)) || n > maxTarget {
		return nil, nil, errTarget
	}
	var j jsonTarget
	if err := json.Unmarshal(body[:n], &j); err != nil {
		return nil, nil, errTarget
	}
	target, err := inner.target(&j)
	return target, body[n:], err
}

// target makes the target that the runtime named; what its props refer to is
// added to the list.
func (l *innerRefs) target(j *jsonTarget) (*facetv1.Target, error) {
	t := &facetv1.Target{}
	switch {
	case j.Facet != nil:
		t.To = &facetv1.Target_Facet{Facet: &facetv1.FacetTarget{Name: j.Facet.Name, Callback: j.Facet.Callback}}
	case j.Object != nil:
		o := &facetv1.ObjectTarget{Namespace: j.Object.Namespace, Id: j.Object.ID}
		if j.Object.Name != nil {
			o.Name, o.HasName = *j.Object.Name, true
		}
		t.To = &facetv1.Target_Object{Object: o}
	case j.Entrypoint != nil:
		e := &facetv1.EntrypointTarget{Loader: j.Entrypoint.Loader, Callback: j.Entrypoint.Callback,
			Name: j.Entrypoint.Name, Props: j.Entrypoint.Props}
		if j.Entrypoint.Worker != nil {
			e.Worker, e.HasWorker = *j.Entrypoint.Worker, true
		}
		if own := j.Entrypoint.Limits; own != nil {
			e.Limits = &facetv1.CallLimits{CpuMs: own.CPUMs, SubRequests: own.SubRequests}
		}
		var err error
		if e.Refs, err = l.add(j.Entrypoint.Refs); err != nil {
			return nil, err
		}
		t.To = &facetv1.Target_Entrypoint{Entrypoint: e}
	case j.Host != nil:
		t.To = &facetv1.Target_Host{Host: &facetv1.HostTarget{}}
	case j.Outbound != nil:
		t.To = &facetv1.Target_Outbound{Outbound: &facetv1.OutboundTarget{}}
	case j.Handle != 0:
		t.To = &facetv1.Target_Handle{Handle: j.Handle}
	default:
		return nil, errTarget
	}
	return t, nil
}
