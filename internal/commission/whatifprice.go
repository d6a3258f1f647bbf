package commission

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// whatIfPace is how a what-if works: conversions in a page, pages for each time its progress is written, and pages at
// once where their order does not matter.
type whatIfPace struct{ page, pages, workers int }

var defaultWhatIfPace = whatIfPace{page: 5000, pages: 20, workers: 2}

// whatIf is one start of a run. What its workers share does not change.
type whatIf struct {
	service *Service
	run     models.WhatIfRun
	told    func(done, total int64)
	program models.Program
	plan    *engine.Plan
	plans   timeline // the published ones
	world   *world
	changed map[models.ID]struct{} // first revisions of conversions with further ones or with refunds
	total   int64
	periods []models.Period // of the span, when what their closes settle is in it
	closes  *whatIfCloses   // nil when the draft owes nothing at a close
	settles bool
	done    atomic.Int64
	pages   atomic.Int64
}

func (s *Service) openWhatIf(ctx context.Context, run models.WhatIfRun, told func(done, total int64)) (*whatIf, error) {
	query := s.db.Read(ctx)
	w := &whatIf{service: s, run: run, told: told, changed: map[models.ID]struct{}{}}
	if err := query.Where("id = ?", run.ProgramID).Take(&w.program).Error; err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	var err error
	if w.plan, err = compileSource(run.PlanSource, w.program); err != nil {
		return nil, err
	}
	if w.plans, err = s.timeline(query, w.program); err != nil {
		return nil, err
	}
	if w.world, err = s.worldOf(query, run.ProgramID); err != nil {
		return nil, err
	}
	if err := query.Model(&models.Conversion{}).Where("program_id = ?", run.ProgramID).Count(&w.total).Error; err != nil {
		return nil, fmt.Errorf("count conversions: %w", err)
	}
	var restated, refunded []models.ID
	err = errors.Join(
		// The inner read needs nothing but the natural key's index.
		query.Model(&models.Conversion{}).Where("id IN (SELECT id FROM conversions WHERE program_id = ? AND revision > 1)", run.ProgramID).Distinct().Pluck("root_id", &restated).Error,
		query.Model(&models.Refund{}).Where("program_id = ?", run.ProgramID).Distinct().Pluck("conversion_id", &refunded).Error)
	if err != nil {
		return nil, fmt.Errorf("read what changed: %w", err)
	}
	for _, id := range slices.Concat(restated, refunded) {
		w.changed[id] = struct{}{}
	}
	return w, w.openCloses(query)
}

