package commission

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/models"
)

// The refusals of Close.
var (
	ErrPeriodNotOver = fault.New(fault.Precondition, "PERIOD_NOT_OVER", "the period is not over yet")
	ErrPeriodOrder   = fault.New(fault.Precondition, "PERIOD_ORDER", "an earlier period of the program is still open")
	ErrPeriodClosed  = fault.New(fault.Precondition, "PERIOD_CLOSED", "the period is closed already")
)

// DuePeriods gives the periods that are over and not closed, oldest first: the question asked every few minutes, so
// that nothing depends on a clock tick arriving.
func (s *Service) DuePeriods(ctx context.Context) ([]models.Period, error) {
	var rows []models.Period
	err := s.db.Read(ctx).Where("state = ? AND ends_at <= ?", models.PeriodStateOpen, s.db.Now()).Order("ends_at, id").Limit(maxDuePeriods).Find(&rows).Error
	return rows, err
}

const maxDuePeriods = 1000

// Close accrues what waits for the program, then closes the period for good: every enrollment's lines of the period
// are summed into a statement, and their sum moves from accrued to payable. What the plan settles by the period (tiers,
// bonuses, placements) is added first. Closing again changes nothing and gives
// PERIOD_CLOSED. Codes PERIOD_NOT_OVER, PERIOD_ORDER, PERIOD_CLOSED, PERIOD_NOT_FOUND.
func (s *Service) Close(ctx context.Context, periodID models.ID) (models.Period, error) {
	var period models.Period
	if err := s.db.Read(ctx).Where("id = ?", periodID).Take(&period).Error; err != nil {
		if models.IsMissing(err) {
			return period, fault.NotFoundf("PERIOD_NOT_FOUND", "period")
		}
		return period, fmt.Errorf("read period: %w", err)
	}
	if period.EndsAt.After(s.db.Now()) {
		return period, ErrPeriodNotOver
	}
	if _, err := s.Accrue(ctx, period.ProgramID); err != nil {
		return period, err
	}
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		period, err = s.closeIn(tx, periodID)
		return err
	})
	return period, err
}

func (s *Service) closeIn(tx *models.Tx, periodID models.ID) (models.Period, error) {
	// The lock that every batch of lines takes too, so none can slip in between what is settled and the close.
	var period models.Period
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", periodID).Take(&period).Error; err != nil {
		return period, fmt.Errorf("lock period: %w", err)
	}
	if period.State != models.PeriodStateOpen {
		return period, ErrPeriodClosed
	}
	var program models.Program
	if err := tx.Where("id = ?", period.ProgramID).Take(&program).Error; err != nil {
		return period, fmt.Errorf("read program: %w", err)
	}
	if err := s.inOrder(tx, period); err != nil {
		return period, err
	}
	if err := s.settle(tx, program, period); err != nil {
		return period, err
	}
	shut := tx.Model(&models.Period{}).Where("id = ? AND state = ?", periodID, models.PeriodStateOpen).
		Updates(map[string]any{"state": models.PeriodStateClosed, "closed_at": tx.Now})
	if err := models.MustAffectOne(shut, ErrPeriodClosed); err != nil {
		return period, err
	}
	if err := s.writeStatements(tx, program, period); err != nil {
		return period, err
	}
	if err := ensureNext(tx, program, period); err != nil {
		return period, err
	}
	return period, tx.Where("id = ?", periodID).Take(&period).Error
}

func (s *Service) inOrder(tx *models.Tx, period models.Period) error {
	var earlier int64
	err := tx.Model(&models.Period{}).Where("program_id = ? AND state = ? AND starts_at < ?", period.ProgramID, models.PeriodStateOpen, period.StartsAt).
		Count(&earlier).Error
	if err != nil {
		return fmt.Errorf("count earlier periods: %w", err)
	}
	if earlier > 0 {
		return ErrPeriodOrder
	}
	return nil
}

func (s *Service) writeStatements(tx *models.Tx, p models.Program, period models.Period) error {
	var sums []struct {
		EnrollmentID models.ID
		Total, Lines int64
	}
	err := tx.Model(&models.Commission{}).Where("period_id = ?", period.ID).Group("enrollment_id").Order("enrollment_id").
		Select("enrollment_id, SUM(amount_minor) AS total, COUNT(*) AS `lines`").Scan(&sums).Error
	if err != nil {
		return fmt.Errorf("sum lines: %w", err)
	}
	payable, err := ledger.NonZero(tx.DB, p.ID, models.AccountPayable)
	if err != nil {
		return err
	}
	opening := make(map[models.ID]int64, len(payable))
	for _, b := range payable {
		opening[b.OwnerID] = b.BalanceMinor
	}
	statements, legs := make([]models.Statement, 0, len(sums)), make([]ledger.Leg, 0, 2*len(sums))
	for _, sum := range sums {
		closing, err := money.AddMinor(opening[sum.EnrollmentID], sum.Total)
		if err != nil {
			return err
		}
		statements = append(statements, models.Statement{PeriodID: period.ID, EnrollmentID: sum.EnrollmentID, OpeningMinor: opening[sum.EnrollmentID],
			LinesMinor: sum.Total, LineCount: sum.Lines, ClosingMinor: closing, Currency: p.Currency})
		legs = append(legs, ledger.Leg{OwnerID: sum.EnrollmentID, Account: models.AccountAccrued, Minor: -sum.Total},
			ledger.Leg{OwnerID: sum.EnrollmentID, Account: models.AccountPayable, Minor: sum.Total})
		delete(opening, sum.EnrollmentID)
	}
	for _, id := range sortedIDs(opening) { // carried through a period in which nothing was earned
		statements = append(statements, models.Statement{PeriodID: period.ID, EnrollmentID: id, OpeningMinor: opening[id], ClosingMinor: opening[id], Currency: p.Currency})
	}
	if err := insertStatements(tx, period, statements); err != nil {
		return err
	}
	if err := emitClose(tx, period, statements); err != nil || !moves(legs) {
		return err
	}
	return ledger.Post(tx, ledger.Draft{ID: models.NewID(), ProgramID: p.ID, Kind: models.JournalKindClose,
		BusinessKey: "close:" + period.ID.String(), Currency: p.Currency, Legs: legs})
}

// insertStatements numbers the statements on from those of the periods before: these close one after the other, so there is
// no gap and no number twice.
func insertStatements(tx *models.Tx, period models.Period, statements []models.Statement) error {
	var last int64
	err := tx.Model(&models.Period{}).Where("program_id = ?", period.ProgramID).Select("COALESCE(SUM(statement_count), 0)").Scan(&last).Error
	if err != nil {
		return fmt.Errorf("count statements: %w", err)
	}
	rows := make([][]any, len(statements))
	for i := range statements {
		s := &statements[i]
		s.Number = last + int64(i) + 1
		rows[i] = []any{s.PeriodID, s.EnrollmentID, s.OpeningMinor, s.LinesMinor, s.LineCount, s.ClosingMinor, s.Currency, s.Number}
	}
	_, err = models.BulkInsert(tx, models.Insert{Table: "statements",
		Columns: []string{"period_id", "enrollment_id", "opening_minor", "lines_minor", "line_count", "closing_minor", "currency", "number"}}, rows)
	if err != nil {
		return err
	}
	if err := tx.Model(&models.Period{}).Where("id = ?", period.ID).Update("statement_count", len(rows)).Error; err != nil {
		return fmt.Errorf("keep count of statements: %w", err)
	}
	return nil
}
