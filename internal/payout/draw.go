package payout

import (
	"crypto/sha256"
	"time"

	"gorm.io/gorm"

	"tributary/internal/money"
	"tributary/models"
)

// planned is one balance with what the plan makes of it.
type planned struct {
	candidate
	rail   models.RailName
	state  models.PayoutState
	reason string
}

func (c planned) isPaid() bool { return c.state == models.PayoutStatePlanned }

func (c planned) destination() string {
	if c.account == nil {
		return ""
	}
	return c.account.Destination
}

// draw is the planner: it works out the batch that a closed period would get now, with its totals and its content hash, and
// hands what becomes of every balance to each, at most idsPerStatement at a time and in the order of enrollments. It reads
// only; a plan writes what it hands out, a dry run reports it. The batch that each is handed has no totals yet.
// Codes BATCH_EXISTS, NOTHING_PAYABLE.
func (s *Service) draw(query *gorm.DB, now time.Time, p models.Program, periodID models.ID, each func(models.PayoutBatch, []planned) error) (models.PayoutBatch, error) {
	batch := models.PayoutBatch{ID: models.NewID(), ProgramID: p.ID, PeriodID: periodID, Currency: p.Currency, DebtSharePpm: p.DebtSharePpm,
		SoloApprovalMinor: p.SoloApprovalMinor,
		State:             models.BatchStateDraft}
	var err error
	if batch.Run, err = nextRun(query, p.ID, periodID); err != nil {
		return batch, err
	}
	through, balances, kept, err := dueBalances(query, p)
	if err != nil {
		return batch, err
	}
	if len(balances) == 0 {
		return batch, ErrNothingOwed
	}
	batch.ThroughPeriodID = through.Ref()
	content := sha256.New()
	for start := 0; start < len(balances); start += idsPerStatement {
		part, err := s.drawPart(query, now, p, balances[start:min(start+idsPerStatement, len(balances))], kept)
		if err != nil {
			return batch, err
		}
		if err := each(batch, part); err != nil {
			return batch, err
		}
		for _, c := range part {
			addContent(content, c.enrollment.ID, c.rail, c.destination(), c.minor, c.state)
		}
		if err := count(&batch, part); err != nil {
			return batch, err
		}
	}
	batch.ContentHash = models.Hash(content.Sum(nil))
	return batch, nil
}

func count(batch *models.PayoutBatch, part []planned) error {
	for _, c := range part {
		if !c.isPaid() {
			continue
		}
		total, err := money.AddMinor(batch.TotalMinor, c.minor)
		if err != nil {
			return err
		}
		batch.TotalMinor, batch.PayoutCount = total, batch.PayoutCount+1
	}
	return nil
}

func (s *Service) drawPart(query *gorm.DB, now time.Time, p models.Program, balances []models.Balance, kept map[models.ID]share) ([]planned, error) {
	found, err := candidates(query, p, balances, kept)
	if err != nil {
		return nil, err
	}
	part := make([]planned, len(found))
	for i, c := range found {
		rail := railOf(p, c.enrollment)
		whole := c.minor
		c.minor = s.sendable(rail, money.New(whole, p.Currency))
		state, reason := gate(p, c, now)
		if state != models.PayoutStatePlanned {
			c.minor = whole
		}
		part[i] = planned{candidate: c, rail: rail, state: state, reason: reason}
	}
	return part, nil
}
