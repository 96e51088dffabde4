//go:build !(linux && amd64 && cgo)

package js

import "errors"

// Engine does not exist on this platform.
type Engine struct{}

// Start fails: the engine needs Linux on amd64 and a build with cgo.
func Start(Config) (*Engine, error) {
	return nil, errors.New("js: the JavaScript engine needs Linux on amd64 and a build with cgo: set CGO_ENABLED=1")
}
