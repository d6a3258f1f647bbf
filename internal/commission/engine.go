package commission

import (
	"time"

	"tributary/internal/money"
	"tributary/models"
)

// Sale is what the engine needs to know of a conversion: amounts in minor units of the program's currency.
type Sale struct {
	Kind                                           string
	GrossMinor, TaxMinor, ShippingMinor, LessMinor int64
	OccurredAt                                     time.Time
	CustomerFirstAt                                time.Time // of the customer's first conversion; zero when unknown
	CustomerBefore                                 int       // conversions of the customer before this one
}

// Member is one enrollment of the chain: the seller first, then its upline as it was when the sale occurred.
type Member struct {
	ID       models.ID
	Eligible bool
}

// Share is one line to be paid: Level counts paid levels, 0 is the seller.
type Share struct {
	EnrollmentID models.ID
	ViaID        models.ID // the member one paid level below; zero for the seller
	Level        int
	BasisMinor   int64
	Rate         money.Rate // 0 for a fixed reward
	AmountMinor  int64
}

// Basis gives what commissions are a share of: gross less what the plan excludes, never below zero.
func (p *Plan) Basis(s Sale) int64 {
	basis := s.GrossMinor
	if p.LessTax {
		basis -= s.TaxMinor
	}
	if p.LessShipping {
		basis -= s.ShippingMinor
	}
	if p.LessDiscount {
		basis -= s.LessMinor
	}
	return max(basis, 0)
}

// Match gives the rule that takes the sale, or nil when the rule that takes it has run out for the customer. Every
// sale has a rule, since the last one takes all kinds.
func (p *Plan) Match(s Sale) *Rule {
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Kind != "" && r.Kind != s.Kind {
			continue
		}
		if r.Count > 0 && s.CustomerBefore >= r.Count {
			return nil
		}
		if r.Months > 0 && !s.CustomerFirstAt.IsZero() && !s.OccurredAt.Before(s.CustomerFirstAt.AddDate(0, r.Months, 0)) {
			return nil
		}
		return r
	}
	return nil
}

// Price appends to shares what each member of the chain earns by the rule. It is pure; amounts are rounded half to
// even line by line. Ineligible members of the upline are skipped, or end the chain, as the plan says; the seller is
// paid whatever its standing, since attribution has decided that. Shares of nothing are left out.
// Code AMOUNT_OVERFLOW.
func (p *Plan) Price(shares []Share, r *Rule, basis int64, chain []Member) ([]Share, error) {
	seller := Share{EnrollmentID: chain[0].ID, BasisMinor: basis, Rate: r.Percent, AmountMinor: r.FixedMinor}
	if !r.IsFixed {
		amount, err := money.MulDivHalfEven(basis, int64(r.Percent), int64(money.RateOne))
		if err != nil {
			return nil, err
		}
		seller.AmountMinor = amount
	}
	if seller.AmountMinor != 0 {
		shares = append(shares, seller)
	}
	if !r.Levels {
		return shares, nil
	}
	below, level := seller, 0
	for _, m := range chain[1:] {
		if level == len(p.Levels) {
			break
		}
		if !m.Eligible {
			if p.StopAtIneligible {
				break
			}
			continue
		}
		l := p.Levels[level]
		level++
		share := Share{EnrollmentID: m.ID, ViaID: below.EnrollmentID, Level: level, BasisMinor: basis, Rate: l.Rate}
		if l.OfBelow {
			share.BasisMinor = below.AmountMinor
		}
		amount, err := money.MulDivHalfEven(share.BasisMinor, int64(l.Rate), int64(money.RateOne))
		if err != nil {
			return nil, err
		}
		share.AmountMinor = amount
		if amount != 0 {
			shares = append(shares, share)
		}
		below = share
	}
	return shares, nil
}

// Remaining scales shares to what is left of a sale after refunds: left of gross. Levels above the seller are cut to
// the unit below, and the remainder is on the seller's line, so that the total is the exact share rounded half to
// even, and a sale that is refunded whole leaves nothing on any level. Code AMOUNT_OVERFLOW.
func Remaining(shares []Share, left, gross int64) ([]Share, error) {
	if left == gross || len(shares) == 0 {
		return shares, nil
	}
	var total int64
	for _, s := range shares {
		total += s.AmountMinor
	}
	rest, err := money.MulDivHalfEven(total, left, gross)
	if err != nil {
		return nil, err
	}
	scaled := make([]Share, len(shares))
	for i := len(shares) - 1; i >= 0; i-- {
		scaled[i] = shares[i]
		if i == 0 {
			scaled[i].AmountMinor = rest
			break
		}
		if scaled[i].AmountMinor, err = money.MulDivDown(shares[i].AmountMinor, left, gross); err != nil {
			return nil, err
		}
		rest -= scaled[i].AmountMinor
	}
	return scaled, nil
}
