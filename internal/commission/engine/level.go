package engine

// standing says whether a member of the upline may earn, and if not, why.
func (p *Plan) standing(m *Member) LevelVerdict {
	switch {
	case m.Inactive:
		return SkippedInactive
	case m.VolumeMinor < p.Eligible.VolumeMinor:
		return SkippedVolume
	case m.Customers < p.Eligible.Customers:
		return SkippedCustomers
	}
	return Paid
}

// climb adds the shares of the upline of one portion; the seller's share is the last there is.
func (p *Plan) climb(c *Case, out *Outcome, portion, first int) error {
	below := out.Shares[first]
	sale, total := below.Basis, below.Amount
	level := 0
	for i := 1; i < len(c.Chain) && level < p.Depth; i++ {
		m := &c.Chain[i]
		verdict := p.standing(m)
		if verdict != Paid && p.Policy != House {
			out.Trace.level(m, level+1, verdict, nil)
			if p.Policy == Stop {
				return nil
			}
			continue
		}
		level++
		share := Share{Rule: below.Rule, Portion: portion, Enrollment: m.ID, Via: below.Enrollment, Level: level, Basis: sale}
		of := OfSale
		if table := p.table(m.Group); level <= len(table) { // a shorter table pays nothing at the levels it lacks
			share.Rate, of = table[level-1].Rate, table[level-1].Of
		}
		if of == OfBelow {
			share.Basis = below.Amount
		}
		var err error
		if share.Amount, err = shareOf(share.Basis, share.Rate); err != nil {
			return err
		}
		if of == OfOverride {
			share.Amount = max(share.Amount-total, 0)
		}
		total += share.Amount
		if verdict != Paid { // to the house: the level is used up, and nobody earns it
			out.Trace.level(m, level, ToHouse, &share)
			below.Amount = share.Amount
			continue
		}
		out.Trace.level(m, level, Paid, &share)
		out.Shares = append(out.Shares, share)
		below = share
	}
	return nil
}
