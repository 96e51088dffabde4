package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/facetd/facetd/sandbox"
)

func TestAcceptHint(t *testing.T) {
	missing := func(f sandbox.Feature) error { return &sandbox.MissingFeatureError{Feature: f, Detail: "x"} }
	err := errors.Join(fmt.Errorf("open: %w", errors.Join(missing(sandbox.NoCgroup), missing(sandbox.NoDistinctUID))), missing(sandbox.NoCgroup))
	if got := acceptHint(err).Error(); !strings.HasSuffix(got, "--accept-missing no-cgroup,no-distinct-uid") {
		t.Errorf("got %q", got)
	}
	if plain := errors.New("other"); acceptHint(plain) != plain {
		t.Error("an error without a missing feature is changed")
	}
}
