package commission

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

// standing is a conversion as far as it is priced: the latest priced revision, what was refunded of it, and its lines.
// What is not priced yet waits beside it, by id.
type standing struct {
	revision  models.Conversion
	refunded  engine.Refunded // in the conversion's own currency: a later rate does not change what share of the sale is left
	lines     []line
	revisions map[models.ID]models.Conversion
	refunds   map[models.ID]models.Refund
	known     map[models.ID]models.Conversion // every revision, whether it waits or not
	worked    int                             // revisions and refunds, of a standing of the past
	problem   error                           // of a refund whose items cannot be read
}

func newStanding() *standing {
	return &standing{refunded: engine.Refunded{BySKU: map[string]int64{}}, revisions: map[models.ID]models.Conversion{}, refunds: map[models.ID]models.Refund{},
		known: map[models.ID]models.Conversion{}}
}

// add puts a revision beside what is priced.
func (s *standing) add(r models.Conversion) { s.revisions[r.ID], s.known[r.ID] = r, r }

// madeFor gives the revision that the lines are made for: the one that made the last of them. A later one that could not
// be priced left them as they were, and one that made no line at all used no cap.
func (s *standing) madeFor() models.Conversion {
	id := s.lines[0].sourceID
	for _, l := range s.lines {
		if l.kind != models.CommissionKindRefund && !l.causeID.IsZero() {
			id = l.causeID
		}
	}
	if made, ok := s.known[id]; ok {
		return made
	}
	return s.revision
}

func (s *standing) isRefunded() bool { return s.refunded.Total != 0 || s.refunded.Void }

// take moves a revision or a refund from what waits to what is priced.
func (s *standing) take(id models.ID) {
	if c, ok := s.revisions[id]; ok {
		// One that waits for its rate has no amounts yet: what was priced before it stands.
		if c.State == models.ConversionStateReady && c.Revision > s.revision.Revision {
			s.revision = c
		}
		delete(s.revisions, id)
	}
	if r, ok := s.refunds[id]; ok {
		s.problem = errors.Join(s.problem, addRefund(&s.refunded, &r))
		delete(s.refunds, id)
	}
	s.refunded.Whole = s.revision.SourceAmountMinor
}

// addRefund adds what one refund takes back to what others took.
func addRefund(to *engine.Refunded, r *models.Refund) error {
	to.Total += r.SourceAmountMinor
	to.Void = to.Void || r.Kind == models.RefundKindVoid
	if r.Items == "" {
		return nil
	}
	var items []struct {
		SKU         string `json:"sku"`
		AmountMinor int64  `json:"amountMinor"`
	}
	if err := json.Unmarshal([]byte(r.Items), &items); err != nil {
		return fmt.Errorf("items of refund %s: %w", r.ID, err)
	}
	for _, item := range items {
		to.BySKU[item.SKU] += item.AmountMinor
	}
	return nil
}

// facts gives what was frozen last: with the first line, or with a restatement.
func (s *standing) facts() (engine.Frozen, error) {
	text := ""
	for _, l := range s.lines {
		if l.facts != "" {
			text = l.facts
		}
	}
	return engine.Thaw(text)
}

// standing sums the lines by what they are for; heads are the first of each.
func (s *standing) standing() (sums []engine.Standing, heads []line) {
	for _, l := range s.lines {
		i := slices.IndexFunc(sums, func(have engine.Standing) bool {
			return have.Rule == l.ruleID && have.Level == l.level && have.Enrollment == engine.ID(l.enrollmentID)
		})
		if i < 0 {
			sums, heads = append(sums, engine.Standing{Rule: l.ruleID, Level: l.level, Enrollment: engine.ID(l.enrollmentID)}), append(heads, l)
			i = len(sums) - 1
		}
		sums[i].Basis += l.basisMinor
		sums[i].Amount += l.amountMinor
	}
	return sums, heads
}

// standingOf is standing for lines of which each is for something else.
func standingOf(lines []line) []engine.Standing {
	sums := make([]engine.Standing, len(lines))
	for i, l := range lines {
		sums[i] = engine.Standing{Rule: l.ruleID, Level: l.level, Enrollment: engine.ID(l.enrollmentID), Basis: l.basisMinor, Amount: l.amountMinor}
	}
	return sums
}

// frozenCase gives the case of a conversion as its lines were made: a revision of a sale that a seller made at an instant.
func (r *reader) frozenCase(revision *models.Conversion, seller models.ID, at time.Time, frozen engine.Frozen) (*engine.Case, error) {
	c := &r.made
	c.Customer, c.Touch, c.Chain = engine.Customer{}, engine.Touch{}, nil
	if r.needs.Touch {
		c.Touch = r.touches[revision.RootID]
	}
	if frozen.Chain == nil {
		var err error
		if c.Chain, err = r.uplineAt(seller, at); err != nil {
			return nil, err
		}
	}
	frozen.Into(c)
	return c, r.saleOf(revision, &c.Sale)
}

