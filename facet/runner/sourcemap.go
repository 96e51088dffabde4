package runner

import (
	"fmt"
	"regexp"
	"strconv"
	"sync"

	"github.com/go-sourcemap/sourcemap"

	"github.com/facetd/facetd/facet/internal/bundle"
)

// ScriptName is the name under which the bundled script is evaluated.
const ScriptName = "facetd:worker"

var position = regexp.MustCompile(regexp.QuoteMeta(ScriptName) + `:(\d+):(\d+)`)

// sourceMap replaces places in the bundled script by places in the worker's
// modules. The map is parsed when the first stack is shown.
type sourceMap struct {
	once   sync.Once
	raw    []byte
	parsed *sourcemap.Consumer
}

func (s *sourceMap) set(raw []byte) { s.raw = raw }

// apply returns the text with known places replaced; a place that the map does
// not know stays as it is.
func (s *sourceMap) apply(text string) string {
	if !position.MatchString(text) {
		return text
	}
	s.once.Do(func() {
		if c, err := sourcemap.Parse("", s.raw); err == nil {
			s.parsed = c
		}
		s.raw = nil
	})
	if s.parsed == nil {
		return text
	}
	return position.ReplaceAllStringFunc(text, func(at string) string {
		m := position.FindStringSubmatch(at)
		line, errLine := strconv.Atoi(m[1])
		column, errColumn := strconv.Atoi(m[2])
		if errLine != nil || errColumn != nil {
			return at
		}
		// The map counts columns from 0, the engine from 1.
		file, _, l, c, ok := s.parsed.Source(line, column-1)
		if !ok {
			return at
		}
		return fmt.Sprintf("%s:%d:%d", bundle.ModuleName(file), l, c+1)
	})
}
