package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/facetd/facetd/sandbox"
)

// acceptHint adds to an error the flag that accepts what the host lacks.
func acceptHint(err error) error {
	names := missingFeatures(err, nil)
	if len(names) == 0 {
		return err
	}
	return fmt.Errorf("%w\nto accept these risks: --accept-missing %s", err, strings.Join(names, ","))
}

// missingFeatures collects the features that a tree of errors names.
func missingFeatures(err error, names []string) []string {
	switch e := err.(type) {
	case *sandbox.MissingFeatureError:
		if !slices.Contains(names, string(e.Feature)) {
			names = append(names, string(e.Feature))
		}
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			names = missingFeatures(part, names)
		}
	case interface{ Unwrap() error }:
		names = missingFeatures(e.Unwrap(), names)
	}
	return names
}
