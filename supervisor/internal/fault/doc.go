// Package fault holds what can go wrong between a caller and a facet: how an
// instance ended ([Verdict]), the typed errors that say so, and what the
// application itself threw. The supervisor's public package re-exports them; the
// rooms inside it share them without importing it.
package fault
