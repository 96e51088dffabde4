package refs

import facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"

// Cap is what a reference stands for outside of any table. Exactly one of Export and
// Durable is set. Whoever has a Cap gives it to [Table.Send] or to [Drop], once.
type Cap struct {
	Kind   facetv1.Ref_Kind
	Export *Export
	// Durable is the supervisor's: a stub or a class.
	Durable any
	// Bytes is what a durable one keeps in memory.
	Bytes int
}

// Export is something that an instance keeps and others hold.
type Export struct {
	table  *Table
	number uint64
	kind   facetv1.Ref_Kind

	// Guarded by the table's mu.
	held      int    // by handles and in messages
	travelled uint32 // times that the instance has sent it
	gone      bool   // the instance was told that nobody holds it
}

// Owner is what the table of the instance was made for.
func (e *Export) Owner() any { return e.table.owner }

// Number is what the instance calls it.
func (e *Export) Number() uint64 { return e.number }

// Drop gives caps up. The last one of an export tells the exporter so.
func Drop(caps ...Cap) {
	for _, c := range caps {
		if c.Export != nil {
			c.Export.drop()
		}
	}
}

func (e *Export) hold() {
	e.table.mu.Lock()
	e.held++
	e.table.mu.Unlock()
}

func (e *Export) drop() {
	t := e.table
	t.mu.Lock()
	e.held--
	// Whoever looked a handle up while its table ended may hold it once more.
	gone := e.held == 0 && t.ended == nil && !e.gone
	if gone {
		e.gone = true
		delete(t.exports, e.number)
	}
	release := t.release
	t.mu.Unlock()
	if gone && release != nil {
		release(e.number, e.travelled)
	}
}
