package commission

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// workshop works the steps of conversions out again as they were worked, for explanations and for replays alike. It is
// not for concurrent use.
type workshop struct {
	plans timeline
	facts reader
	out   engine.Outcome // what was worked out last
}

// again is a step that was worked out again.
type again struct {
	s       *standing
	c       *engine.Case   // good until the next
	made    []engine.Share // before refunds
	problem error          // why it cannot be priced
}

// work works a step out as it most likely was worked, or in the way that fits.
func (w *workshop) work(p *past, at step, plan *engine.Plan, fits func(a *again) bool) (*again, error) {
	ways := p.asOf(at)
	for _, s := range ways {
		found, err := w.price(p, s, plan)
		if err != nil || len(ways) == 1 || (found.problem == nil && fits(found)) {
			return found, err
		}
	}
	return w.price(p, ways[0], plan)
}

// price works a conversion out as it was, or is. An error is for what cannot be read; the problem for what cannot be priced.
func (w *workshop) price(p *past, s *standing, plan *engine.Plan) (*again, error) {
	from := p.earnedFrom()
	if from == nil {
		return nil, fmt.Errorf("the revision that was priced first is gone")
	}
	frozen, err := s.facts()
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	a := &again{s: s}
	if a.c, err = w.facts.frozenCase(&s.revision, models.Or(from.EnrollmentID), from.OccurredAt, frozen); err != nil {
		return nil, err
	}
	if len(a.c.Chain) == 0 || models.ID(a.c.Chain[0].ID) != models.Or(from.EnrollmentID) {
		return nil, fmt.Errorf("facts: the seller that was kept is not the one that won the conversion")
	}
	err = plan.Price(a.c, frozen, &w.out)
	switch {
	case err != nil && s.refunded.Void:
		w.out.Nothing() // whatever it would earn
	case err != nil:
		a.problem = err
		return a, nil
	default:
		a.made = slices.Clone(w.out.Shares)
		a.problem = w.out.Remain(&a.c.Sale, s.refunded)
	}
	a.problem = errors.Join(a.problem, s.problem)
	return a, nil
}

// differences gives what turns the lines that were before a step into what was worked out for it.
func (w *workshop) differences(a *again, before []engine.Standing) []engine.Difference {
	if a.s.refunded.Void {
		w.out.Nothing()
	}
	return w.out.Differences(before)
}

// publishing is how long a version may be published that a batch, begun meanwhile, has not seen.
const publishing = time.Minute

// choices gives the plan versions that may have priced a sale when its lines were made: the one that held for it among
// those that were published, or that did without the latest of them which were just being published.
func (t timeline) choices(occurredAt time.Time, customer engine.Customer, made time.Time) []models.ID {
	var ids []models.ID
	seen := t.publishedBy(made)
	for {
		if _, id, ok := seen.holding(occurredAt, customer); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		if len(seen.ids) == 0 || seen.published[0].Before(made.Add(-publishing)) {
			return ids
		}
		seen = seen.from(1)
	}
}

// publishedBy gives the versions that there were at an instant.
func (t timeline) publishedBy(at time.Time) timeline {
	n := slices.IndexFunc(t.published, func(p time.Time) bool { return !p.After(at) })
	if n < 0 {
		n = len(t.published)
	}
	return t.from(n)
}

// from leaves out the latest versions.
func (t timeline) from(n int) timeline {
	t.plans, t.ids, t.published = t.plans[n:], t.ids[n:], t.published[n:]
	return t
}
