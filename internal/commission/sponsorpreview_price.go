package commission

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/internal/tree"
	"tributary/models"
)

// previewer works one preview out. It is not for concurrent use.
type previewer struct {
	query   *gorm.DB
	program models.Program
	limit   int
	plans   timeline
	was     *tree.Snapshot // the tree as it is recorded
	facts   reader         // reads it with the other sponsor in place
	crosses bool           // whether the other sponsor was ever below the enrollment
	chain   []models.ID
	out     engine.Outcome
	sums    map[models.ID]*previewSum
	shown   SponsorPreview
}

type previewSum struct{ now, then int64 }

func (w *previewer) open(s *Service) error {
	var err error
	if w.plans, err = s.timeline(w.query, w.program); err != nil {
		return err
	}
	today, err := s.worldOf(w.query, w.program.ID)
	if err != nil {
		return err
	}
	w.was = today.tree
	needs := w.plans.needs
	needs.Customer, needs.Lifetime = false, false // who the buyer was is frozen, and what the seller had sold
	w.facts = reader{query: w.query, program: w.program, needs: needs, depth: w.plans.depth, high: true,
		world: &world{tree: today.tree.Moved(w.shown.EnrollmentID, w.shown.SponsorID), inactive: today.inactive}}
	return nil
}

func (w *previewer) work() (SponsorPreview, error) {
	roots, err := w.roots()
	if err != nil {
		return SponsorPreview{}, err
	}
	if err := inChunks(roots, w.pricePage); err != nil {
		return SponsorPreview{}, err
	}
	return w.shown, w.sumUp()
}

