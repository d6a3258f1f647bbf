package engine

import "slices"

// PaysEverything tells whether every conversion that the plan prices makes lines, whatever is known of it: no rule, and no
// override of one, can pay nobody.
func (p *Plan) PaysEverything() bool {
	for i := range p.Rules {
		r := &p.Rules[i]
		if !p.pays(r, &r.Reward) || slices.ContainsFunc(r.overrides, func(o override) bool { return !p.pays(r, &o.reward) }) {
			return false
		}
	}
	return true
}

// Passes tells whether a plan with these needs asks what may be read differently later, but for the usage of caps.
func (n Needs) Passes() bool { return n.Customer || n.Partner || n.Lifetime || n.WindowDays > 0 }
