package tracking

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/program"
	"tributary/models"
)

// RefundInput takes back a part of a conversion; Amount is a decimal in the conversion's own currency.
type RefundInput struct {
	Source               string
	ExternalID           string
	ConversionExternalID string
	ConversionKind       string // SALE when empty
	OccurredAt           time.Time
	Amount               string
	Reason               string
}

// The refusals of RecordRefund.
var (
	ErrConversionNotFound = fault.NotFoundf("CONVERSION_NOT_FOUND", "conversion").On("conversionExternalId")
	ErrRefundExceeds      = fault.InvalidField("amount", "REFUND_EXCEEDS_SALE", "all refunds together would exceed the conversion")
	ErrRefundDiffers      = fault.New(fault.Conflict, "REFUND_DIFFERS", "a refund with this id and other content is recorded").On("externalId")
	ErrAwaitingRate       = fault.New(fault.Precondition, "CONVERSION_AWAITING_RATE", "the conversion has no exchange rate yet").On("conversionExternalId")
)

// RecordRefund records a refund and puts its adjustments into the accrual queue. The same refund again changes nothing.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND, CONVERSION_NOT_FOUND, REFUND_EXCEEDS_SALE, REFUND_DIFFERS,
// CONVERSION_AWAITING_RATE, and those of the fields.
func (s *Service) RecordRefund(tx *models.Tx, by access.Caller, programID models.ID, in RefundInput) (models.Refund, Outcome, error) {
	p, err := program.OwnProgram(tx, by, access.ConversionsWrite, programID)
	if err != nil {
		return models.Refund{}, "", err
	}
	if in, err = in.check(tx.Now); err != nil {
		return models.Refund{}, "", err
	}
	content, err := json.Marshal(in)
	if err != nil {
		return models.Refund{}, "", fmt.Errorf("encode refund: %w", err)
	}
	latest, err := lockConversion(tx, p.ID, in)
	if err != nil {
		return models.Refund{}, "", err
	}
	var present models.Refund
	err = tx.Where("program_id = ? AND source = ? AND external_id = ?", p.ID, in.Source, in.ExternalID).Take(&present).Error
	if err == nil {
		if present.ContentHash != models.HashOf(content) {
			return present, "", ErrRefundDiffers
		}
		return present, OutcomeDuplicate, nil
	}
	if !models.IsMissing(err) {
		return present, "", fmt.Errorf("read refund: %w", err)
	}
	row := models.Refund{ID: models.NewID(), ProgramID: p.ID, ConversionID: latest.RootID, Source: in.Source, ExternalID: in.ExternalID,
		ContentHash: models.HashOf(content), OccurredAt: in.OccurredAt, ReceivedAt: tx.Now, Reason: cut(in.Reason, maxReasonRunes)}
	if row.SourceAmountMinor, row.AmountMinor, err = refundAmounts(tx, p, latest, in.Amount); err != nil {
		return row, "", err
	}
	return row, OutcomeRecorded, keepRefund(tx, row, latest)
}

func (in RefundInput) check(now time.Time) (RefundInput, error) {
	if in.Source == "" {
		in.Source = defaultSource
	}
	if in.ConversionKind == "" {
		in.ConversionKind = KindSale
	}
	in.ExternalID, in.ConversionExternalID = strings.TrimSpace(in.ExternalID), strings.TrimSpace(in.ConversionExternalID)
	in.OccurredAt = models.Instant(in.OccurredAt)
	switch {
	case !sourceShape.MatchString(in.Source):
		return in, fault.InvalidField("source", "SOURCE_INVALID", "a source has 1 to %d lower-case letters, digits, - and _", maxSourceBytes)
	case !isExternalID(in.ExternalID):
		return in, fault.InvalidField("externalId", "EXTERNAL_ID_INVALID", "an external id has 1 to %d characters", maxExternalRunes)
	case in.OccurredAt.IsZero() || in.OccurredAt.Year() < 1970:
		return in, fault.InvalidField("occurredAt", "OCCURRED_AT_MISSING", "say when it happened")
	case in.OccurredAt.After(now.Add(futureTolerance)):
		return in, fault.InvalidField("occurredAt", "OCCURRED_AT_FUTURE", "it cannot have happened in the future")
	}
	if !isExternalID(in.ConversionExternalID) || !kindShape.MatchString(in.ConversionKind) {
		return in, ErrConversionNotFound
	}
	return in, nil
}

