package runner

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

const (
	// maxPacket is where one packet ends and the next begins, in bytes of content
	// and frameBytes for each frame. The supervisor takes messages of 4 MiB and
	// packets of 32768 frames; only a packet of one frame may be larger than this.
	maxPacket  = 256 << 10
	frameBytes = 64
	// maxResult bounds an encoded result, in bytes; the rest of the 4 MiB is the
	// envelope's.
	maxResult = 4<<20 - 4096
	// maxPending bounds the console lines that are kept for a channel that is not
	// open yet: those of the module and the constructor.
	maxPending = 1024
)

// outbox carries the engine's messages to the supervisor.
type outbox struct {
	loaded chan loadResult
	maps   sourceMap
	// refused fails a call of the instance that cannot be made.
	refused func(call uint64, err error)
	// post hands a message to the engine.
	post     func(js.Message)
	computer computer

	mu      sync.Mutex // serialises Send, which gRPC asks for
	stream  facetv1.Facet_ChannelServer
	pending []*facetv1.Frame
}

func (o *outbox) attach(stream facetv1.Facet_ChannelServer) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stream != nil {
		return status.Error(codes.FailedPrecondition, "the channel is open already")
	}
	o.stream = stream
	frames := o.pending
	o.pending = nil
	for len(frames) > 0 {
		n := packetLen(frames)
		if err := stream.Send(&facetv1.Packet{Frames: frames[:n]}); err != nil {
			return err
		}
		frames = frames[n:]
	}
	return nil
}

// packetLen returns how many of the frames go into the next packet; at least one.
func packetLen(frames []*facetv1.Frame) int {
	size := 0
	for n, f := range frames {
		if size += f.SizeVT() + frameBytes; size > maxPacket && n > 0 {
			return n
		}
	}
	return len(frames)
}

// run forwards messages for the life of the process. Messages that became ready
// together travel in one packet.
func (o *outbox) run(engine *js.Engine) {
	var frames []*facetv1.Frame
	for {
		messages, err := engine.Receive(context.Background())
		if errors.Is(err, io.EOF) {
			return // Stop: the supervisor ends the process
		}
		if err != nil {
			exit(1)
		}
		frames = frames[:0]
		for i := range messages {
			m := &messages[i]
			if m.Kind == js.OutRelease {
				frames = append(frames, released(m.S1)...)
				continue
			}
			f := o.frame(m)
			if f == nil {
				continue
			}
			if m.Kind == js.OutError {
				frames = append(frames, uncaught(f.GetFailure()))
			}
			frames = append(frames, f)
		}
		o.send(frames)
	}
}

// send is given a slice that it does not keep.
func (o *outbox) send(frames []*facetv1.Frame) {
	if len(frames) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stream == nil {
		o.keep(frames)
		return
	}
	for len(frames) > 0 {
		n := packetLen(frames)
		// An error means that the supervisor is gone; the link's reader ends the
		// process then.
		_ = o.stream.Send(&facetv1.Packet{Frames: frames[:n]})
		frames = frames[n:]
	}
}

// keep keeps frames for a channel that is not open yet. They are copied, since
// they point into the engine's messages; o.mu is held.
func (o *outbox) keep(frames []*facetv1.Frame) {
	for _, f := range frames {
		if f.GetLog() != nil && len(o.pending) >= maxPending {
			continue
		}
		b, err := f.MarshalVT()
		kept := &facetv1.Frame{}
		if err == nil {
			err = kept.UnmarshalVT(b)
		}
		if err != nil {
			exit(1)
		}
		o.pending = append(o.pending, kept)
	}
}
