package engine

import (
	"math/big"
	"slices"
	"strings"
	"time"
)

// pay adds the shares of what a rule took.
func (r *reference) pay(t *taken) {
	rule, seller := t.rule, &r.c.Chain[0]
	own := due{rule: rule.ID, who: seller.ID, basis: t.basis}
	w := r.rewardOf(rule, seller)
	if r.refuses(rule) {
		own.basis = 0 // nor does it count for tiers and goals
		t.dues = []due{own}
		return
	}
	levels := rule.Levels == nil || *rule.Levels
	if r.paysNobody(w, levels) {
		return
	}
	own.amount = r.rewardFor(w, t.basis)
	for _, k := range rule.Caps {
		if k.Scope != "program" {
			own.amount = r.cut(rule, k, own.amount)
		}
	}
	t.dues = []due{own}
	if levels {
		r.climb(t)
	}
	if w.Fixed == "" {
		trimAbove(t.dues, halfEven(of(t.basis, percent(r.spec.MaxTotal))))
	}
	for _, k := range rule.Caps {
		if k.Scope == "program" {
			r.cutAll(rule, k, t.dues)
		}
	}
}

func (r *reference) refuses(rule *RuleSpec) bool {
	u, s := &r.c.Customer, &r.c.Sale
	if l := rule.Recurring; l != nil {
		if (l.Count > 0 && u.Before >= l.Count) || (l.Months > 0 && !u.FirstAt.IsZero() && !u.FirstAt.AddDate(0, l.Months, 0).After(s.OccurredAt)) {
			return true
		}
	}
	v := rule.Valid
	if v == nil {
		return false
	}
	has := map[string]bool{"customer": u.Known, "country": s.Country != "", "coupon": s.Coupon != "", "items": len(s.Items) > 0, "metadata.x": s.Metadata["x"] != ""}
	return (v.UniqueCustomer && (!u.Known || u.BeforeKind > 0)) || slices.ContainsFunc(v.Require, func(field string) bool { return !has[field] })
}

// rewardOf finds the override that names the seller, or else the one that names its group, or else what all get.
func (r *reference) rewardOf(rule *RuleSpec, m *Member) RewardSpec {
	for _, byName := range []bool{true, false} {
		for _, o := range r.spec.Overrides {
			at := r.c.Sale.OccurredAt
			if o.Rule == rule.ID && (o.Enrollment != "") == byName && (o.Enrollment == m.Code || (!byName && o.Group == m.Group)) &&
				!at.Before(o.From) && (o.Until.IsZero() || at.Before(o.Until)) {
				return o.RewardSpec
			}
		}
	}
	return rule.RewardSpec
}

func (r *reference) paysNobody(w RewardSpec, levels bool) bool {
	var rates []string
	if w.Percent != "" {
		rates = append(rates, w.Percent)
	}
	if w.Tiers != nil {
		for _, s := range w.Tiers.Steps {
			rates = append(rates, s.Percent)
		}
	}
	tables := [][]LevelSpec{r.spec.Levels, r.spec.GroupLevels["a"], r.spec.GroupLevels["b"]}
	for _, l := range slices.Concat(tables...) {
		if levels && l.Of != "below" {
			rates = append(rates, l.Rate)
		}
	}
	return r.minor(w.Fixed) == 0 && !slices.ContainsFunc(rates, func(rate string) bool { return percent(rate).Sign() > 0 })
}

func (r *reference) rewardFor(w RewardSpec, basis int64) int64 {
	switch {
	case w.Fixed != "":
		return r.minor(w.Fixed)
	case w.Tiers == nil:
		return halfEven(of(basis, percent(w.Percent)))
	case w.Tiers.By == "period":
		return halfEven(of(basis, percent(w.Tiers.Steps[0].Percent)))
	default:
		return r.tiered(w.Tiers, basis)
	}
}

