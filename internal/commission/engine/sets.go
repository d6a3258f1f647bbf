package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

func setOf(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// cutLast cuts at the last separator.
func cutLast(text string, separator byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(text, separator); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// isWithin tells whether a set has nothing that another lacks.
func isWithin(set, other map[string]bool) bool {
	for name := range set {
		if !other[name] {
			return false
		}
	}
	return true
}
