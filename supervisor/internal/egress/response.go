package egress

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"
)

// Response is an answer. Its header has passed checks of its shape, not of its
// size.
type Response struct {
	Status int // 200 to 599
	Text   string
	Header http.Header
	// Body has been decoded where it came in gzip; its errors are an *[Error] or the
	// cause of the request's end. nil for none.
	Body io.Reader

	close func()
}

// Close ends the answer; it may be called more than once.
func (r *Response) Close() { r.close() }

// read checks an answer and prepares its body. release is called once, by the
// response's Close, unless there is an error.
func read(resp *http.Response, dest destination, release func()) (*Response, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 599 {
		return nil, lost(dest.String(), "status %d", resp.StatusCode)
	}
	out, err := head(resp, dest)
	if err != nil {
		return nil, err
	}
	out.close = sync.OnceFunc(func() { resp.Body.Close(); release() })
	if resp.Body == http.NoBody || resp.Request.Method == http.MethodHead {
		return out, nil
	}
	body := io.Reader(&reader{from: resp.Body, ctx: resp.Request.Context(), dest: dest})
	if isGzip(resp.Header) {
		// Who passes the answer on must not say that it is encoded.
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		body = &inflater{from: body, ctx: resp.Request.Context(), dest: dest}
	}
	out.Body = body
	return out, nil
}

// head checks the head of an answer.
func head(resp *http.Response, dest destination) (*Response, error) {
	_, text, _ := strings.Cut(resp.Status, " ")
	if !httpguts.ValidHeaderFieldValue(text) {
		return nil, lost(dest.String(), "control characters in the status text")
	}
	dropHop(resp.Header)
	for name, values := range resp.Header {
		for _, v := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
				return nil, lost(dest.String(), "a header field that is none")
			}
		}
	}
	return &Response{Status: resp.StatusCode, Text: text, Header: resp.Header, close: func() {}}, nil
}

func isGzip(h http.Header) bool {
	values := h["Content-Encoding"]
	return len(values) == 1 && (strings.EqualFold(values[0], "gzip") || strings.EqualFold(values[0], "x-gzip"))
}

// reader makes the errors of a body ours.
type reader struct {
	from io.Reader
	ctx  context.Context
	dest destination
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && err != io.EOF {
		err = failed(r.ctx, r.dest, err)
	}
	return n, err
}

// inflater decodes gzip as it is read, so a little that stands for a lot is
// counted as what it stands for.
type inflater struct {
	from io.Reader
	ctx  context.Context
	dest destination
	gzip *gzip.Reader

	in, out int64
}

// maxNothing is how much may come that stands for nothing, in bytes: empty members and
// blocks. Who counts what comes out would never see an end of them.
const maxNothing = 1 << 20

var errNothing = errors.New("gzip that stands for nothing")

// compressed is what the decoder reads.
type compressed struct{ *inflater }

func (c compressed) Read(p []byte) (int, error) {
	if c.in > 2*c.out+maxNothing {
		return 0, errNothing
	}
	n, err := c.from.Read(p)
	c.in += int64(n)
	return n, err
}

func (i *inflater) Read(p []byte) (n int, err error) {
	if i.gzip == nil {
		if i.gzip, err = gzip.NewReader(compressed{i}); err == io.EOF {
			return 0, io.EOF // no body at all
		}
	}
	if err == nil {
		n, err = i.gzip.Read(p)
		i.out += int64(n)
	}
	if err != nil && err != io.EOF {
		err = i.failed(err)
	}
	return n, err
}

func (i *inflater) failed(err error) error {
	if cause := context.Cause(i.ctx); cause != nil {
		return cause
	}
	if own := new(Error); errors.As(err, &own) {
		return own
	}
	return &Error{Host: i.dest.String(), Reason: err.Error(), Told: "Gzip decompression failed.", Class: "TypeError"}
}
