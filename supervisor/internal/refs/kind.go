package refs

import facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"

// Kind returns what a handle is; false where there is none of that number.
func (t *Table) Kind(handle uint64) (facetv1.Ref_Kind, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.handles[handle]
	return c.Kind, ok
}