// roots finds the conversions that can come out otherwise, by their first revisions. Code SPONSOR_PREVIEW_TOO_LARGE.
func (w *previewer) roots() ([]models.ID, error) {
	sellers := append(w.was.EverBelow(w.shown.EnrollmentID, w.shown.From, w.shown.To), w.shown.EnrollmentID)
	w.crosses = slices.Contains(sellers, w.shown.SponsorID)
	var roots []models.ID
	err := inChunks(sellers, func(part []models.ID) error {
		rows, err := w.query.Model(&models.Conversion{}).Select("id, enrollment_id, occurred_at").
			Where("enrollment_id IN ? AND revision = 1 AND occurred_at >= ? AND occurred_at < ?", part, w.shown.From, w.shown.To).Rows()
		if err != nil {
			return fmt.Errorf("read conversions: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var id, seller models.ID
			var occurredAt time.Time
			if err := rows.Scan(&id, &seller, &occurredAt); err != nil {
				return fmt.Errorf("read conversions: %w", err)
			}
			if !w.wasWithin(seller, occurredAt) {
				continue
			}
			if len(roots) == w.limit {
				return ErrPreviewLarge
			}
			roots = append(roots, id)
		}
		return rows.Err()
	})
	slices.SortFunc(roots, compareIDs) // so that neighbours in the database are read together
	return roots, err
}

// wasWithin tells whether one is the enrollment of the preview, or was below it at an instant.
func (w *previewer) wasWithin(id models.ID, at time.Time) bool {
	w.chain = w.was.Upline(append(w.chain[:0], id), id, at, tree.MaxDepth)
	return slices.Contains(w.chain, w.shown.EnrollmentID)
}

// pricePage prices some of the conversions. One without lines earns nothing whoever is above its seller, or waits.
func (w *previewer) pricePage(roots []models.ID) error {
	found, err := readStandings(w.query, w.program.ID, allShards, roots)
	if err != nil {
		return err
	}
	var sold []models.Conversion
	var bare []models.ID
	for _, root := range roots {
		s := found[root]
		if len(s.lines) == 0 {
			bare = append(bare, root)
			continue
		}
		s.takeWorked(root)
		sold = append(sold, s.sold())
	}
	if err := w.facts.load(sold); err != nil {
		return err
	}
	for i := range sold {
		if err := w.price(found[sold[i].RootID], &sold[i]); err != nil {
			return err
		}
	}
	return w.countStopped(bare)
}

// takeWorked takes what has made lines, although it was still in the queue when that was read before them.
func (s *standing) takeWorked(root models.ID) {
	s.take(root)
	for _, l := range s.lines {
		s.take(l.causeID)
	}
}

// sold is the conversion with the seller and the instant that its lines were made for.
func (s *standing) sold() models.Conversion {
	c := s.revision
	c.OccurredAt, c.EnrollmentID = s.lines[0].occurredAt, s.lines[0].enrollmentID.Ref()
	return c
}

// price sets what a conversion would come to beside what its lines come to. Where the other sponsor was below the
// enrollment it could not have been above it.
func (w *previewer) price(s *standing, sold *models.Conversion) error {
	if w.crosses && w.wasWithin(w.shown.SponsorID, sold.OccurredAt) {
		w.shown.Unpriced++
		return nil
	}
	err := w.reprice(s, sold)
	if _, _, known := unpriceable(err); known {
		w.shown.Unpriced++
		return nil
	}
	if err != nil {
		return fmt.Errorf("price conversion %s: %w", sold.RootID, err)
	}
	w.shown.Conversions++
	for i := range s.lines {
		sum := w.sumOf(s.lines[i].enrollmentID)
		if sum.now, err = money.AddMinor(sum.now, s.lines[i].amountMinor); err != nil {
			return err
		}
	}
	for i := range w.out.Shares {
		sum := w.sumOf(models.ID(w.out.Shares[i].Enrollment))
		if sum.then, err = money.AddMinor(sum.then, w.out.Shares[i].Amount); err != nil {
			return err
		}
	}
	return nil
}

// reprice works a conversion out as its last correction did, with the other chain.
func (w *previewer) reprice(s *standing, sold *models.Conversion) error {
	if s.problem != nil {
		return s.problem
	}
	if s.refunded.Void {
		w.out.Nothing()
		return nil
	}
	plan, err := w.plans.byID(s.lines[0].planID)
	if err != nil {
		return err
	}
	frozen, err := s.facts()
	if err != nil {
		return err
	}
	c, err := w.caseOf(s, sold, plan, frozen)
	if err != nil {
		return err
	}
	if err := plan.Price(c, frozen, &w.out); err != nil {
		return err
	}
	return w.out.Remain(&c.Sale, s.refunded)
}

// caseOf gives the case of a conversion with the other chain. Who was above the seller already keeps what was frozen of
// it; whoever of them was not frozen was in good standing.
func (w *previewer) caseOf(s *standing, sold *models.Conversion, plan *engine.Plan, frozen engine.Frozen) (*engine.Case, error) {
	c, err := w.facts.caseOf(sold)
	if err != nil {
		return nil, err
	}
	w.facts.addVolumes(plan, sold, c)
	w.chain = w.chain[:0]
	for i := range c.Chain {
		m := &c.Chain[i]
		if !m.Inactive {
			continue
		}
		if len(w.chain) == 0 {
			w.chain = w.was.Upline(append(w.chain, *sold.EnrollmentID), *sold.EnrollmentID, sold.OccurredAt, tree.MaxDepth)
		}
		m.Inactive = !slices.Contains(w.chain, models.ID(m.ID))
	}
	frozen.Over(c, plan, plan)
	return c, w.facts.saleOf(&s.revision, &c.Sale)
}

// countStopped counts the conversions that have no lines because a condition could not be answered.
func (w *previewer) countStopped(roots []models.ID) error {
	if len(roots) == 0 {
		return nil
	}
	var stopped int64
	if err := w.query.Model(&models.StalledConversion{}).Where("root_id IN ?", roots).Count(&stopped).Error; err != nil {
		return fmt.Errorf("count stopped conversions: %w", err)
	}
	w.shown.Unpriced += int(stopped)
	return nil
}

func (w *previewer) sumOf(id models.ID) *previewSum {
	sum := w.sums[id]
	if sum == nil {
		sum = &previewSum{}
		w.sums[id] = sum
	}
	return sum
}

// sumUp shows the totals, and of enrollments those whose figure changes.
func (w *previewer) sumUp() error {
	var total previewSum
	for _, id := range sortedIDs(w.sums) {
		sum := *w.sums[id]
		var err error
		if total.now, err = money.AddMinor(total.now, sum.now); err != nil {
			return err
		}
		if total.then, err = money.AddMinor(total.then, sum.then); err != nil {
			return err
		}
		if sum.now == sum.then {
			continue
		}
		one := PreviewPartner{EnrollmentID: id}
		if one.Now, one.Then, one.Difference, err = sum.amounts(w.program.Currency); err != nil {
			return err
		}
		w.shown.Partners = append(w.shown.Partners, one)
	}
	slices.SortStableFunc(w.shown.Partners, func(a, b PreviewPartner) int { return cmp.Compare(b.Difference.Minor, a.Difference.Minor) })
	var err error
	w.shown.Now, w.shown.Then, w.shown.Difference, err = total.amounts(w.program.Currency)
	return err
}

func (s previewSum) amounts(currency money.Currency) (now, then, difference money.Amount, err error) {
	minor, err := money.SubMinor(s.then, s.now)
	return money.New(s.now, currency), money.New(s.then, currency), money.New(minor, currency), err
}
