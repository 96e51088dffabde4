// Package facetv1 is the generated contract between the supervisor and a
// sandboxed runner. See facet.proto for what each message means and who may
// send it; regenerate with "make generate".
package facetv1
