package engine

import "tributary/internal/money"

// capSeller cuts the seller's share to what the rule's caps on a conversion, an enrollment and a group leave.
func (p *Plan) capSeller(c *Case, counters Counters, out *Outcome, r *Rule, share *Share) {
	for i := range r.Caps {
		k := &r.Caps[i]
		if k.Scope == ScopeProgram {
			continue
		}
		before := share.Amount
		var used Usage
		if k.counts() {
			used = counters.Usage(k.key(&c.Chain[0], c.Sale.OccurredAt, p.zone))
		}
		share.Amount = k.room(share.Amount, used)
		out.Trace.cap(k, used, before, share.Amount)
	}
}

// capChain cuts all shares of a portion, in proportion and to the unit, to what the rule's caps on the program leave.
func (p *Plan) capChain(c *Case, counters Counters, out *Outcome, r *Rule, first int) error {
	for i := range r.Caps {
		k := &r.Caps[i]
		if k.Scope != ScopeProgram {
			continue
		}
		shares := out.Shares[first:]
		var total int64
		weights := make([]int64, len(shares))
		for n, s := range shares {
			weights[n] = s.Amount
			total += s.Amount
		}
		var used Usage
		if k.counts() {
			used = counters.Usage(k.key(&c.Chain[0], c.Sale.OccurredAt, p.zone))
		}
		room := k.room(total, used)
		out.Trace.cap(k, used, total, room)
		if room == total {
			continue
		}
		parts, err := money.SplitMinor(room, weights)
		if err != nil {
			return err
		}
		for n := range shares {
			shares[n].Amount = parts[n]
		}
	}
	return nil
}

// UsesOf gives what the lines of one conversion take of the plan's counters: standing is what they come to, sale the
// revision that they are made for. A counter's count goes up while something is paid, and down again when all of it is
// taken back.
func (p *Plan) UsesOf(seller *Member, sale *Sale, standing []Standing) []Use {
	if !p.Needs.Caps {
		return nil
	}
	var uses []Use
	for i := range p.Rules {
		r := &p.Rules[i]
		for n := range r.Caps {
			k := &r.Caps[n]
			if !k.counts() {
				continue
			}
			minor, any := k.sum(r.ID, standing)
			if !any {
				continue
			}
			use := Use{Key: k.key(seller, sale.OccurredAt, p.zone), Usage: Usage{Minor: minor}}
			if minor > 0 {
				use.Usage.Count = 1
			}
			uses = append(uses, use)
		}
	}
	return uses
}

// sum gives what the cap counts of a rule's lines, and whether there are any.
func (k *Cap) sum(rule string, standing []Standing) (minor int64, any bool) {
	for _, s := range standing {
		if s.Rule == rule {
			any = true
			if s.Level == 0 || k.Scope == ScopeProgram {
				minor += s.Amount
			}
		}
	}
	return minor, any
}

// Others gives counters less what one conversion uses itself.
func Others(all Counters, own []Use) Counters { return others{all, own} }

type others struct {
	Counters
	own []Use
}

// Usage gives what the others use.
func (o others) Usage(k CapKey) Usage {
	u := o.Counters.Usage(k)
	for _, own := range o.own {
		if own.Key == k {
			u.Minor, u.Count = u.Minor-own.Usage.Minor, u.Count-own.Usage.Count
		}
	}
	return u
}

// CapKeys appends the counters that pricing a sale of the seller may ask.
func (p *Plan) CapKeys(keys []CapKey, seller *Member, sale *Sale) []CapKey {
	if !p.Needs.Caps {
		return keys
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Kind != "" && r.Kind != sale.Kind {
			continue
		}
		for n := range r.Caps {
			if r.Caps[n].counts() {
				keys = append(keys, r.Caps[n].key(seller, sale.OccurredAt, p.zone))
			}
		}
	}
	return keys
}
