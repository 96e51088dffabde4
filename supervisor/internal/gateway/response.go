package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/facetd/facetd/supervisor/internal/wire"
)

// respond writes an answer. The head has been checked by package wire; here the
// fields that the facet may not set are taken out and the length is made true.
func (o *Options) respond(ctx context.Context, w http.ResponseWriter, r *http.Request, call *wire.Call, head *wire.Head) error {
	h := w.Header()
	fields := head.Header()
	o.copyFields(h, fields)
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // no guessing from the content
	}
	length, declared := contentLength(fields)
	if r.Method == http.MethodHead || head.Status == http.StatusNoContent || head.Status == http.StatusNotModified {
		if declared && head.Status != http.StatusNoContent {
			h["Content-Length"] = []string{strconv.FormatInt(length, 10)}
		}
		w.WriteHeader(head.Status)
		return nil
	}
	if body, ok := call.Complete(); ok {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
		w.WriteHeader(head.Status)
		if len(body) > bufferedBody {
			patience := o.newPatience(w, r)
			defer patience.end()
			patience.renew()
		}
		_, err := w.Write(body)
		return err
	}
	if declared {
		h["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	}
	w.WriteHeader(head.Status)
	patience := o.newPatience(w, r)
	defer patience.end()
	return copyBody(ctx, w, call, length, declared, patience)
}

// copyFields copies the fields that a facet may set.
func (o *Options) copyFields(h, from http.Header) {
	named := connectionOptions(from)
	for name, values := range from {
		switch {
		case hopByHop[name] || named[name] || proxyCommand(name):
		case !o.AllowSiteHeaders && siteHeaders[name]:
		case !o.AllowSiteHeaders && name == "Set-Cookie":
			if values = ownCookies(values); len(values) > 0 {
				h[name] = values
			}
		default:
			h[name] = values
		}
	}
}

// copyBody streams a response body, flushing whenever nothing more is there.
func copyBody(ctx context.Context, w http.ResponseWriter, call *wire.Call, length int64, declared bool, patience patience) error {
	control := http.NewResponseController(w)
	var total int64
	for {
		patience.renew()
		if !call.Pending() { // the client gets what there is before we wait
			if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
		}
		b, err := call.Next(ctx)
		if errors.Is(err, io.EOF) {
			if declared && total != length {
				return fmt.Errorf("the facet announced %d bytes of body and sent %d", length, total)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if total += int64(len(b)); declared && total > length {
			return fmt.Errorf("the facet announced %d bytes of body and sent more", length)
		}
		patience.renew() // Next may have waited
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
}

// contentLength returns the announced length where it is one number.
func contentLength(h http.Header) (int64, bool) {
	values := h["Content-Length"]
	if len(values) != 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(values[0], 10, 63)
	return int64(n), err == nil
}

// ownCookies drops the cookies that name a domain: they would reach the
// application's neighbours.
func ownCookies(values []string) []string {
	kept := values[:0:0]
	for _, v := range values {
		domain := false
		for i, part := range strings.Split(v, ";") {
			name, _, _ := strings.Cut(part, "=")
			domain = domain || i > 0 && strings.EqualFold(strings.TrimSpace(name), "domain")
		}
		if !domain {
			kept = append(kept, v)
		}
	}
	return kept
}
