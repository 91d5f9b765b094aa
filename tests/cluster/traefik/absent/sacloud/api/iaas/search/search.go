// Package search has the conditions of iaas.
package search

// Filter selects zones by their fields.
type Filter map[string]any

// Key is a field.
func Key(name string) string { return name }

// ExactMatch is a condition for a field.
func ExactMatch(values ...string) any { return values }
