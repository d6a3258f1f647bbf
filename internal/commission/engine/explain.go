package engine

import (
	"slices"
	"time"

	"tributary/internal/money"
)

// Condition gives the text of the rule's condition, or "".
func (r *Rule) Condition() string {
	if r.when == nil {
		return ""
	}
	return r.when.text
}

// ItemNames gives the skus and categories that a rule for items takes by name, sorted.
func (r *Rule) ItemNames() (skus, categories []string) {
	return sortedKeys(r.skus), sortedKeys(r.categories)
}

// RewardFor gives what the rule pays a seller for a sale at an instant, and whether an override says so.
func (r *Rule) RewardFor(seller *Member, at time.Time) (*Reward, bool) {
	return r.rewardFor(seller, at)
}

// LevelFor gives a level of a group's table, 1 for the first; false for one that the table lacks.
func (p *Plan) LevelFor(group string, level int) (Level, bool) {
	table := p.table(group)
	if level < 1 || level > len(table) {
		return Level{}, false
	}
	return table[level-1], true
}

// Bound gives max_total.
func (p *Plan) Bound() money.Rate { return p.bound }

// WorstCase gives the largest share of a sale that any rule can pay over the whole chain, and what of an order of 100.00
// goes to whom then.
func (p *Plan) WorstCase() (money.Rate, string) {
	var found worstCase
	for i := range p.Rules {
		r := &p.Rules[i]
		rewards := []*Reward{&r.Reward}
		for n := range r.overrides {
			rewards = append(rewards, &r.overrides[n].reward)
		}
		for _, w := range rewards {
			if worst := p.worst(r, w); worst.total > found.total || found.example == "" {
				found = worst
			}
		}
	}
	return found.total, found.example
}

// BonusByID finds a bonus; false when the plan has none of that id.
func (p *Plan) BonusByID(id string) (Bonus, bool) {
	i := slices.IndexFunc(p.Bonuses, func(b Bonus) bool { return b.ID == id })
	if i < 0 {
		return Bonus{}, false
	}
	return p.Bonuses[i], true
}

// PlacementByID finds a placement; false when the plan has none of that id.
func (p *Plan) PlacementByID(id string) (Placement, bool) {
	i := slices.IndexFunc(p.Placements, func(o Placement) bool { return o.ID == id })
	if i < 0 {
		return Placement{}, false
	}
	return p.Placements[i], true
}

// TierPart is the part of a volume that one tier pays.
type TierPart struct {
	Tier
	Minor int64 // of the volume
}

// TierParts gives which tiers pay which parts of a volume: the tier reached pays all of it, or each its own part.
func (w *Reward) TierParts(volume int64) []TierPart {
	parts := make([]TierPart, len(w.Tiers))
	reached := 0
	for i, t := range w.Tiers {
		parts[i].Tier = t
		if volume >= t.FromMinor {
			reached = i
		}
	}
	if len(parts) == 0 {
		return nil
	}
	if !w.Marginal || reached == 0 {
		parts[reached].Minor = volume
		return parts
	}
	for i := range reached {
		parts[i].Minor = w.Tiers[i+1].FromMinor - w.Tiers[i].FromMinor
	}
	parts[reached].Minor = volume - w.Tiers[reached].FromMinor
	return parts
}

// ItemBasis gives what part of the basis an item of the case that was priced last stands for, in minor units.
func (out *Outcome) ItemBasis(n int) int64 { return out.bases[n] }

// Left gives, for each portion of the case that was priced last, what it stood for in the currency that the customer
// paid in, and what refunds leave of that. Code AMOUNT_OVERFLOW.
func (out *Outcome) Left(s *Sale, r Refunded) (left, whole []int64, err error) { return out.left(s, r) }
