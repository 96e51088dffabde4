// Package gateway carries an HTTP request into a facet and its answer out again.
// It streams both bodies, believes neither side, and says nothing about what
// went wrong inside beyond a status code.
package gateway
