package codec

import (
	"testing"

	"google.golang.org/grpc/mem"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Attack 75: two bytes on the wire must not become a hundred in memory, two
// million times.
func TestPacketOfEmptyFrames(t *testing.T) {
	tests := []struct {
		name   string
		frames int
		ok     bool
	}{
		{"none", 0, true},
		{"as many as may be", maxFrames, true},
		{"one more", maxFrames + 1, false},
		{"4 MiB of them", 2 << 20, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := make([]byte, 0, 2*tt.frames)
			for range tt.frames {
				b = append(b, 0x0a, 0x00) // field 1, length 0
			}
			var p facetv1.Packet
			var err error
			allocs := testing.AllocsPerRun(1, func() {
				p = facetv1.Packet{}
				err = New().Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, &p)
			})
			if (err == nil) != tt.ok || tt.ok && len(p.Frames) != tt.frames {
				t.Errorf("%d frames, error %v", len(p.Frames), err)
			}
			if !tt.ok && allocs > 100 {
				t.Errorf("%v allocations for a packet that is refused", allocs)
			}
		})
	}
}

// A cut field is an error of the codec, as it is of the message.
func TestPacketCut(t *testing.T) {
	var p facetv1.Packet
	for _, b := range [][]byte{{0x0a}, {0x0a, 5, 0}, {0xff}, {0x0b}} {
		if err := New().Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, &p); err == nil {
			t.Errorf("% x: accepted", b)
		}
	}
}
