package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"
)

// outsideMark stands for the address of the outside in programs and answers.
const outsideMark = "OUTSIDE_ADDRESS"

// newOutside is a server that both systems may reach: what fetch() does there is
// compared, too.
func newOutside() *httptest.Server { return httptest.NewServer(http.HandlerFunc(outside)) }

func outside(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch r.URL.Path {
	case "/redirect":
		code, err := strconv.Atoi(q.Get("code"))
		if err != nil || code < 300 || code > 399 {
			code = http.StatusFound
		}
		if to := q.Get("to"); to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(code)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/gzip":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, "was packed") // the client may be gone
		_ = z.Close()
	case "/cookies":
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
	case "/socket":
		socket(w, r)
	case "/empty":
		w.WriteHeader(http.StatusNoContent)
	case "/broken":
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "begin")
	default:
		body, _ := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		fields := map[string]string{}
		for name, values := range r.Header {
			fields[strings.ToLower(name)] = strings.Join(values, ", ")
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"method": r.Method, "url": r.RequestURI, "host": r.Host, "fields": fields, "length": r.ContentLength, "body": len(body),
		})
	}
}

// socket answers messages with themselves; "close" closes.
func socket(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{Subprotocols: []string{"b"}, CheckOrigin: func(*http.Request) bool { return true }}
	c, err := up.Upgrade(w, r, http.Header{"X-Own": {r.Header.Get("X-Asked")}})
	if err != nil {
		return // the client has the answer
	}
	defer c.Close()
	for {
		kind, data, err := c.ReadMessage()
		if err != nil {
			return
		}
		if string(data) == "close" {
			_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "asked")) // the client may be gone
			continue
		}
		if c.WriteMessage(kind, data) != nil {
			return
		}
	}
}