// work prices all pages, several at once where their order does not matter, and gives what they come to.
func (w *whatIf) work(ctx context.Context) (*whatIfSums, error) {
	workers := w.service.whatIfPace.workers
	if !w.service.db.IsMySQL() || w.plan.Needs.Caps || w.closes != nil {
		workers = 1
	}
	bounds := make(chan [2]models.ID)
	sums := make([]*whatIfSums, workers)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(bounds)
		return w.cut(ctx, bounds)
	})
	for i := range sums {
		sums[i] = newWhatIfSums()
		group.Go(func() error {
			worker := w.worker(ctx, sums[i])
			for b := range bounds {
				if err := worker.pricePage(b[0], b[1]); err != nil {
					return err
				}
				if err := w.advance(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, o := range sums[1:] {
		sums[0].merge(o)
	}
	return sums[0], sums[0].overflow
}

var lastID = models.ID(bytes.Repeat([]byte{0xff}, len(models.ID{})))

// cut gives the bounds of pages, in the order of ids.
func (w *whatIf) cut(ctx context.Context, bounds chan<- [2]models.ID) error {
	after := models.ID{}
	for after != lastID {
		var next []models.ID
		err := w.service.db.Read(ctx).Model(&models.Conversion{}).Where("program_id = ? AND id > ?", w.program.ID, after).Order("id").
			Offset(w.service.whatIfPace.page-1).Limit(1).Pluck("id", &next).Error
		if err != nil {
			return fmt.Errorf("cut pages: %w", err)
		}
		upto := lastID
		if len(next) > 0 {
			upto = next[0]
		}
		select {
		case bounds <- [2]models.ID{after, upto}:
		case <-ctx.Done():
			return ctx.Err()
		}
		after = upto
	}
	return nil
}

// advance counts a page, and writes how far the run is from time to time; code WHATIF_STOPPED when it is to end.
func (w *whatIf) advance(ctx context.Context) error {
	done := min(w.done.Add(int64(w.service.whatIfPace.page)), w.total)
	if w.told != nil {
		w.told(done, w.total)
	}
	if w.pages.Add(1)%int64(w.service.whatIfPace.pages) != 0 {
		return nil
	}
	return models.InTx(ctx, w.service.db, func(tx *models.Tx) error {
		return advanceWhatIf(tx, &w.run, map[string]any{"done": done, "total": w.total})
	})
}

// whatIfWorker prices pages, one at a time.
type whatIfWorker struct {
	*whatIf
	sums  *whatIfSums
	facts reader
	page  whatIfPage
	caps  *whatIfCaps
	out   engine.Outcome
	full  []engine.Share
}

func (w *whatIf) worker(ctx context.Context, sums *whatIfSums) *whatIfWorker {
	return &whatIfWorker{whatIf: w, sums: sums, caps: newWhatIfCaps(),
		facts: reader{query: w.service.db.Read(ctx), program: w.program, needs: w.plan.Needs, depth: w.plan.Depth, world: w.world},
		page: whatIfPage{scanner: newSaleScanner(w.plan.Needs.Order), changed: map[models.ID]*changedSale{}, facts: map[models.ID]frozenFacts{},
			line: lineScanner{withPlan: w.plan.Needs.Lifetime || w.plan.Needs.WindowDays > 0}}}
}

// pricePage prices the conversions after an id and up to another.
func (w *whatIfWorker) pricePage(after, upto models.ID) error {
	if err := w.page.read(w.whatIf, w.facts.query, after, upto); err != nil {
		return err
	}
	w.facts.high = len(w.page.facts) > 0 // who could not earn then may be in good standing now
	if err := w.facts.load(w.page.conversions); err != nil {
		return err
	}
	left := w.page.lines
	for i := range w.page.conversions {
		c := &w.page.conversions[i]
		var own []paidLine
		own, left = linesOf(c.ID, left)
		if err := w.priceOne(c, own); err != nil {
			return err
		}
	}
	return w.sums.overflow
}

func (w *whatIfWorker) priceOne(c *models.Conversion, own []paidLine) error {
	counts := !c.OccurredAt.Before(w.run.StartsAt) // and is not only there for a close
	if counts {
		w.sums.conversions++
		w.sums.addLines(own)
	}
	base, latest := c, c
	if s := w.page.changed[c.ID]; s != nil {
		base, latest = &s.first, &s.latest
	}
	found, err := w.caseOf(base, latest, own)
	if err != nil {
		return err
	}
	if err := w.shares(c, found); err != nil {
		rule, detail, known := unpriceable(err)
		if !known {
			return fmt.Errorf("price conversion %s: %w", c.ID, err)
		}
		if counts {
			w.sums.addProblem(c, rule, detail)
		}
		return nil
	}
	if counts {
		w.sums.addShares(w.out.Shares, own)
	}
	w.closes.add(base.OccurredAt, w.out.Shares)
	return nil
}

// caseOf gives a conversion's case: what was frozen with its lines as it was then, the rest as it is known now. Who has
// a line of it could earn.
func (w *whatIfWorker) caseOf(base, latest *models.Conversion, own []paidLine) (*engine.Case, error) {
	found, err := w.facts.caseOf(base)
	if err != nil {
		return nil, err
	}
	w.facts.addVolumes(w.plan, base, found)
	if was, ok := w.page.facts[base.RootID]; ok {
		frozen, err := engine.Thaw(was.text)
		if err != nil {
			return nil, fmt.Errorf("facts of conversion %s: %w", base.RootID, err)
		}
		with, _ := w.plans.byID(was.planID) // none when it was not asked for
		frozen.Over(found, with, w.plan)
	}
	for i := range found.Chain {
		if m := &found.Chain[i]; m.Inactive && hasLine(own, m.ID) {
			m.Inactive = false
		}
	}
	if latest != base {
		err = w.facts.saleOf(latest, &found.Sale)
	}
	return found, err
}

// shares works out what the draft pays for a conversion after all that was taken back.
func (w *whatIfWorker) shares(c *models.Conversion, found *engine.Case) error {
	w.caps.releaseUntil(c.ID)
	if err := w.plan.Price(found, w.caps, &w.out); err != nil {
		return err
	}
	used := w.uses(found)
	w.caps.move(nil, used)
	s := w.page.changed[c.ID]
	if s == nil || len(s.refunds) == 0 {
		return nil
	}
	w.full = append(w.full[:0], w.out.Shares...)
	refunded := engine.Refunded{Whole: s.latest.SourceAmountMinor, BySKU: map[string]int64{}}
	for i := range s.refunds {
		if err := addRefund(&refunded, &s.refunds[i]); err != nil {
			return err
		}
		if i < len(s.refunds)-1 && !w.plan.Needs.Caps {
			continue // only what is left in the end counts
		}
		copy(w.out.Shares, w.full)
		if err := w.out.Remain(&found.Sale, refunded); err != nil {
			return err
		}
		next := w.uses(found)
		w.caps.releaseAt(s.refunds[i].ID, used, next)
		used = next
	}
	return nil
}

// uses gives what the shares at hand take of caps.
func (w *whatIfWorker) uses(found *engine.Case) []engine.Use {
	if !w.plan.Needs.Caps {
		return nil
	}
	standing := make([]engine.Standing, len(w.out.Shares))
	for i, s := range w.out.Shares {
		standing[i] = engine.Standing{Rule: s.Rule.ID, Level: s.Level, Enrollment: s.Enrollment, Basis: s.Basis, Amount: s.Amount}
	}
	return w.plan.UsesOf(&found.Chain[0], &found.Sale, standing)
}
