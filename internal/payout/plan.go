package payout

import (
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/internal/notify"
	"tributary/models"
)

// The refusals of planning and approving.
var (
	ErrPeriodOpen      = fault.New(fault.Precondition, "PERIOD_OPEN", "the period is not closed yet")
	ErrBatchExists     = fault.New(fault.Conflict, "BATCH_EXISTS", "the program has a batch that is not finished")
	ErrNothingOwed     = fault.New(fault.Precondition, "NOTHING_PAYABLE", "nobody has a balance")
	ErrBatchState      = fault.New(fault.Precondition, "BATCH_STATE", "the batch is not in a state that allows this")
	ErrContentHash     = fault.New(fault.Conflict, "BATCH_CHANGED", "this is not the content you looked at").On("contentHash")
	ErrOwnApproval     = fault.New(fault.Forbidden, "APPROVER_IS_MAKER", "above the program's limit somebody else must approve")
	ErrKeyApproval     = fault.New(fault.Forbidden, "APPROVER_NOT_A_PERSON", "above the program's limit a person must approve, not an API key")
	ErrApprovalExpired = fault.New(fault.Precondition, "APPROVAL_EXPIRED", "the approval is older than two days: somebody must look again")
	ErrFindingsOpen    = fault.New(fault.Precondition, "FINDINGS_OPEN", "the latest comparison of a batch differs from the rail: settle that first")
	ErrPayoutState     = fault.New(fault.Precondition, "PAYOUT_STATE", "the payout is not in a state that allows this")
	ErrNotManual       = fault.New(fault.Precondition, "PAYOUT_NOT_MANUAL", "only a payout on the manual rail is marked as paid by hand")
	ErrBatchMissing    = fault.NotFoundf("BATCH_NOT_FOUND", "batch")
	ErrReferenceBad    = fault.InvalidField("reference", "REFERENCE_INVALID", "a reference has 1 to 60 characters")
	ErrDestination     = fault.InvalidField("reference", "DESTINATION_INVALID", "it has 1 to 60 printable ASCII characters and does not begin with = + - or @")
)

// Plan makes the batch of a closed period: one payout for every enrollment with a balance, or with lines that a debt may
// not take, with its amount and destination frozen. Payouts that pass the gates are reserved in the ledger; the others are held or carried with
// their reason and reserve nothing. One batch of a program at a time.
// Codes UNAUTHENTICATED, FORBIDDEN, PERIOD_NOT_FOUND, PERIOD_OPEN, BATCH_EXISTS, NOTHING_PAYABLE.
func (s *Service) Plan(tx *models.Tx, by access.Caller, periodID models.ID) (models.PayoutBatch, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.PayoutBatch{}, err
	}
	period, err := closedPeriod(tx.DB, merchantID, periodID)
	if err != nil {
		return models.PayoutBatch{}, err
	}
	// Locked, so that two plans of one program cannot both find no batch and reserve the same balances.
	p, err := takeOne[models.Program](tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", period.ProgramID), "program")
	if err != nil {
		return models.PayoutBatch{}, err
	}
	return s.writePlan(tx, by, p, periodID)
}

func closedPeriod(query *gorm.DB, merchantID, periodID models.ID) (models.Period, error) {
	period, err := takeOne[models.Period](query.Where("id = ? AND "+ofMerchant, periodID, merchantID), "period")
	if err == nil && period.State != models.PeriodStateClosed {
		err = ErrPeriodOpen
	}
	return period, err
}

func nextRun(query *gorm.DB, programID, periodID models.ID) (int, error) {
	var rows []models.PayoutBatch
	if err := query.Where("program_id = ? AND (period_id = ? OR state NOT IN ?)", programID, periodID,
		[]models.BatchState{models.BatchStateClosed, models.BatchStateCanceled}).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("read batches: %w", err)
	}
	run := 1
	for _, b := range rows {
		if b.State != models.BatchStateClosed && b.State != models.BatchStateCanceled {
			return 0, ErrBatchExists
		}
		if b.PeriodID == periodID {
			run = max(run, b.Run+1)
		}
	}
	return run, nil
}

// writePlan writes what draw hands out, and last the batch, which stands for all of it.
func (s *Service) writePlan(tx *models.Tx, by access.Caller, p models.Program, periodID models.ID) (models.PayoutBatch, error) {
	var legs []ledger.Leg
	batch, err := s.draw(tx.DB, tx.Now, p, periodID, func(b models.PayoutBatch, part []planned) error {
		rows, events := make([][]any, len(part)), make([]notify.Event, len(part))
		for i, c := range part {
			id := models.NewID()
			events[i] = told(models.Payout{ID: id, BatchID: b.ID, EnrollmentID: c.enrollment.ID, AmountMinor: c.minor, Currency: p.Currency, Rail: c.rail},
				plannedAs[c.state], c.state)
			rows[i] = []any{id, b.ID, p.ID, p.MerchantID, c.enrollment.ID, c.enrollment.PartnerID, c.rail, p.Currency,
				c.minor, c.payable, c.taken, c.destination(), c.state, c.reason, c.isPaid(), 1, 0, "", 0, tx.Now}
			if c.isPaid() {
				legs = append(legs, move(c.enrollment.ID, models.AccountPayable, models.AccountInTransit, c.minor)...)
			}
		}
		_, err := models.BulkInsert(tx, models.Insert{Table: "payouts", Columns: []string{"id", "batch_id", "program_id", "merchant_id", "enrollment_id",
			"partner_id", "rail", "currency", "amount_minor", "payable_minor", "debt_taken_minor", "destination", "state", "reason", "reserved", "generation", "attempts", "claim_token",
			"reversed_minor", "created_at"}}, rows)
		if err != nil {
			return err
		}
		return notify.Emit(tx, p.ID, events...)
	})
	if err != nil {
		return batch, err
	}
	batch.Maker, batch.CreatedAt = by.Name, tx.Now
	if err := tx.Create(&batch).Error; err != nil {
		if models.IsDuplicate(err) {
			return batch, ErrBatchExists
		}
		return batch, fmt.Errorf("create batch: %w", err)
	}
	if err := tellBatch(tx, batch, BatchPlanned); err != nil || len(legs) == 0 {
		return batch, err
	}
	return batch, post(tx, models.JournalKindReserve, models.ReserveKey(batch.ID), p.ID, p.Currency, legs)
}

// sendable cuts an amount to what its rail can move; the rest stays payable.
func (s *Service) sendable(name models.RailName, a money.Amount) int64 {
	rail, ok := s.rails[name]
	if !ok || !a.IsPositive() {
		return a.Minor
	}
	return rail.Sendable(a).Minor
}

func move(owner models.ID, from, to models.Account, minor int64) []ledger.Leg {
	return []ledger.Leg{{OwnerID: owner, Account: from, Minor: -minor}, {OwnerID: owner, Account: to, Minor: minor}}
}

func post(tx *models.Tx, kind models.JournalKind, key string, programID models.ID, c money.Currency, legs []ledger.Leg) error {
	return ledger.Post(tx, ledger.Draft{ID: models.NewID(), ProgramID: programID, Kind: kind, BusinessKey: key, Currency: c, Legs: legs})
}
