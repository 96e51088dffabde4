package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"unicode/utf8"
)

const (
	// maxNameBytes bounds a facet's name, in UTF-8 bytes (facts F21, F22).
	maxNameBytes = 256
	// maxDepth counts levels with the root object (fact F84).
	maxDepth = 4
	// maxFacets is how many facets an object may have at a time, on all levels.
	// Fact F27 has the number; deleted ones do not count here.
	maxFacets = 65535
	// maxNamespaceBytes bounds a namespace's name; it is stored in a file.
	maxNamespaceBytes = 4096
)

var (
	plainNamespace = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	// dottedNamespace is a class of a project: the project's name, a dot, the class's.
	dottedNamespace = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.[A-Za-z][A-Za-z0-9_]{0,63}$`)
	hashNamespace   = regexp.MustCompile(`^ns-[0-9a-f]{40}$`)
	objectID        = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// reserved are directory names beside the namespaces that the daemon keeps for
// itself.
var reserved = map[string]bool{
	"alarms": true, "cache": true, "code": true, "facetd": true, "facetd.lock": true, "run": true, "tmp": true,
}

// isPlain reports whether a namespace is the name of its directory.
func isPlain(namespace string) bool {
	return (plainNamespace.MatchString(namespace) || dottedNamespace.MatchString(namespace)) && !reserved[namespace]
}

// namespaceDir returns the directory of a namespace, and whether its name has
// to be kept in a file because the directory's does not tell it.
func namespaceDir(namespace string) (dir string, hashed bool, err error) {
	switch {
	case namespace == "":
		return "", false, fmt.Errorf("%w: the namespace is empty", ErrBadName)
	case len(namespace) > maxNamespaceBytes:
		return "", false, fmt.Errorf("%w: the namespace has %d bytes, at most %d are kept", ErrBadName, len(namespace), maxNamespaceBytes)
	case isPlain(namespace):
		return namespace, false, nil
	}
	sum := sha256.Sum256([]byte(namespace))
	return "ns-" + hex.EncodeToString(sum[:20]), true, nil
}

func checkObjectID(id string) error {
	if !objectID.MatchString(id) {
		return fmt.Errorf("%w: object id %.80q is not 64 lower-case hexadecimal digits", ErrBadName, id)
	}
	return nil
}

// CheckName tells whether a facet may have the name: 1 to 256 bytes of UTF-8,
// any characters, NUL and slashes among them (fact F24; the empty name is
// refused here, where the peer fails with an internal error, fact F23).
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: a facet's name must not be empty", ErrBadName)
	case len(name) > maxNameBytes:
		return ErrNameTooLong
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: a facet's name must be valid UTF-8", ErrBadName)
	}
	return nil
}
