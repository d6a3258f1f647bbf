package commission

import (
	"fmt"

	"tributary/internal/money"
	"tributary/models"
)

// standing is a conversion as far as it is priced: the latest priced revision, what was refunded of it, and its lines.
// What is not priced yet waits beside it, by id.
type standing struct {
	revision  models.Conversion
	refunded  int64 // in the conversion's own currency: a later rate does not change what share of the sale is left
	lines     []line
	revisions map[models.ID]models.Conversion
	refunds   map[models.ID]int64
}

// take moves a revision or a refund from what waits to what is priced.
func (s *standing) take(id models.ID) {
	if c, ok := s.revisions[id]; ok {
		// One that waits for its rate has no amounts yet: what was priced before it stands.
		if c.State == models.ConversionStateReady && c.Revision > s.revision.Revision {
			s.revision = c
		}
		delete(s.revisions, id)
	}
	s.refunded += s.refunds[id]
	delete(s.refunds, id)
}

// standings reads the conversions named by their first revisions, in a fixed number of statements per thousand.
func (p *pricer) standings(rootIDs []models.ID) (map[models.ID]*standing, error) {
	found := make(map[models.ID]*standing, len(rootIDs))
	for _, id := range rootIDs {
		found[id] = &standing{revisions: map[models.ID]models.Conversion{}, refunds: map[models.ID]int64{}}
	}
	err := inChunks(rootIDs, func(part []models.ID) error {
		if err := p.readRevisions(part, found); err != nil {
			return err
		}
		if err := p.readRefunds(part, found); err != nil {
			return err
		}
		return p.readLines(part, found)
	})
	if err != nil {
		return nil, err
	}
	waiting, err := p.waiting(found)
	if err != nil {
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

func (p *pricer) readRevisions(rootIDs []models.ID, into map[models.ID]*standing) error {
	var rows []models.Conversion
	err := p.tx.Omit("items", "content_hash").Where("root_id IN ?", rootIDs).Find(&rows).Error
	for _, r := range rows {
		into[r.RootID].revisions[r.ID] = r
	}
	if err != nil {
		return fmt.Errorf("read revisions: %w", err)
	}
	return nil
}

func (p *pricer) readRefunds(rootIDs []models.ID, into map[models.ID]*standing) error {
	var rows []models.Refund
	err := p.tx.Select("id", "conversion_id", "source_amount_minor").Where("conversion_id IN ?", rootIDs).Find(&rows).Error
	for _, r := range rows {
		into[r.ConversionID].refunds[r.ID] = r.SourceAmountMinor
	}
	if err != nil {
		return fmt.Errorf("read refunds: %w", err)
	}
	return nil
}

func (p *pricer) readLines(rootIDs []models.ID, into map[models.ID]*standing) error {
	var rows []models.Commission
	err := p.tx.Where("source_id IN ?", rootIDs).Order("source_id, ordinal").Find(&rows).Error
	for _, r := range rows {
		s := into[r.SourceID]
		s.lines = append(s.lines, line{Share: Share{EnrollmentID: r.EnrollmentID, ViaID: models.Or(r.ViaID), Level: r.Level, BasisMinor: r.BasisMinor,
			Rate: money.Rate(r.RatePpm), AmountMinor: r.AmountMinor}, id: r.ID, sourceID: r.SourceID, ordinal: r.Ordinal, kind: r.Kind,
			planID: r.PlanVersionID, ruleID: r.RuleID, maturesAt: r.MaturesAt, occurredAt: r.OccurredAt})
	}
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}

// waiting tells which of the revisions and refunds are still in the queue.
func (p *pricer) waiting(found map[models.ID]*standing) (map[models.ID]bool, error) {
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
		err := p.tx.Model(&models.AccrualItem{}).Where("program_id = ? AND shard = ? AND id IN ?", p.program.ID, p.shard, part).Pluck("id", &queued).Error
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