// tiered gives what a volume earns by tiers.
func (l *deal) tiered(t *TiersSpec, volume int64) int64 {
	sum, rate := new(big.Rat), percent(t.Steps[0].Percent)
	for i, s := range t.Steps {
		from, to := l.minor(s.From), volume
		if i+1 < len(t.Steps) {
			to = min(to, l.minor(t.Steps[i+1].From))
		}
		if volume >= from {
			rate = percent(s.Percent)
			sum.Add(sum, of(to-from, rate))
		}
	}
	if t.Mode == "retroactive" || volume < 0 {
		return halfEven(of(volume, rate))
	}
	return halfEven(sum)
}

// tieredIn pays a part of a whole: at the rate that the whole reached, or as if the part were all.
func (l *deal) tieredIn(t *TiersSpec, whole, part int64) int64 {
	if t.Mode != "retroactive" {
		return l.tiered(t, part)
	}
	rate := percent(t.Steps[0].Percent)
	for _, s := range t.Steps {
		if whole >= l.minor(s.From) {
			rate = percent(s.Percent)
		}
	}
	return halfEven(of(part, rate))
}

// climb pays the upline.
func (r *reference) climb(t *taken) {
	below, total, level, via := t.dues[0].amount, t.dues[0].amount, 0, t.dues[0].who
	for _, m := range r.c.Chain[1:] {
		if level == len(r.spec.Levels) {
			return
		}
		able := !m.Inactive
		if e := r.spec.Eligible; e != nil {
			able = able && m.VolumeMinor >= r.minor(e.Volume) && m.Customers >= e.Customers
		}
		if !able && r.spec.Ineligible == "stop" {
			return
		}
		if !able && r.spec.Ineligible != "house" {
			continue
		}
		table, own := r.spec.GroupLevels[m.Group]
		if !own {
			table = r.spec.Levels
		}
		d := due{rule: t.rule.ID, level: level + 1, who: m.ID, via: via, basis: t.basis}
		if level < len(table) {
			rate := percent(table[level].Rate)
			if table[level].Of == "below" {
				d.basis = below
			}
			if d.amount = halfEven(of(d.basis, rate)); table[level].Of == "override" {
				d.amount = max(0, d.amount-total)
			}
		}
		below, total, level = d.amount, total+d.amount, level+1
		if able {
			t.dues, via = append(t.dues, d), m.ID
		}
	}
}

func trimAbove(dues []due, limit int64) {
	for _, d := range dues {
		limit -= d.amount
	}
	for i := len(dues) - 1; i >= 0 && limit < 0; i-- {
		back := min(-limit, dues[i].amount)
		dues[i].amount, limit = dues[i].amount-back, limit+back
	}
}

// cut gives what a cap leaves of an amount.
func (r *reference) cut(rule *RuleSpec, k CapSpec, amount int64) int64 {
	var used Usage
	if k.Per != "conversion" {
		used = r.used(r.counter(rule, k, &r.c.Chain[0], r.c.Sale.OccurredAt))
	}
	if k.Count > 0 && used.Count >= int64(k.Count) {
		return 0
	}
	if k.Amount == "" {
		return amount
	}
	return max(0, min(amount, r.minor(k.Amount)-used.Minor))
}

func (r *reference) cutAll(rule *RuleSpec, k CapSpec, dues []due) {
	var amounts []int64
	var total int64
	for _, d := range dues {
		amounts, total = append(amounts, d.amount), total+d.amount
	}
	room := r.cut(rule, k, total)
	if room == total {
		return
	}
	for i, part := range share(room, amounts) {
		dues[i].amount = part
	}
}

// counter names the counter of a cap for a seller's sale of an instant.
func (l *deal) counter(rule *RuleSpec, k CapSpec, seller *Member, at time.Time) CapKey {
	scope := k.Scope
	if scope == "" {
		scope = "enrollment"
	}
	key := CapKey{Cap: strings.Join([]string{rule.ID, k.Per, scope}, "/")}
	switch scope {
	case "enrollment":
		key.Owner = seller.ID
	case "group":
		key.Group = seller.Group
	}
	local := at.In(l.Zone)
	switch k.Per {
	case "life":
		key.Interval = "life"
	case "month":
		key.Interval, _, _ = SpanOf(Monthly, l.Zone, at)
	case "week":
		key.Interval, _, _ = SpanOf(Weekly, l.Zone, at)
	case "day":
		key.Interval = local.Format(time.DateOnly)
	}
	return key
}
