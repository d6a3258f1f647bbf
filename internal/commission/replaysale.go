package commission

import (
	"database/sql"
	"fmt"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// conversionsWithLines are the first revisions that have a line in a period, a page of them. Their ids are bounded by
// those of the lines, since the index of a period does not know its conversions.
const conversionsWithLines = `SELECT c.id FROM conversions c WHERE c.program_id = ? AND c.id >= ? AND c.id > ? AND c.id <= ? AND c.revision = 1
	AND EXISTS (SELECT 1 FROM commissions m WHERE m.source_id = c.id AND m.period_id = ?) ORDER BY c.id LIMIT ?`

// replayConversions works every conversion out again that has a line in the period.
func (r *replay) replayConversions() error {
	var first, last nullableID
	row := r.query.Raw("SELECT MIN(source_id), MAX(source_id) FROM commissions WHERE period_id = ? AND kind IN ?", r.period.ID, ofConversions).Row()
	if err := row.Scan(&first, &last); err != nil && err != sql.ErrNoRows {
		return fmt.Errorf("read span of lines: %w", err)
	}
	if !first.valid {
		return nil
	}
	var after models.ID
	for {
		var ids []models.ID
		err := r.query.Raw(conversionsWithLines, r.program.ID, first.id, after, last.id, r.period.ID, r.page).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("read conversions with lines: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := r.pageOf(ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// pageOf works some conversions out again, in a fixed number of statements.
func (r *replay) pageOf(ids []models.ID) error {
	pasts, err := readPasts(r.query, r.program.ID, ids)
	if err != nil {
		return err
	}
	if r.w.plans.needs.Touch {
		roots := make([]models.Conversion, len(ids))
		for i, id := range ids {
			roots[i].RootID = id
		}
		if err := r.w.facts.loadTouches(roots); err != nil {
			return err
		}
	}
	var stalled []models.ID
	if err := r.query.Model(&models.StalledConversion{}).Where("root_id IN ?", ids).Pluck("root_id", &stalled).Error; err != nil {
		return fmt.Errorf("read stalled conversions: %w", err)
	}
	for _, p := range pasts {
		r.conversions++
		settled := len(p.waiting) == 0 && !slices.Contains(stalled, p.rootID)
		sale := replayedSale{replay: r, past: p}
		if err := sale.run(settled); err != nil {
			return err
		}
	}
	return nil
}

// replayedSale is one conversion that is worked out again, step by step. Each step stands on what the ones before it should
// have come to, so that what is wrong in one of them is said once.
type replayedSale struct {
	*replay
	*past
	with   against
	plan   *engine.Plan
	before []engine.Standing
	heads  []expected // the first line of each
}

// run works the sale out; settled tells whether everything about it is priced, so that its lines come to what they should now.
func (v *replayedSale) run(settled bool) error {
	found := v.replay.differences
	if err := v.choose(); err != nil {
		return v.cannot(step{start: 0, end: len(v.past.lines)}, err)
	}
	if v.past.lines[0].Kind != models.CommissionKindEarned { // its first lines are gone
		if err := v.step(step{kind: models.CommissionKindEarned, made: v.past.lines[0].CreatedAt}); err != nil {
			return err
		}
	}
	for i := 0; i < len(v.past.lines); {
		at := v.stepOf(i)
		if err := v.step(at); err != nil {
			return err
		}
		i = at.end
	}
	if settled {
		if err := v.end(); err != nil {
			return err
		}
	}
	if v.replay.differences > found {
		return nil
	}
	return v.gaps()
}

// choose finds what priced the first lines.
func (v *replayedSale) choose() error {
	first, from := &v.past.lines[0], v.earnedFrom()
	if from == nil {
		return fmt.Errorf("the revision that was priced first is gone")
	}
	frozen, err := engine.Thaw(first.Facts)
	if err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	var c engine.Case
	frozen.Into(&c)
	v.with = against{planIDs: v.w.plans.choices(from.OccurredAt, c.Customer, first.CreatedAt), occurredAt: from.OccurredAt}
	id := first.PlanVersionID
	if len(v.with.planIDs) > 0 && !slices.Contains(v.with.planIDs, id) {
		id = v.with.planIDs[0]
	}
	v.plan, err = v.w.plans.byID(id)
	return err
}

func (v *replayedSale) wanted(a *again) []expected {
	differences := v.w.differences(a, v.before)
	wanted := make([]expected, len(differences))
	for i := range differences {
		wanted[i] = expectedOf(&differences[i], v.heads, v.plan, v.with.occurredAt)
	}
	return wanted
}

// step works a step out again and holds its lines against it.
func (v *replayedSale) step(at step) error {
	lines := v.past.lines[at.start:at.end]
	if !v.isCaused(at) {
		return v.each(lines, func(l *models.Commission) error {
			return v.extra(ReplayExtra, l, "its cause does not exist, or makes no such lines")
		})
	}
	a, err := v.w.work(v.past, at, v.plan, func(a *again) bool { return fits(v.wanted(a), lines) })
	if err == nil {
		err = a.problem
	}
	if err != nil {
		return v.cannot(at, err)
	}
	wanted, used := v.wanted(a), make([]bool, len(lines))
	for i := range wanted {
		want := &wanted[i]
		n := lineOfStep(lines, want, used)
		if n < 0 {
			v.keep(want, models.ID{})
			if err := v.lacks(at, want); err != nil {
				return err
			}
			continue
		}
		used[n] = true
		if err := v.each(lines[n:n+1], func(l *models.Commission) error { return v.replay.line(l, want, v.with) }); err != nil {
			return err
		}
		v.keep(want, lines[n].ID)
	}
	if len(wanted) == 0 && isForFacts(lines) && len(v.heads) > 0 {
		want := v.heads[0]
		want.basis, want.amount = 0, 0
		return v.each(lines, func(l *models.Commission) error { return v.replay.line(l, &want, v.with) })
	}
	for n := range lines {
		if used[n] {
			continue
		}
		if err := v.each(lines[n:n+1], func(l *models.Commission) error {
			return v.extra(ReplayExtra, l, "nothing that happened to its conversion makes this line")
		}); err != nil {
			return err
		}
	}
	return nil
}

// each does something with those of some lines that are in the period.
func (v *replayedSale) each(lines []models.Commission, do func(l *models.Commission) error) error {
	for i := range lines {
		if lines[i].PeriodID != v.period.ID {
			continue
		}
		if err := do(&lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// keep adds a line that should be there to what the next step stands on; id is of the stored one, if there is one.
func (v *replayedSale) keep(want *expected, id models.ID) {
	i := slices.IndexFunc(v.before, func(s engine.Standing) bool {
		return s.Rule == want.ruleID && s.Level == want.level && s.Enrollment == engine.ID(want.enrollmentID)
	})
	if i < 0 {
		head := *want
		head.corrects, head.headless = id, id.IsZero()
		v.heads = append(v.heads, head)
		v.before = append(v.before, engine.Standing{Rule: want.ruleID, Level: want.level, Enrollment: engine.ID(want.enrollmentID)})
		i = len(v.before) - 1
	}
	v.before[i].Basis += want.basis
	v.before[i].Amount += want.amount
}

// lacks notes a line that a step should have: in the period of the step's others, or else of those next to it.
func (v *replayedSale) lacks(at step, want *expected) error {
	if v.past.lines[min(at.start, len(v.past.lines)-1)].PeriodID != v.period.ID {
		return nil
	}
	return v.missing(v.rootID, want, fmt.Sprintf("a line of %s is not there", v.text(want.amount)))
}

// cannot notes that a step cannot be worked out again. What comes after it stands on its lines as they are.
func (v *replayedSale) cannot(at step, cause error) error {
	lines := v.past.lines[at.start:at.end]
	noted := false
	for i := range lines {
		l := &lines[i]
		v.keep(&expected{enrollmentID: l.EnrollmentID, viaID: models.Or(l.ViaID), ruleID: l.RuleID, level: l.Level, basis: l.BasisMinor, amount: l.AmountMinor,
			maturesAt: l.MaturesAt}, l.ID)
		if l.PeriodID != v.period.ID {
			continue
		}
		if !noted {
			noted = true
			d := ofLine(ReplayUnpriceable, l)
			d.Detail = fmt.Sprintf("it cannot be priced again: %v", cause)
			v.differs(d)
		}
		if err := v.count(l.AmountMinor, l.AmountMinor); err != nil {
			return err
		}
	}
	return nil
}

// end holds what all lines come to against what the conversion comes to now.
func (v *replayedSale) end() error {
	at := step{start: len(v.past.lines), end: len(v.past.lines)}
	a, err := v.w.price(v.past, v.now(), v.plan)
	if err == nil {
		err = a.problem
	}
	last := &v.past.lines[len(v.past.lines)-1]
	if err != nil {
		if last.PeriodID == v.period.ID {
			d := ofLine(ReplayUnpriceable, last)
			d.Detail = fmt.Sprintf("its conversion cannot be priced any more, and is not put aside: %v", err)
			v.differs(d)
		}
		return nil
	}
	for _, want := range v.wanted(a) {
		if err := v.lacks(at, &want); err != nil {
			return err
		}
	}
	return nil
}

// gaps notes a line that is gone and changes nothing else.
func (v *replayedSale) gaps() error {
	for i := range v.past.lines {
		l := &v.past.lines[i]
		if l.Ordinal == i {
			continue
		}
		if l.PeriodID == v.period.ID {
			return v.missing(v.rootID, &expected{enrollmentID: l.EnrollmentID, ruleID: l.RuleID, level: l.Level}, fmt.Sprintf("line %d of its conversion is not there", i))
		}
		break
	}
	return nil
}
