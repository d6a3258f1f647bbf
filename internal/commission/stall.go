package commission

import (
	"context"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/models"
)

const maxStallRunes = 500

// writeStalls keeps what could not be priced, in place of what was kept of the same conversions before.
func (p *pricer) writeStalls() error {
	if err := p.clearStalls(p.mended); err != nil || len(p.stalls) == 0 {
		return err
	}
	roots, rows := sortedIDs(p.stalls), make([][]any, len(p.stalls))
	events := make([]notify.Event, len(roots))
	for i, root := range roots {
		s := p.stalls[root]
		events[i] = stallEvent(notify.ConversionStalled, root, s.RuleID)
		rows[i] = []any{s.RootID, s.ProgramID, s.PlanVersionID, s.RuleID, s.Detail, s.StalledAt}
	}
	if err := p.clearStalls(roots); err != nil {
		return err
	}
	_, err := models.BulkInsert(p.tx, models.Insert{Table: "stalled_conversions",
		Columns: []string{"root_id", "program_id", "plan_version_id", "rule_id", "detail", "stalled_at"}}, rows)
	if err != nil {
		return err
	}
	return notify.Emit(p.tx, p.program.ID, events...)
}

// mends forgets that a conversion could not be priced, in this batch or before.
func (p *pricer) mends(root models.ID) {
	delete(p.stalls, root)
	p.mended = append(p.mended, root)
}

// clearStalls forgets that conversions could not be priced, since they are priced again now.
func (p *pricer) clearStalls(roots []models.ID) error {
	return inChunks(roots, func(part []models.ID) error {
		if err := p.tx.Where("root_id IN ?", part).Delete(&models.StalledConversion{}).Error; err != nil {
			return fmt.Errorf("clear stalled conversions: %w", err)
		}
		return nil
	})
}

// ErrNotStalled is returned for a conversion that is not put aside.
var ErrNotStalled = fault.New(fault.Precondition, "CONVERSION_NOT_STALLED", "the conversion is not put aside").On("conversionId")

// Queue puts a conversion back where accrual takes it from. Package tracking writes that queue.
type Queue interface {
	// Requeue queues the conversion of a first revision, which has lines already or not, and gives its latest revision.
	Requeue(tx *models.Tx, rootID models.ID, hasLines bool) (models.Conversion, error)
}

// RetryConversion has a conversion priced again that was put aside, named by any of its revisions: it is put aside no
// longer, and its latest revision waits for accrual, with the refunds that came meanwhile. It gives that revision.
// Codes UNAUTHENTICATED, FORBIDDEN, CONVERSION_NOT_FOUND, CONVERSION_NOT_STALLED.
func (s *Service) RetryConversion(tx *models.Tx, by access.Caller, queue Queue, conversionID models.ID) (models.Conversion, error) {
	merchantID, err := by.Can(access.ConversionsWrite)
	if err != nil {
		return models.Conversion{}, err
	}
	c, err := takeSeen[models.Conversion](tx.Where(inMerchant, merchantID), conversionID, fault.NotFoundf("CONVERSION_NOT_FOUND", "conversion").On("conversionId"))
	if err != nil {
		return c, err
	}
	if err := models.MustAffectOne(tx.Where("root_id = ?", c.RootID).Delete(&models.StalledConversion{}), ErrNotStalled); err != nil {
		return c, err
	}
	if err := notify.Emit(tx, c.ProgramID, stallEvent(notify.ConversionRetried, c.RootID, "")); err != nil {
		return c, err
	}
	var lines int64
	if err := tx.Model(&models.Commission{}).Where("source_id = ?", c.RootID).Limit(1).Count(&lines).Error; err != nil {
		return c, fmt.Errorf("count lines: %w", err)
	}
	return queue.Requeue(tx, c.RootID, lines > 0)
}

// Stalls lists the conversions of a program that are put aside, in the order of their ids.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Stalls(ctx context.Context, by access.Caller, programID models.ID, page models.Page) (models.Slice[models.StalledConversion], error) {
	merchantID, err := by.Can(access.ConversionsRead)
	if err != nil {
		return models.Slice[models.StalledConversion]{}, err
	}
	return models.FetchPage[models.StalledConversion](s.db.Read(ctx).Where("program_id = ?", programID).Where(inMerchant, merchantID), "root_id", page)
}

// StallsOf gives why many conversions, named by their first revisions, are put aside, in one statement; nothing for the
// others. Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) StallsOf(ctx context.Context, by access.Caller, rootIDs []models.ID) ([]models.StalledConversion, error) {
	merchantID, err := by.Can(access.ConversionsRead)
	if err != nil {
		return nil, err
	}
	var rows []models.StalledConversion
	if err := s.db.Read(ctx).Where("root_id IN ?", rootIDs).Where(inMerchant, merchantID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read stalled conversions: %w", err)
	}
	return rows, nil
}
