package runner

import (
	"fmt"
	"strconv"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// The number of Response and Error messages has a flag above its low half, that of
// failures another.
const (
	numberMask       = 0xffff
	numberFlag       = 1 << 16
	numberOverloaded = 1 << 18
)

// statusSwitching is the status of a response with a WebSocket.
const statusSwitching = 101

// logError is the level of console.error; see facet.proto.
const logError = 4

// frame makes the frame for one message of the engine, or nil for one that ends
// here. Message bytes are valid until the next Receive; Send encodes before that.
func (o *outbox) frame(m *js.Message) *facetv1.Frame {
	f := &facetv1.Frame{Call: m.Call}
	switch m.Kind {
	case js.OutResponse:
		head := &facetv1.ResponseHead{
			Status:     uint32(m.A) & numberMask,
			StatusText: string(m.S1),
			Headers:    m.S2,
			Body:       m.Body,
			End:        m.A&numberFlag == 0,
		}
		if head.Status == statusSwitching {
			head.WebSocket = true
			head.Splice, _ = strconv.ParseUint(string(m.S3), 10, 64) // empty: its own
		}
		f.Kind = &facetv1.Frame_Response{Response: head}
	case js.OutChunk:
		f.Kind = &facetv1.Frame_Chunk{Chunk: &facetv1.Chunk{Data: m.Body, End: m.A == 1}}
	case js.OutPart:
		f.Kind = &facetv1.Frame_Chunk{Chunk: &facetv1.Chunk{Data: m.Body}}
	case js.OutRpcResult:
		o.result(f, m)
	case js.OutCredit:
		f.Kind = &facetv1.Frame_Credit{Credit: &facetv1.Credit{Bytes: uint32(m.A)}}
	case js.OutHostFetch, js.OutHostRpc:
		return o.hostCall(m)
	case js.OutCompute:
		o.computer.add(m)
		return nil
	case js.OutTrace:
		f.Kind = &facetv1.Frame_Trace{Trace: &facetv1.Trace{Json: o.trace(m.S1)}}
	case js.OutAlarm:
		f.Kind = &facetv1.Frame_Alarm{Alarm: alarmOf(m.A)}
	case js.OutHostCancel:
		f.Kind = &facetv1.Frame_Cancel{Cancel: &facetv1.Cancel{}}
	case js.OutLog:
		f.Kind = &facetv1.Frame_Log{Log: &facetv1.Log{Level: uint32(m.A) & numberMask, Text: o.maps.apply(string(m.S1)), Dropped: uint32(m.A >> 16)}}
	case js.OutError:
		failure := o.failure(m)
		if m.Call == 0 {
			o.loaded <- loadResult{failure: failure}
			return nil
		}
		f.Kind = &facetv1.Frame_Failure{Failure: failure}
	case js.OutBroken:
		failure := o.failure(m)
		select {
		case o.loaded <- loadResult{failure: failure}: // the constructor aborted
		default:
		}
		f.Kind = &facetv1.Frame_Broken{Broken: &facetv1.Broken{Failure: failure}}
	case js.OutLoaded:
		o.loaded <- loadResult{exports: append([]byte(nil), m.S1...)}
		return nil
	default:
		return socketFrame(m)
	}
	return f
}

// result makes the answer to a method call, or the failure that it could not be
// sent.
func (o *outbox) result(f *facetv1.Frame, m *js.Message) {
	var inner innerRefs
	d, err := parseDetails(m.S2)
	result := &facetv1.RpcResult{Value: m.Body}
	if err == nil {
		result.Refs, err = inner.refs(d.Refs)
	}
	if size := len(m.Body) + len(m.S2); err == nil && size > maxResult {
		err = fmt.Errorf("the result of the method has %d bytes, at most %d can be returned: return less, or stream it with fetch", size, maxResult)
	}
	if err != nil {
		o.unsent(d)
		f.Kind = &facetv1.Frame_Failure{Failure: &facetv1.Failure{
			Kind: facetv1.Failure_KIND_EXCEPTION, Name: "RangeError", Message: err.Error(),
		}}
		return
	}
	result.Inner = inner.list
	f.Kind = &facetv1.Frame_RpcResult{RpcResult: result}
}

// hostCall makes the frame that opens a call of the instance. A call for nobody
// fails at once.
func (o *outbox) hostCall(m *js.Message) *facetv1.Frame {
	var inner innerRefs
	var d details
	var refs []*facetv1.Ref
	target, rest, err := splitTarget(m.Body, &inner)
	if err == nil && m.Kind == js.OutHostRpc {
		if d, err = parseDetails(m.S2); err == nil {
			refs, err = inner.refs(d.Refs)
		}
	}
	if size := len(m.Body) + len(m.S1) + len(m.S2) + len(m.S3); err == nil && size > maxResult {
		err = fmt.Errorf("the arguments or header fields of the call have %d bytes, at most %d can be sent", size, maxResult)
	}
	if err != nil {
		o.unsent(d)
		o.refused(m.Call, err)
		return nil
	}
	f := &facetv1.Frame{Call: m.Call}
	if m.Kind == js.OutHostRpc {
		f.Kind = &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: string(m.S1), Args: rest, Target: target,
			Refs: refs, Inner: inner.list, Path: d.Path, Property: d.Property}}
		return f
	}
	f.Kind = &facetv1.Frame_Request{Request: &facetv1.RequestHead{
		Method: string(m.S1), Url: string(m.S2), Headers: m.S3, Body: rest,
		WebSocket: m.A&fetchWebSocket != 0,
		HasBody:   m.A&fetchHasBody != 0, End: m.A&fetchHasBody == 0 || m.A&fetchComplete != 0,
		Target: target, Inner: inner.list, Forward: uint64(m.A >> forwardShift),
	}}
	return f
}

func (o *outbox) failure(m *js.Message) *facetv1.Failure {
	return &facetv1.Failure{
		Kind:               facetv1.Failure_Kind(m.A & numberMask),
		Name:               string(m.S1),
		Message:            string(m.S2),
		Stack:              o.maps.apply(string(m.S3)),
		DurableObjectReset: m.A&numberFlag != 0,
		Overloaded:         m.A&numberOverloaded != 0,
	}
}

// uncaught is the console line for a call that failed: the caller is told less,
// and a client nothing.
func uncaught(f *facetv1.Failure) *facetv1.Frame {
	text := "Uncaught " + f.Name + ": " + f.Message
	if f.Stack != "" {
		text += "\n" + f.Stack
	}
	return &facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{Level: logError, Text: text}}}
}
