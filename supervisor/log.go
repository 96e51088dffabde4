package supervisor

import (
	"context"
	"log/slog"
)

// facetLog returns where the lines of a facet go.
func (h *Host) facetLog(path string) func(level int, text string, dropped int) {
	return func(level int, text string, dropped int) {
		line := LogLine{Facet: path, Level: level, Text: text, Dropped: dropped}
		if h.cfg.Log != nil {
			h.cfg.Log(line)
			return
		}
		// The facet chooses neither level nor keys of the host's log; what it
		// chose is a value.
		h.cfg.Logger.LogAttrs(context.Background(), 0, "facet log", line.attrs()...)
	}
}

var levelNames = [...]string{"debug", "log", "info", "warn", "error"}

// attrs are the keys under which a line is logged.
func (l LogLine) attrs() []slog.Attr {
	console := "output"
	if l.Level >= 0 && l.Level < len(levelNames) {
		console = levelNames[l.Level]
	}
	attrs := []slog.Attr{slog.String("facet", l.Facet), slog.String("console", console), slog.String("text", l.Text)}
	if l.Dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", l.Dropped))
	}
	return attrs
}
