package payout

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// Funding is what a program owes and when, beside what the platform can pay out; all of it is in the program's currency.
type Funding struct {
	ProgramID models.ID
	Pending   []PendingPeriod // earned in periods that are open, the earliest first
	Payable   money.Amount    // what is owed to who has a balance above zero
	Debts     money.Amount    // what partners owe, as a sum above zero
	InTransit money.Amount    // reserved for payouts that are not settled
	NextRun   money.Amount    // of Payable, what reaches the program's minimum: the next batch pays no more, but for holds
	Rails     []RailFunds     // the program's own rail, and what the next run and what is in transit need there
}

// PendingPeriod is what was earned in an open period. It becomes payable when that ends and is closed.
type PendingPeriod struct {
	PeriodID models.ID
	Lines    int64
	Amount   money.Amount
}

// Funding tells what a program owes now. It reads the balances of the program once, through their index, and of the open
// periods' lines only those that are not in the longest one, through the index of periods: that one's sum is what is left
// of all that is accrued. The rail is asked afterwards; enrollments with a rail of their own count to the program's.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func (s *Service) Funding(ctx context.Context, by access.Caller, programID models.ID) (Funding, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return Funding{}, err
	}
	f := Funding{ProgramID: programID}
	var p models.Program
	err = models.InSnapshot(ctx, s.db, func(query *gorm.DB) error {
		if p, err = takeOne[models.Program](query.Where("id = ? AND merchant_id = ?", programID, merchantID), "program"); err != nil {
			return err
		}
		accrued, err := f.balances(query, p)
		if err != nil {
			return err
		}
		return f.pending(query, p, accrued)
	})
	if err != nil {
		return f, err
	}
	need, err := money.AddMinor(f.NextRun.Minor, f.InTransit.Minor)
	if err != nil {
		return f, err
	}
	f.Rails = []RailFunds{{Rail: p.Rail, Need: money.New(need, p.Currency), Available: s.heldAt(ctx, p, p.Rail)}}
	return f, nil
}

// balances sums up every account in one statement, and gives what is accrued.
func (f *Funding) balances(query *gorm.DB, p models.Program) (accrued int64, err error) {
	var sums []struct {
		Account             models.Account
		Owed, Debts, Enough int64
	}
	err = query.Model(&models.Balance{}).Where("program_id = ? AND account IN ?", p.ID,
		[]models.Account{models.AccountAccrued, models.AccountPayable, models.AccountInTransit}).Group("account").
		Select(`account, SUM(CASE WHEN balance_minor > 0 THEN balance_minor ELSE 0 END) AS owed,
			SUM(CASE WHEN balance_minor < 0 THEN balance_minor ELSE 0 END) AS debts,
			SUM(CASE WHEN balance_minor > 0 AND balance_minor >= ? THEN balance_minor ELSE 0 END) AS enough`, p.MinPayoutMinor).Scan(&sums).Error
	if err != nil {
		return 0, fmt.Errorf("sum balances: %w", err)
	}
	zero := money.New(0, p.Currency)
	f.Payable, f.Debts, f.InTransit, f.NextRun = zero, zero, zero, zero
	for _, sum := range sums {
		left, err := money.AddMinor(sum.Owed, sum.Debts)
		if err != nil {
			return 0, err
		}
		switch sum.Account {
		case models.AccountAccrued:
			accrued = left
		case models.AccountPayable:
			f.Payable.Minor, f.Debts.Minor, f.NextRun.Minor = sum.Owed, -sum.Debts, sum.Enough
		case models.AccountInTransit:
			f.InTransit.Minor = left
		}
	}
	return accrued, nil
}

// pending parts what is accrued by the open periods.
func (f *Funding) pending(query *gorm.DB, p models.Program, accrued int64) error {
	var open []models.Period
	if err := query.Where("program_id = ? AND state = ?", p.ID, models.PeriodStateOpen).Order("starts_at").Find(&open).Error; err != nil {
		return fmt.Errorf("read open periods: %w", err)
	}
	longest := 0
	for i, period := range open {
		if period.LineCount > open[longest].LineCount {
			longest = i
		}
	}
	f.Pending = make([]PendingPeriod, len(open))
	var others []models.ID
	for i, period := range open {
		f.Pending[i] = PendingPeriod{PeriodID: period.ID, Lines: period.LineCount, Amount: money.New(0, p.Currency)}
		if i != longest {
			others = append(others, period.ID)
		}
	}
	if len(open) == 0 {
		return nil
	}
	var sums []struct {
		PeriodID models.ID
		Minor    int64
	}
	if len(others) > 0 {
		err := query.Model(&models.Commission{}).Where("period_id IN ?", others).Group("period_id").Select("period_id, SUM(amount_minor) AS minor").Scan(&sums).Error
		if err != nil {
			return fmt.Errorf("sum open periods: %w", err)
		}
	}
	f.Pending[longest].Amount.Minor = accrued
	for _, sum := range sums {
		rest, err := money.AddMinor(f.Pending[longest].Amount.Minor, -sum.Minor)
		if err != nil {
			return err
		}
		f.Pending[longest].Amount.Minor = rest
		for i := range f.Pending {
			if f.Pending[i].PeriodID == sum.PeriodID {
				f.Pending[i].Amount.Minor = sum.Minor
			}
		}
	}
	return nil
}