// lockConversion finds the latest revision and locks the first, so that refunds of one conversion take turns.
func lockConversion(tx *models.Tx, programID models.ID, in RefundInput) (models.Conversion, error) {
	var rows []models.Conversion
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND source = ? AND external_id = ? AND kind = ?",
		programID, in.Source, in.ConversionExternalID, in.ConversionKind).Order("revision").Find(&rows).Error
	if err != nil {
		return models.Conversion{}, fmt.Errorf("read conversion: %w", err)
	}
	if len(rows) == 0 {
		return models.Conversion{}, ErrConversionNotFound
	}
	latest := rows[len(rows)-1]
	if latest.State == models.ConversionStateAwaitingRate {
		return latest, ErrAwaitingRate
	}
	return latest, nil
}

type refundedSum struct{ minor, sourceMinor int64 }

// lockRefunds sums the refunds of conversions whose first revisions it locks, in the order of their ids.
func lockRefunds(tx *models.Tx, rootIDs []models.ID) (map[models.ID]refundedSum, error) {
	if len(rootIDs) == 0 {
		return nil, nil
	}
	var roots []models.Conversion
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").Where("id IN ?", rootIDs).Order("id").Find(&roots).Error
	if err != nil {
		return nil, fmt.Errorf("lock conversions: %w", err)
	}
	var sums []struct {
		ConversionID       models.ID
		Minor, SourceMinor int64
	}
	err = tx.Model(&models.Refund{}).Where("conversion_id IN ?", rootIDs).Group("conversion_id").
		Select("conversion_id, SUM(amount_minor) AS minor, SUM(source_amount_minor) AS source_minor").Scan(&sums).Error
	if err != nil {
		return nil, fmt.Errorf("sum refunds: %w", err)
	}
	found := make(map[models.ID]refundedSum, len(sums))
	for _, s := range sums {
		found[s.ConversionID] = refundedSum{s.Minor, s.SourceMinor}
	}
	return found, nil
}

// refundAmounts gives the refund in both currencies. The converted amount is the difference of cumulative amounts,
// so that refunds which add up to the sale add up in the program's currency too.
func refundAmounts(tx *models.Tx, p models.Program, c models.Conversion, text string) (source, converted int64, err error) {
	amount, err := money.Parse(text, c.SourceCurrency)
	if err != nil {
		return 0, 0, on("amount", err)
	}
	if !amount.IsPositive() {
		return 0, 0, fault.InvalidField("amount", "AMOUNT_NOT_POSITIVE", "the amount must be above zero")
	}
	refunded, err := lockRefunds(tx, []models.ID{c.RootID})
	if err != nil {
		return 0, 0, err
	}
	before := refunded[c.RootID]
	total, err := money.AddMinor(before.sourceMinor, amount.Minor)
	if err != nil || total > c.SourceAmountMinor {
		return 0, 0, ErrRefundExceeds
	}
	if c.FXRate == "" {
		return amount.Minor, amount.Minor, nil
	}
	rate, err := money.ParseFxRate(c.FXRate)
	if err != nil {
		return 0, 0, fmt.Errorf("stored rate of conversion %s: %w", c.ID, err)
	}
	cumulative, err := money.Convert(money.New(total, c.SourceCurrency), p.Currency, rate)
	return amount.Minor, cumulative.Minor - before.minor, err
}

func keepRefund(tx *models.Tx, row models.Refund, c models.Conversion) error {
	if err := tx.Create(&row).Error; err != nil {
		if models.IsDuplicate(err) {
			return models.ErrRetry
		}
		return fmt.Errorf("create refund: %w", err)
	}
	var a models.Attribution
	if err := tx.Select("conversion_id", "enrollment_id", "hold_reason").Where("conversion_id = ?", row.ConversionID).Take(&a).Error; err != nil {
		return fmt.Errorf("read attribution: %w", err)
	}
	if a.EnrollmentID == nil || a.HoldReason != "" {
		return nil // nothing was earned, so nothing is to be adjusted
	}
	_, err := models.BulkInsert(tx, models.Insert{Table: "accrual_queue", Columns: []string{"program_id", "shard", "id", "root_id", "kind"}},
		[][]any{{row.ProgramID, shardFor(c), row.ID, row.ConversionID, models.AccrualKindRefund}})
	return err
}
