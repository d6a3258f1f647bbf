package commission

import (
	"fmt"
	"time"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

// expected is a line as it should be.
type expected struct {
	enrollmentID, viaID models.ID
	ruleID              string
	level               int
	basis, amount       int64
	rate                money.Rate
	maturesAt           time.Time
	corrects            models.ID // zero for none
	headless            bool      // the line that it adjusts is gone
}

func (e *expected) isFor(l *models.Commission) bool {
	return e.ruleID == l.RuleID && e.level == l.Level && e.enrollmentID == l.EnrollmentID
}

// fits tells whether the lines of a step come to what was worked out for it.
func fits(wanted []expected, lines []models.Commission) bool {
	for i := range wanted {
		l := lineOfStep(lines, &wanted[i], nil)
		if l < 0 || lines[l].AmountMinor != wanted[i].amount || lines[l].BasisMinor != wanted[i].basis {
			return false
		}
	}
	return len(wanted) == len(lines) || len(wanted) == 0 && isForFacts(lines)
}

// lineOfStep finds the line of a step that should be as said, among those not used yet.
func lineOfStep(lines []models.Commission, want *expected, used []bool) int {
	for i := range lines {
		if want.isFor(&lines[i]) && (used == nil || !used[i]) {
			return i
		}
	}
	return -1
}

// isForFacts tells whether a step is a single line that changes nothing and is there for the facts that it keeps.
func isForFacts(lines []models.Commission) bool {
	return len(lines) == 1 && lines[0].Kind == models.CommissionKindRestate && lines[0].AmountMinor == 0 && lines[0].BasisMinor == 0 && lines[0].Facts != ""
}

// against is what a line of a conversion is held against beside its own figures.
type against struct {
	planIDs    []models.ID // any of them may have priced it
	occurredAt time.Time
}

// line holds a stored line of the period against what it should be.
func (r *replay) line(l *models.Commission, want *expected, with against) error {
	if l.AmountMinor != want.amount {
		d := ofLine(ReplayAmount, l)
		d.RecomputedMinor, d.Detail = want.amount, fmt.Sprintf("it comes to %s, and %s is stored", r.text(want.amount), r.text(l.AmountMinor))
		r.differs(d)
	}
	if l.BasisMinor != want.basis {
		d := ofLine(ReplayBasis, l)
		d.Detail = fmt.Sprintf("its basis comes to %s, and %s is stored", r.text(want.basis), r.text(l.BasisMinor))
		r.differs(d)
	}
	for _, term := range []struct {
		what      string
		same      bool
		have, and any
	}{
		{"rate", money.Rate(l.RatePpm) == want.rate, money.Rate(l.RatePpm).Percent(), want.rate.Percent()},
		{"enrollment below", models.Or(l.ViaID) == want.viaID, models.Or(l.ViaID), want.viaID},
		{"instant of maturing", l.MaturesAt.Equal(want.maturesAt), l.MaturesAt, want.maturesAt},
		{"instant of the conversion", l.OccurredAt.Equal(with.occurredAt), l.OccurredAt, with.occurredAt},
		{"line that it adjusts", want.headless || models.Or(l.CorrectsID) == want.corrects, models.Or(l.CorrectsID), want.corrects},
		{"currency", l.Currency == r.program.Currency, l.Currency, r.program.Currency},
		{"program", l.ProgramID == r.program.ID, l.ProgramID, r.program.ID},
	} {
		if !term.same {
			d := ofLine(ReplayTerms, l)
			d.Detail = fmt.Sprintf("its %s is %v, and %v is stored", term.what, term.and, term.have)
			r.differs(d)
		}
	}
	r.planOf(l, with.planIDs)
	if key, ok := r.settlesIn(r.period.PeriodKey, want.maturesAt, l.CreatedAt); !ok {
		d := ofLine(ReplayPeriod, l)
		d.Detail = fmt.Sprintf("it should settle in %s, and is in %s", key, r.period.PeriodKey)
		r.differs(d)
	}
	return r.count(l.AmountMinor, want.amount)
}

// planOf holds the plan version of a line against those that may have priced it.
func (r *replay) planOf(l *models.Commission, ids []models.ID) {
	for _, id := range ids {
		if l.PlanVersionID == id {
			return
		}
	}
	d := ofLine(ReplayPlan, l)
	d.Detail = "no plan version held for it"
	if len(ids) > 0 {
		d.Detail = fmt.Sprintf("plan version %s holds for it, and %s is stored", ids[0].Format(models.PrefixPlan), l.PlanVersionID.Format(models.PrefixPlan))
	}
	r.differs(d)
}

// extra notes a line of the period that nothing explains.
func (r *replay) extra(kind ReplayKind, l *models.Commission, format string, args ...any) error {
	d := ofLine(kind, l)
	d.RecomputedMinor, d.Detail = 0, fmt.Sprintf(format, args...)
	r.differs(d)
	return r.count(l.AmountMinor, 0)
}

// missing notes a line that should be in the period.
func (r *replay) missing(conversionID models.ID, want *expected, detail string) error {
	r.differs(ReplayDifference{Kind: ReplayMissing, ConversionID: conversionID, EnrollmentID: want.enrollmentID, RuleID: want.ruleID, Level: want.level,
		RecomputedMinor: want.amount, Detail: detail})
	return r.owe(want.amount)
}

func (r *replay) text(minor int64) string { return money.New(minor, r.program.Currency).String() }

// expectedOf puts a difference that the engine gives into the words of the table; heads are the first lines of what there
// was before.
func expectedOf(d *engine.Difference, heads []expected, plan *engine.Plan, occurredAt time.Time) expected {
	if d.Standing >= 0 {
		want := heads[d.Standing]
		want.basis, want.amount = d.Share.Basis, d.Share.Amount
		return want
	}
	return expected{enrollmentID: models.ID(d.Share.Enrollment), viaID: models.ID(d.Share.Via), ruleID: d.Share.Rule.ID, level: d.Share.Level,
		basis: d.Share.Basis, amount: d.Share.Amount, rate: d.Share.Rate, maturesAt: plan.MaturesAt(d.Share.Rule, occurredAt)}
}
