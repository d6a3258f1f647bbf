package commission

import (
	"context"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/commission/paper"
	"tributary/internal/fault"
	"tributary/models"
)

// WriteStatement writes an enrollment's statement of a closed period, for its merchant or its own partner, the same bytes
// each time as long as nobody is renamed. All of it is of the close or before: the payout that the closing balance leads to
// is on the next one. Codes UNAUTHENTICATED, FORBIDDEN, STATEMENT_NOT_FOUND.
func (s *Service) WriteStatement(ctx context.Context, by access.Caller, periodID, enrollmentID models.ID, format paper.Format, to io.Writer) error {
	query, err := s.seen(ctx, by, access.PayoutsRead, ofMerchant, ofPartner)
	if err != nil {
		return err
	}
	var row models.Statement
	err = query.Where("period_id = ? AND enrollment_id = ?", periodID, enrollmentID).Take(&row).Error
	if models.IsMissing(err) {
		return fault.NotFoundf("STATEMENT_NOT_FOUND", "statement")
	}
	if err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	sheet, zone, err := s.sheetOf(s.db.Read(ctx), row)
	if err != nil {
		return err
	}
	return paper.Write(to, format, sheet, linesOn(s.db.Read(ctx), row, zone))
}

// sheetOf gathers what is on a statement: who and when from the tables that say so, its balances from its own row, what was
// reserved for payouts from the ledger, and what came back as what is left between the two balances.
func (s *Service) sheetOf(query *gorm.DB, row models.Statement) (paper.Statement, *time.Location, error) {
	var named struct{ Slug, Program, TimeZone, Merchant, Partner string }
	err := query.Table("enrollments e").Joins("JOIN programs p ON p.id = e.program_id").Joins("JOIN merchants m ON m.id = e.merchant_id").
		Joins("JOIN partners t ON t.id = e.partner_id").Where("e.id = ?", row.EnrollmentID).
		Select("p.slug, p.name AS program, p.time_zone, m.name AS merchant, t.name AS partner").Take(&named).Error
	if err != nil {
		return paper.Statement{}, nil, fmt.Errorf("read who a statement is for: %w", err)
	}
	zone, err := time.LoadLocation(named.TimeZone)
	if err != nil {
		return paper.Statement{}, nil, fmt.Errorf("time zone: %w", err)
	}
	var period models.Period
	if err := query.Where("id = ?", row.PeriodID).Take(&period).Error; err != nil {
		return paper.Statement{}, nil, fmt.Errorf("read period: %w", err)
	}
	sheet := paper.Statement{Number: StatementNumber(named.Slug, row), Merchant: named.Merchant, Program: named.Program, Partner: named.Partner,
		PeriodKey: period.PeriodKey, From: period.StartsAt.In(zone), Until: period.EndsAt.In(zone), ClosedAt: period.ClosedAt.In(zone),
		Currency: row.Currency, Closing: row.ClosingMinor}
	if err := sumKinds(query, row, &sheet); err != nil {
		return sheet, zone, err
	}
	if err := carriedOver(query, row, period, zone, &sheet); err != nil {
		return sheet, zone, err
	}
	sheet.Returned = row.OpeningMinor - (sheet.Opening - sheet.Paid())
	return sheet, zone, nil
}

// StatementNumber gives a statement's number as people quote it.
func StatementNumber(programSlug string, s models.Statement) string {
	return fmt.Sprintf("%s-%06d", programSlug, s.Number)
}

func isAdjustment(kind models.CommissionKind) bool {
	return kind == models.CommissionKindRefund || kind == models.CommissionKindRestate || kind == models.CommissionKindManual
}

func sumKinds(query *gorm.DB, row models.Statement, sheet *paper.Statement) error {
	var sums []struct {
		Kind         models.CommissionKind
		Count, Minor int64
	}
	err := query.Model(&models.Commission{}).Where("period_id = ? AND enrollment_id = ?", row.PeriodID, row.EnrollmentID).Group("kind").
		Select("kind, COUNT(*) AS count, SUM(amount_minor) AS minor").Scan(&sums).Error
	if err != nil {
		return fmt.Errorf("sum lines: %w", err)
	}
	for _, sum := range sums {
		into := &sheet.Commissions
		if isAdjustment(sum.Kind) {
			into = &sheet.Adjustments
		}
		into.Count, into.Minor = into.Count+sum.Count, into.Minor+sum.Minor
	}
	return nil
}

