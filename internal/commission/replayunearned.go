package commission

import (
	"fmt"
	"slices"
	"time"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// conversionsWithoutLines are the conversions of a span that have no line, though they are attributed, not held, not void,
// not put aside, and have an amount.
const conversionsWithoutLines = `SELECT c.id FROM conversions c LEFT JOIN attributions a ON a.conversion_id = c.id
	WHERE c.program_id = ? AND c.id > ? AND c.revision = 1 AND c.occurred_at >= ? AND c.occurred_at < ?
	AND c.enrollment_id IS NOT NULL AND (a.hold_reason IS NULL OR a.hold_reason = '')
	AND NOT EXISTS (SELECT 1 FROM commissions m WHERE m.source_id = c.id)
	AND NOT EXISTS (SELECT 1 FROM stalled_conversions s WHERE s.root_id = c.id)
	AND (c.state = 'READY' OR EXISTS (SELECT 1 FROM conversions r WHERE r.root_id = c.id AND r.revision > 1 AND r.state = 'READY'))
	AND `

// replayUnearned looks for conversions that should have lines by now, would mature in the period, and have none.
func (r *replay) replayUnearned() error {
	from, until := time.Unix(0, 0).UTC(), models.OpenEnd
	if i := r.place(); i > 0 {
		from = r.periods[i-1].EndsAt.Add(-r.longestHold())
	}
	if r.place() < len(r.periods)-1 {
		until = r.period.EndsAt
	}
	var after models.ID
	for {
		var ids []models.ID
		err := r.query.Raw(conversionsWithoutLines+notVoid("c")+" ORDER BY c.id LIMIT ?", r.program.ID, after, from, until, r.page).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("read conversions without lines: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := r.unearnedPage(ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// place is which of the program's periods this one is.
func (r *replay) place() int {
	return slices.IndexFunc(r.periods, func(p models.Period) bool { return p.ID == r.period.ID })
}

// longestHold is the longest time from a conversion to the maturing of a line.
func (r *replay) longestHold() (longest time.Duration) {
	for _, plan := range r.w.plans.plans {
		longest = max(longest, plan.Hold)
		for i := range plan.Rules {
			longest = max(longest, plan.Rules[i].MinAge)
		}
	}
	return longest
}

// isHere tells whether what matures at an instant is to be looked for in this period: the first that ends after it, or the last.
func (r *replay) isHere(at time.Time) bool {
	i := slices.IndexFunc(r.periods, func(p models.Period) bool { return p.EndsAt.After(at) })
	if i < 0 {
		i = len(r.periods) - 1
	}
	return r.periods[i].ID == r.period.ID
}

func (r *replay) unearnedPage(ids []models.ID) error {
	pasts, err := readPasts(r.query, r.program.ID, ids)
	if err != nil {
		return err
	}
	var due []models.Conversion
	for _, p := range pasts {
		if s := p.now(); len(p.waiting) == 0 && s.revision.State == models.ConversionStateReady && s.revision.EnrollmentID != nil {
			due = append(due, s.revision)
		}
	}
	if err := r.w.facts.load(due); err != nil {
		return err
	}
	for i := range due {
		if err := r.unearned(&due[i]); err != nil {
			return err
		}
	}
	return nil
}

// unearned notes a conversion without lines when it is sure that it should have some. Nothing was kept of what it was priced
// with, so where a rule may pay nobody and asks for what passes, nobody can tell any more.
func (r *replay) unearned(c *models.Conversion) error {
	found, err := r.w.facts.caseOf(c)
	if err != nil {
		return r.lacksAll(c, nil, nil, err)
	}
	plan, id, held := r.w.plans.publishedBy(c.ReceivedAt).holding(c.OccurredAt, found.Customer)
	_, now, _ := r.w.plans.holding(c.OccurredAt, found.Customer)
	if !held {
		return nil // no plan held when it came
	}
	everything := !slices.ContainsFunc(r.w.plans.plans, func(p *engine.Plan) bool { return !p.PaysEverything() })
	if !everything && (r.w.plans.needs.Passes() || now != id) {
		return nil
	}
	r.w.facts.addVolumes(plan, c, found)
	if err = plan.Price(found, engine.Frozen{}, &r.w.out); err != nil {
		return r.lacksAll(c, plan, nil, err)
	}
	return r.lacksAll(c, plan, r.w.out.Shares, nil)
}

// lacksAll notes what a conversion should have earned.
func (r *replay) lacksAll(c *models.Conversion, plan *engine.Plan, shares []engine.Share, cause error) error {
	if cause != nil {
		at := c.OccurredAt
		if plan != nil {
			at = at.Add(plan.Hold)
		}
		if r.isHere(at) {
			r.differs(ReplayDifference{Kind: ReplayUnpriceable, ConversionID: c.RootID, EnrollmentID: models.Or(c.EnrollmentID),
				Detail: fmt.Sprintf("it has no lines, cannot be priced, and is not put aside: %v", cause)})
		}
		return nil
	}
	for i := range shares {
		want := expectedOf(&engine.Difference{Standing: -1, Share: shares[i]}, nil, plan, c.OccurredAt)
		if !r.isHere(want.maturesAt) {
			continue
		}
		if err := r.missing(c.RootID, &want, fmt.Sprintf("its conversion has no lines; this one would come to %s", r.text(want.amount))); err != nil {
			return err
		}
	}
	return nil
}
