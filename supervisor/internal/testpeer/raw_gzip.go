package testpeer

import (
	"bytes"
	"compress/gzip"
	"io"
)

// zeros reads as zeros for ever.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// gzipped is what so many zeros become; 256 MiB are a quarter of one.
func gzipped(n int64) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is one
	_, _ = io.CopyN(w, zeros{}, n)                  // a Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
