package compute

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
)

// MaxUnpacked bounds what a text is decompressed to, in bytes.
const MaxUnpacked = 32 << 20

func malformed(text string) *Error { return &Error{"TypeError", text} }

// pack compresses the part; the format is gzip, deflate (RFC 1950) or deflate-raw.
func (r *Request) pack() ([]byte, *Error) {
	var out bytes.Buffer
	var w io.WriteCloser
	switch r.Format {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "deflate-raw":
		w, _ = flate.NewWriter(&out, flate.DefaultCompression) // fails for levels that do not exist
	default:
		return nil, malformed("there is no compression of that name")
	}
	if _, err := w.Write(r.part(0)); err != nil {
		return nil, operation("%v", err)
	}
	if err := w.Close(); err != nil {
		return nil, operation("%v", err)
	}
	return out.Bytes(), nil
}

// unpack decompresses the part, which holds one compressed text and nothing else.
func (r *Request) unpack() ([]byte, *Error) {
	in := bytes.NewReader(r.part(0))
	var from io.Reader
	var err error
	switch r.Format {
	case "gzip":
		var z *gzip.Reader
		if z, err = gzip.NewReader(in); err == nil {
			z.Multistream(false)
		}
		from = z
	case "deflate":
		from, err = zlib.NewReader(in)
	case "deflate-raw":
		from = flate.NewReader(in)
	default:
		return nil, malformed("there is no compression of that name")
	}
	if err != nil {
		return nil, malformed("Decompression failed.")
	}
	out, err := io.ReadAll(io.LimitReader(from, MaxUnpacked+1))
	switch {
	case err != nil:
		return nil, malformed("Decompression failed.")
	case len(out) > MaxUnpacked:
		return nil, &Error{"RangeError", "what was compressed has more than 32 MiB, which a DecompressionStream does not take"}
	case in.Len() > 0:
		return nil, malformed("Trailing bytes after end of compressed data")
	}
	return out, nil
}
