package tree

import (
	"fmt"
	"slices"
)

// Number names a facet within its object, and its files. It is never given
// twice in the life of an object; 0 is the object itself.
type Number uint64

// tree is the content of an index: who is whose child. Not safe for concurrent
// use.
type tree struct {
	next  Number // the smallest number never used
	nodes map[Number]*node
	// ops counts the operations that led here, for the decision to compact.
	ops int
}

type node struct {
	number   Number
	parent   Number
	name     string
	depth    int // 1 for the root
	children map[string]Number
}

func newTree() *tree {
	return &tree{next: 1, nodes: map[Number]*node{0: {depth: 1}}}
}

// check tells whether an operation can be applied.
func (t *tree) check(o op) error {
	switch o.kind {
	case opCreate:
		parent := t.nodes[o.parent]
		switch {
		case parent == nil:
			return fmt.Errorf("%w: parent %d", ErrNotFound, o.parent)
		case o.number == 0 || o.number == ^Number(0) || t.nodes[o.number] != nil:
			return fmt.Errorf("number %d is taken", o.number)
		case parent.depth >= maxDepth:
			return ErrDepth
		}
		if _, ok := parent.children[o.name]; ok {
			return fmt.Errorf("%w: %q", ErrExists, o.name)
		}
		return CheckName(o.name)
	case opDelete:
		if o.number == 0 || t.nodes[o.number] == nil {
			return fmt.Errorf("%w: number %d", ErrNotFound, o.number)
		}
	case opNext:
		if o.number < t.next {
			return fmt.Errorf("the next number goes back from %d to %d", t.next, o.number)
		}
	}
	return nil
}

// apply changes the tree and returns the numbers that ended, children first.
func (t *tree) apply(o op) (ended []Number, err error) {
	if err := t.check(o); err != nil {
		return nil, err
	}
	t.ops++
	switch o.kind {
	case opCreate:
		parent := t.nodes[o.parent]
		if parent.children == nil {
			parent.children = map[string]Number{}
		}
		parent.children[o.name] = o.number
		t.nodes[o.number] = &node{number: o.number, parent: o.parent, name: o.name, depth: parent.depth + 1}
		t.next = max(t.next, o.number+1)
	case opDelete:
		ended = t.subtree(o.number)
		slices.Reverse(ended)
		n := t.nodes[o.number]
		delete(t.nodes[n.parent].children, n.name)
		for _, e := range ended {
			delete(t.nodes, e)
		}
	case opNext:
		t.next = o.number
	}
	return ended, nil
}

// subtree lists a facet and all below it, parents before children, in an order
// that depends on the tree alone.
func (t *tree) subtree(n Number) []Number {
	out := []Number{n}
	for i := 0; i < len(out); i++ {
		out = append(out, t.childNumbers(out[i])...)
	}
	return out
}

// childNumbers lists the children of a facet by ascending number.
func (t *tree) childNumbers(n Number) []Number {
	var out []Number
	for _, c := range t.nodes[n].children {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// compact lists the operations that make this tree from nothing.
func (t *tree) compact() []op {
	ops := []op{{kind: opNext, number: t.next}}
	for _, n := range t.subtree(0)[1:] {
		ops = append(ops, op{kind: opCreate, number: n, parent: t.nodes[n].parent, name: t.nodes[n].name})
	}
	return ops
}
