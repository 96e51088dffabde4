package supervisor

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Attack 83 from the child to the operator's log: what looks like a record, with a
// level, a time and another's name, is the text of one of ours, and no terminal
// takes it for a command.
func TestForgedRecords(t *testing.T) {
	var asJSON, asText logBuffer
	for name, handler := range map[string]slog.Handler{"JSON": slog.NewJSONHandler(&asJSON, nil), "text": slog.NewTextHandler(&asText, nil)} {
		t.Run(name, func(t *testing.T) {
			h := peerHost(t, "forge-log", func(c *Config) { c.Logger = slog.New(handler) })
			mustFetch(t, h.Object("NS", "o").Facets().Get("app", startAny(h)), "/", "hello")
			log := map[string]*logBuffer{"JSON": &asJSON, "text": &asText}[name]
			eventually(t, "both forged lines", func() bool {
				return strings.Contains(log.String(), "other-tenant") && strings.Contains(log.String(), "owned \\")
			})
		})
	}
	for lines := bufio.NewScanner(strings.NewReader(asJSON.String())); lines.Scan(); {
		var r map[string]any
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if r["msg"] != "facet log" {
			continue
		}
		if r["facet"] != "NS/o/app" || r["level"] != "INFO" || strings.HasPrefix(r["time"].(string), "2001") {
			t.Errorf("%q", lines.Text())
		}
		for key := range r {
			if !strings.Contains(" time level msg facet console text dropped ", " "+key+" ") {
				t.Errorf("key %q", key)
			}
		}
	}
	for _, log := range []string{asJSON.String(), asText.String()} {
		if i := strings.IndexFunc(log, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("a control character: %q", log[max(i-40, 0):min(i+40, len(log))])
		}
	}
}
