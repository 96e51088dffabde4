package testpeer

import (
	"bytes"
	"io"
	"os"
	"strings"
)

// hang waits to be killed. The supervisor's end of descriptor 3 may close
// meanwhile: a hostile child does not care.
func hang() int {
	select {}
}

// greetings are the modes that go wrong before any call.
var greetings = map[string]func(arg string) int{
	"silent": func(string) int { return hang() },
	"exit":   func(string) int { return 3 },
	"line": func(line string) int {
		os.Stdout.WriteString(line + "\n")
		return hang()
	},
	"half-line": func(string) int {
		os.Stdout.WriteString("1|1|unix|fac")
		return hang()
	},
	"long-line": func(string) int {
		io.Copy(os.Stdout, strings.NewReader(strings.Repeat("x", 10<<20)))
		return hang()
	},
	"binary": func(string) int {
		os.Stdout.Write(bytes.Repeat([]byte{0, 0xff, '|'}, 20))
		return hang()
	},
	// What follows greets, then speaks no HTTP/2.
	"junk": func(string) int {
		say()
		link().Write(bytes.Repeat([]byte("GET / HTTP/1.1\r\n\r\n"), 1000))
		return hang()
	},
	"no-settings": func(string) int {
		say()
		return hang()
	},
	"frame-flood": func(string) int {
		say()
		c := link()
		c.Write([]byte("\x00\x00\x00\x04\x00\x00\x00\x00\x00")) // SETTINGS
		frame := []byte("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678")
		ping := bytes.Repeat(frame, 1000)
		for {
			if _, err := c.Write(ping); err != nil {
				return 1
			}
		}
	},
}