// standings reads the conversions named by their first revisions, in a fixed number of statements per thousand.
func (p *pricer) standings(rootIDs []models.ID) (map[models.ID]*standing, error) {
	found, err := readStandings(p.tx.DB, p.program.ID, []int{p.shard}, rootIDs)
	if err != nil || !p.plans.needs.Touch {
		return found, err
	}
	return found, p.facts.loadTouches(latestRevisions(found))
}

// readStandings is standings without what brought the customers; the shards are those of the queue in which they may
// wait. The lines come last, so that whoever reads outside of a transaction misses none of what left the queue before.
func readStandings(query *gorm.DB, programID models.ID, shards []int, rootIDs []models.ID) (map[models.ID]*standing, error) {
	found := make(map[models.ID]*standing, len(rootIDs))
	for _, id := range rootIDs {
		found[id] = newStanding()
	}
	err := inChunks(rootIDs, func(part []models.ID) error {
		if err := readRevisions(query, part, found); err != nil {
			return err
		}
		return readRefunds(query, part, found)
	})
	if err != nil {
		return nil, err
	}
	waiting, err := waitingOf(query, programID, shards, found)
	if err != nil {
		return nil, err
	}
	if err := inChunks(rootIDs, func(part []models.ID) error { return readLines(query, part, found) }); err != nil {
		return nil, err
	}
	for _, s := range found {
		for id := range s.revisions {
			if !waiting[id] {
				s.take(id)
			}
		}
		for id := range s.refunds {
			if !waiting[id] {
				s.take(id)
			}
		}
	}
	return found, nil
}

func readRevisions(query *gorm.DB, rootIDs []models.ID, into map[models.ID]*standing) error {
	var rows []models.Conversion
	err := query.Omit("content_hash").Where("root_id IN ?", rootIDs).Find(&rows).Error
	for _, r := range rows {
		into[r.RootID].add(r)
	}
	if err != nil {
		return fmt.Errorf("read revisions: %w", err)
	}
	return nil
}

func readRefunds(query *gorm.DB, rootIDs []models.ID, into map[models.ID]*standing) error {
	var rows []models.Refund
	err := query.Select("id", "conversion_id", "source_amount_minor", "kind", "items").Where("conversion_id IN ?", rootIDs).Find(&rows).Error
	for _, r := range rows {
		into[r.ConversionID].refunds[r.ID] = r
	}
	if err != nil {
		return fmt.Errorf("read refunds: %w", err)
	}
	return nil
}

func readLines(query *gorm.DB, rootIDs []models.ID, into map[models.ID]*standing) error {
	var rows []models.Commission
	err := query.Where("source_id IN ?", rootIDs).Order("source_id, ordinal").Find(&rows).Error
	for _, r := range rows {
		into[r.SourceID].lines = append(into[r.SourceID].lines, lineFrom(&r))
	}
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}

// lineFrom puts a row back into the words of this package.
func lineFrom(r *models.Commission) line {
	return line{id: r.ID, enrollmentID: r.EnrollmentID, viaID: models.Or(r.ViaID), sourceID: r.SourceID, ordinal: r.Ordinal, kind: r.Kind,
		correctsID: models.Or(r.CorrectsID), causeID: models.Or(r.CauseID), planID: r.PlanVersionID, ruleID: r.RuleID, level: r.Level,
		basisMinor: r.BasisMinor, rate: money.Rate(r.RatePpm), amountMinor: r.AmountMinor, periodID: r.PeriodID, maturesAt: r.MaturesAt,
		occurredAt: r.OccurredAt, facts: r.Facts}
}

func latestRevisions(found map[models.ID]*standing) []models.Conversion {
	rows := make([]models.Conversion, 0, len(found))
	for id := range found {
		rows = append(rows, models.Conversion{RootID: id})
	}
	return rows
}

// waitingOf tells which of the revisions and refunds are still in the queue.
func waitingOf(query *gorm.DB, programID models.ID, shards []int, found map[models.ID]*standing) (map[models.ID]bool, error) {
	var ids []models.ID
	for _, s := range found {
		for id := range s.revisions {
			ids = append(ids, id)
		}
		for id := range s.refunds {
			ids = append(ids, id)
		}
	}
	waiting := map[models.ID]bool{}
	err := inChunks(ids, func(part []models.ID) error {
		var queued []models.ID
		err := query.Model(&models.AccrualItem{}).Where("program_id = ? AND shard IN ? AND id IN ?", programID, shards, part).Pluck("id", &queued).Error
		for _, id := range queued {
			waiting[id] = true
		}
		if err != nil {
			return fmt.Errorf("read accrual queue: %w", err)
		}
		return nil
	})
	return waiting, err
}
