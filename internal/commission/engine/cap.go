package engine

import (
	"fmt"
	"time"

	"tributary/internal/fault"
)

// Interval is how long a cap counts.
type Interval string

// The intervals; all but the first two are of the program's calendar.
const (
	PerConversion Interval = "conversion"
	PerLife       Interval = "life"
	PerDay        Interval = "day"
	PerWeek       Interval = "week"
	PerMonth      Interval = "month"
)

// Scope is over whom a cap counts.
type Scope string

// The scopes. A cap on an enrollment or a group limits the seller's own line; one on the program limits what the whole
// chain gets, and all its lines are cut in proportion.
const (
	ScopeEnrollment Scope = "enrollment"
	ScopeGroup      Scope = "group"
	ScopeProgram    Scope = "program"
)

// CapKey names one counter: a cap, over whom, and in which interval.
type CapKey struct {
	Cap      string // rule/per/scope
	Owner    ID     // of an enrollment's cap
	Group    string // of a group's cap
	Interval string // 2026-01-31, 2026-W05, 2026-01, life
}

// Usage is what a counter stands at.
type Usage struct{ Minor, Count int64 }

// Counters tell the usage of caps by everything but the conversion that is priced.
type Counters interface {
	Usage(k CapKey) Usage
}

func (c *compiler) caps(s RuleSpec) ([]Cap, error) {
	if len(s.Caps) > maxCaps {
		return nil, invalid("caps", "a rule has at most %d caps", maxCaps)
	}
	var caps []Cap
	seen := map[string]bool{}
	for i, spec := range s.Caps {
		k, err := c.cap(s, spec)
		if err != nil {
			return nil, below(nth("caps", i), err)
		}
		if seen[k.id] {
			return nil, invalid(nth("caps", i), "there is a cap of this interval and scope already")
		}
		seen[k.id] = true
		caps = append(caps, k)
	}
	return caps, nil
}

func (c *compiler) cap(rule RuleSpec, s CapSpec) (Cap, error) {
	k := Cap{Per: Interval(s.Per), Scope: Scope(s.Scope), Count: int64(s.Count)}
	if k.Scope == "" {
		k.Scope = ScopeEnrollment
	}
	switch {
	case k.Per != PerConversion && k.Per != PerLife && k.Per != PerDay && k.Per != PerWeek && k.Per != PerMonth:
		return k, invalid("per", "a cap is per conversion, day, week, month or life")
	case k.Scope != ScopeEnrollment && k.Scope != ScopeGroup && k.Scope != ScopeProgram:
		return k, invalid("scope", "a cap is over an enrollment, a group or the program")
	case s.Count < 0:
		return k, fault.InvalidField("count", "CAP_ZERO", "a cap's count is above zero")
	case s.Amount == "" && s.Count == 0:
		return k, fault.InvalidField("", "CAP_ZERO", "a cap of nothing: give an amount or a count above zero")
	case k.Per == PerConversion && s.Count != 0:
		return k, invalid("count", "a cap per conversion is an amount")
	}
	if s.Amount != "" {
		minor, err := c.amount("amount", s.Amount)
		if err != nil {
			return k, err
		}
		if minor == 0 {
			return k, fault.InvalidField("amount", "CAP_ZERO", "a cap of zero pays nobody: leave the rule out instead")
		}
		if rule.Fixed != "" {
			if fixed, err := parseMinor(rule.Fixed, c.terms.Currency); err == nil && fixed > minor {
				return k, fault.InvalidField("amount", "CAP_BELOW_REWARD", "the cap is below one reward of the rule")
			}
		}
		k.AmountMinor = minor
	}
	k.id = fmt.Sprintf("%s/%s/%s", rule.ID, k.Per, k.Scope)
	return k, nil
}

// counts tells whether the cap has a counter.
func (k Cap) counts() bool { return k.Per != PerConversion }

// key gives the counter that a sale of the seller uses.
func (k *Cap) key(seller *Member, occurredAt time.Time, zone *time.Location) CapKey {
	key := CapKey{Cap: k.id, Interval: intervalOf(k.Per, occurredAt, zone)}
	switch k.Scope {
	case ScopeEnrollment:
		key.Owner = seller.ID
	case ScopeGroup:
		key.Group = seller.Group
	}
	return key
}

func intervalOf(per Interval, at time.Time, zone *time.Location) string {
	local := at.In(zone)
	switch per {
	case PerDay:
		return local.Format("2006-01-02")
	case PerWeek:
		year, week := local.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case PerMonth:
		return local.Format("2006-01")
	default:
		return string(PerLife)
	}
}

// room gives how much a line of amount may still be, when others used so much.
func (k *Cap) room(amount int64, used Usage) int64 {
	if k.Count > 0 && used.Count >= k.Count {
		return 0
	}
	if k.AmountMinor > 0 {
		return min(amount, max(k.AmountMinor-used.Minor, 0))
	}
	return amount
}
