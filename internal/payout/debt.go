package payout

import (
	"bytes"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/models"
)

// share is how the lines of one statement are parted with the debt that stood before them.
type share struct{ kept, taken int64 }

// dueBalances gives the program's latest closed period, every balance that is not zero, and what debts may not take of
// that period's lines: its owners have a balance in the list too, if only of zero. All of them in the order of their owners.
func dueBalances(query *gorm.DB, p models.Program) (models.ID, []models.Balance, map[models.ID]share, error) {
	through, err := latestClosed(query, p.ID)
	if err != nil {
		return through, nil, nil, err
	}
	balances, err := ledger.NonZero(query, p.ID, models.AccountPayable)
	if err != nil {
		return through, nil, nil, err
	}
	kept, err := keptFromDebts(query, p, through)
	if err != nil {
		return through, nil, nil, err
	}
	// A close that came in between would be in the balances and not in the statements that were read.
	if again, err := latestClosed(query, p.ID); err != nil || again != through {
		return through, nil, nil, orRetry(err)
	}
	known := make(map[models.ID]bool, len(balances))
	for _, b := range balances {
		known[b.OwnerID] = true
	}
	for id := range kept {
		if !known[id] {
			balances = append(balances, models.Balance{OwnerID: id, Account: models.AccountPayable, ProgramID: p.ID, Currency: p.Currency})
		}
	}
	slices.SortFunc(balances, func(a, b models.Balance) int { return bytes.Compare(a.OwnerID[:], b.OwnerID[:]) })
	return through, balances, kept, nil
}

func orRetry(err error) error {
	if err != nil {
		return err
	}
	return models.ErrRetry
}

// latestClosed gives the program's latest closed period: periods close in their order.
func latestClosed(query *gorm.DB, programID models.ID) (models.ID, error) {
	period, err := takeOne[models.Period](query.Where("program_id = ? AND state = ?", programID, models.PeriodStateClosed).Order("starts_at DESC"), "period")
	return period.ID, err
}

// keptFromDebts gives, for each enrollment that was in debt when the period closed and earned in it, the part of its lines
// that is paid out all the same, if that reaches the minimum. A statement's lines are parted once: not where a payout
// that was planned since the close stands.
func keptFromDebts(query *gorm.DB, p models.Program, through models.ID) (map[models.ID]share, error) {
	if p.DebtSharePpm == int64(money.RateOne) {
		return nil, nil
	}
	var rows []models.Statement
	err := query.Where(`period_id = ? AND opening_minor < 0 AND lines_minor > 0 AND NOT EXISTS (SELECT 1 FROM payouts q
		JOIN payout_batches b ON b.id = q.batch_id WHERE q.enrollment_id = statements.enrollment_id AND b.through_period_id = statements.period_id
		AND (q.reserved OR q.state IN ?))`, through, []models.PayoutState{models.PayoutStateTransferred, models.PayoutStatePartlyReversed}).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read statements in debt: %w", err)
	}
	found := make(map[models.ID]share, len(rows))
	for _, s := range rows {
		taken, err := money.MulDivDown(s.LinesMinor, p.DebtSharePpm, int64(money.RateOne))
		if err != nil {
			return nil, err
		}
		if kept := s.LinesMinor - taken; kept >= max(p.MinPayoutMinor, 1) {
			found[s.EnrollmentID] = share{kept: kept, taken: taken}
		}
	}
	return found, nil
}

// DebtSentence tells what a capped debt took, for people; it is empty for a payout of no more than the balance.
func DebtSentence(p models.Payout) string {
	if p.AmountMinor <= p.PayableMinor {
		return ""
	}
	return fmt.Sprintf("a debt took %s of what the period earned; %s of it stays owed", money.New(p.DebtTakenMinor, p.Currency),
		money.New(p.AmountMinor-p.PayableMinor, p.Currency))
}
