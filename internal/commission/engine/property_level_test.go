package engine

import (
	"fmt"
	"slices"
)

// uplineIsPaidByThePolicy looks at who in the chain got a line, and at which level: with compress the first able ones
// at 1, 2, 3; with stop the same, but nobody above one who is not able; with house everybody able at their own distance.
func uplineIsPaidByThePolicy(w *shadow, o *order, lines []Line) error {
	var able []bool
	for _, m := range o.facts.Chain {
		e := o.spec.Eligible
		able = append(able, !m.Inactive && (e == nil || (m.VolumeMinor >= w.deal.minor(e.Volume) && m.Customers >= e.Customers)))
	}
	able[0] = true // the seller is paid whatever its standing
	levels := map[string]int{}
	for _, l := range lines {
		at := slices.IndexFunc(o.facts.Chain, func(m Member) bool { return m.ID == l.Enrollment })
		switch {
		case at < 0 || !able[at] || (at == 0) != (l.Level == 0) || l.Level > len(o.spec.Levels):
			return fmt.Errorf("%s pays %+v, number %d of a chain that is able as %v", o.name, l, at, able)
		case o.spec.Ineligible == "house" && l.Level != at:
			return fmt.Errorf("%s pays number %d of the chain at level %d", o.name, at, l.Level)
		case o.spec.Ineligible == "stop" && slices.Contains(able[:at], false):
			return fmt.Errorf("%s pays number %d above one who stops the chain: %v", o.name, at, able)
		case o.spec.Ineligible != "house" && l.Level != len(slices.DeleteFunc(slices.Clone(able[:at]), func(able bool) bool { return !able })):
			return fmt.Errorf("%s pays number %d at level %d: %v", o.name, at, l.Level, able)
		}
		if before, ok := levels[l.RuleID]; ok && l.Level <= before {
			return fmt.Errorf("%s pays level %d after level %d", o.name, l.Level, before)
		}
		levels[l.RuleID] = l.Level
	}
	return nil
}
