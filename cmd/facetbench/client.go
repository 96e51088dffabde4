package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// client is one keep-alive HTTP/1.1 connection. It does little, so that on a
// small machine the generator leaves the processors to what is measured.
type client struct {
	conn net.Conn
	r    *bufio.Reader
	body []byte
}

func dial(addr string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, r: bufio.NewReaderSize(conn, 8<<10)}, nil
}

// request is the text of a GET request.
func request(addr, path string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n\r\n")
}

// do sends a request and returns the body of a 200 answer, valid until the next
// call.
func (c *client) do(req []byte) ([]byte, error) {
	if _, err := c.conn.Write(req); err != nil {
		return nil, err
	}
	status, err := c.line()
	if err != nil {
		return nil, err
	}
	ok := bytes.HasPrefix(status, []byte("HTTP/1.1 200"))
	statusText := ""
	if !ok {
		statusText = string(status)
	}
	length, chunked := -1, false
	for {
		line, err := c.line()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > 1<<20 {
				return nil, fmt.Errorf("content length %q", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		}
	}
	if err := c.readBody(length, chunked); err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("answer %q %q", statusText, c.body)
	}
	return c.body, nil
}

func (c *client) readBody(length int, chunked bool) error {
	c.body = c.body[:0]
	switch {
	case chunked:
		for {
			line, err := c.line()
			if err != nil {
				return err
			}
			n, err := strconv.ParseUint(string(line), 16, 20)
			if err != nil {
				return fmt.Errorf("chunk size %q", line)
			}
			if err := c.read(int(n)); err != nil {
				return err
			}
			if _, err := c.line(); err != nil {
				return err
			}
			if n == 0 {
				return nil
			}
		}
	case length >= 0:
		return c.read(length)
	default:
		return errors.New("an answer without a length cannot be followed by another one")
	}
}

// read appends n bytes to the body.
func (c *client) read(n int) error {
	at := len(c.body)
	if cap(c.body) < at+n {
		c.body = append(make([]byte, 0, at+n), c.body...)
	}
	c.body = c.body[:at+n]
	_, err := io.ReadFull(c.r, c.body[at:])
	return err
}

// line returns the next line without its end; valid until the next read.
func (c *client) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}
