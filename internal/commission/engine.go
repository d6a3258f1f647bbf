package commission

import (
	"slices"
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

// Price appends to shares one for each member of the chain that is paid, also where the amount rounds to nothing: the
// shares name the chain and its levels for every later correction. It is pure; amounts are rounded half to even line by
// line. Ineligible members of the upline are skipped, or end the chain, as the plan says; the seller is paid whatever
// its standing, since attribution has decided that. A rule that can pay nobody makes no shares. Code AMOUNT_OVERFLOW.
func (p *Plan) Price(shares []Share, r *Rule, basis int64, chain []Member) ([]Share, error) {
	if !p.pays(r) {
		return shares, nil
	}
	seller := Share{EnrollmentID: chain[0].ID, BasisMinor: basis, Rate: r.Percent, AmountMinor: r.FixedMinor}
	if !r.IsFixed {
		var err error
		if seller.AmountMinor, err = shareOf(basis, r.Percent); err != nil {
			return nil, err
		}
	}
	shares = append(shares, seller)
	if !r.Levels {
		return shares, nil
	}
	below, level := seller, 0
	for _, m := range chain[1:] {
		if level == len(p.Levels) || (!m.Eligible && p.StopAtIneligible) {
			break
		}
		if !m.Eligible {
			continue
		}
		l := p.Levels[level]
		level++
		share := Share{EnrollmentID: m.ID, ViaID: below.EnrollmentID, Level: level, BasisMinor: basis, Rate: l.Rate}
		if l.OfBelow {
			share.BasisMinor = below.AmountMinor
		}
		var err error
		if share.AmountMinor, err = shareOf(share.BasisMinor, l.Rate); err != nil {
			return nil, err
		}
		shares = append(shares, share)
		below = share
	}
	return shares, nil
}

// pays tells whether the rule can pay anybody anything, whatever the sale.
func (p *Plan) pays(r *Rule) bool {
	if r.Percent > 0 || r.FixedMinor > 0 {
		return true
	}
	return r.Levels && slices.ContainsFunc(p.Levels, func(l Level) bool { return l.Rate > 0 && !l.OfBelow })
}

func shareOf(basis int64, rate money.Rate) (int64, error) {
	return money.MulDivHalfEven(basis, int64(rate), int64(money.RateOne))
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