// carriedOver reads the balance of the close before, and what the batches between the two closes reserved of it.
func carriedOver(query *gorm.DB, row models.Statement, period models.Period, zone *time.Location, sheet *paper.Statement) error {
	var before []models.Period
	err := query.Where("program_id = ? AND starts_at < ?", period.ProgramID, period.StartsAt).Order("starts_at DESC").Limit(1).Find(&before).Error
	if err != nil {
		return fmt.Errorf("read period before: %w", err)
	}
	if len(before) == 0 {
		return nil
	}
	var last []models.Statement // none when the balance was zero
	if err := query.Where("period_id = ? AND enrollment_id = ?", before[0].ID, row.EnrollmentID).Find(&last).Error; err != nil {
		return fmt.Errorf("read statement before: %w", err)
	}
	for _, s := range last {
		sheet.Opening = s.ClosingMinor
	}
	var batches []models.PayoutBatch
	if err := query.Where("program_id = ? AND through_period_id = ?", period.ProgramID, before[0].ID).Order("id").Find(&batches).Error; err != nil {
		return fmt.Errorf("read batches: %w", err)
	}
	for _, b := range batches {
		if err := addReserved(query, row, b, zone, sheet); err != nil {
			return err
		}
	}
	return nil
}

func addReserved(query *gorm.DB, row models.Statement, b models.PayoutBatch, zone *time.Location, sheet *paper.Statement) error {
	var found []struct {
		PayoutID    models.ID
		AmountMinor int64
	}
	err := query.Table("journals j").Joins("JOIN ledger_entries e ON e.journal_id = j.id AND e.owner_id = ? AND e.account = ?", row.EnrollmentID, models.AccountPayable).
		Joins("JOIN payouts p ON p.batch_id = ? AND p.enrollment_id = e.owner_id", b.ID).Where("j.business_key = ?", models.ReserveKey(b.ID)).
		Select("p.id AS payout_id, -e.amount_minor AS amount_minor").Scan(&found).Error
	if err != nil {
		return fmt.Errorf("read what was reserved: %w", err)
	}
	for _, f := range found {
		sheet.Payouts = append(sheet.Payouts, paper.Payout{ID: f.PayoutID.Format(models.PrefixPayout), At: b.CreatedAt.In(zone), Minor: f.AmountMinor})
	}
	return nil
}

// linesOn hands out a statement's lines in one statement to the database, one at a time.
func linesOn(query *gorm.DB, row models.Statement, zone *time.Location) paper.Lines {
	return func(yield func(paper.Line, error) bool) {
		rows, err := query.Model(&models.Commission{}).Where("period_id = ? AND enrollment_id = ?", row.PeriodID, row.EnrollmentID).Order("id").Rows()
		if err != nil {
			yield(paper.Line{}, fmt.Errorf("read lines: %w", err))
			return
		}
		defer func() { _ = rows.Close() }() // what went wrong while reading is in Err
		for rows.Next() {
			var c models.Commission
			if err := query.ScanRows(rows, &c); err != nil {
				yield(paper.Line{}, fmt.Errorf("read line: %w", err))
				return
			}
			if !yield(paperLine(c, zone), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(paper.Line{}, fmt.Errorf("read lines: %w", err))
		}
	}
}

func paperLine(c models.Commission, zone *time.Location) paper.Line {
	text := kindTexts[c.Kind]
	if c.RuleID != "" {
		text += ", rule " + c.RuleID
	}
	if c.Level > 0 {
		text += fmt.Sprintf(", level %d", c.Level)
	}
	line := paper.Line{ID: c.ID.Format(models.PrefixCommission), At: c.OccurredAt.In(zone), Text: text, IsAdjustment: isAdjustment(c.Kind), Minor: c.AmountMinor}
	if line.IsAdjustment { // it bears the instant of the sale that it adjusts
		line.At = c.CreatedAt.In(zone)
	}
	return line
}

var kindTexts = map[models.CommissionKind]string{
	models.CommissionKindEarned:    "sale",
	models.CommissionKindRefund:    "refund",
	models.CommissionKindRestate:   "corrected sale",
	models.CommissionKindManual:    "by hand",
	models.CommissionKindTier:      "volume",
	models.CommissionKindBonus:     "bonus",
	models.CommissionKindPlacement: "placement",
}
