package commission

import (
	"tributary/internal/money"
	"tributary/internal/notify"
	"tributary/models"
)

// emit tells each enrollment what the posting booked for it: one event however many lines there are, as the ledger gets
// one entry.
func (p *posting) emit() error {
	events := make([]notify.Event, 0, len(p.earned))
	journal := p.journalID.Format(models.PrefixJournal)
	for _, id := range sortedIDs(p.earned) {
		events = append(events, notify.Event{Type: notify.CommissionPosted, EnrollmentID: id,
			Data: notify.CommissionData{JournalID: journal, Amount: money.New(p.earned[id], p.program.Currency)}})
	}
	return notify.Emit(p.tx, p.program.ID, events...)
}

func emitPlan(tx *models.Tx, v models.PlanVersion) error {
	return notify.Emit(tx, v.ProgramID, notify.Event{Type: notify.PlanPublished, Data: notify.PlanData{PlanVersionID: v.ID.Format(models.PrefixPlan),
		Number: v.Number, EffectiveAt: v.EffectiveAt}})
}

func emitPlacement(tx *models.Tx, kind notify.Type, a models.PlacementAgreement) error {
	data := notify.PlacementData{PlacementID: a.ID.Format(models.PrefixPlacement), EnrollmentID: a.EnrollmentID.Format(models.PrefixEnrollment),
		Placement: a.Placement, StartsAt: a.StartsAt}
	if a.EndsAt.Before(models.OpenEnd) {
		data.EndsAt = &a.EndsAt
	}
	return notify.Emit(tx, a.ProgramID, notify.Event{Type: kind, EnrollmentID: a.EnrollmentID, Data: data})
}

func stallEvent(kind notify.Type, rootID models.ID, ruleID string) notify.Event {
	return notify.Event{Type: kind, Data: notify.StallData{ConversionID: rootID.Format(models.PrefixConversion), RuleID: ruleID}}
}

// emitClose tells that a period is closed, and each enrollment that its statement is there.
func emitClose(tx *models.Tx, period models.Period, statements []models.Statement) error {
	key := period.PeriodKey
	events := make([]notify.Event, 0, len(statements)+1)
	events = append(events, notify.Event{Type: notify.PeriodClosed, Data: notify.PeriodData{PeriodID: period.ID.Format(models.PrefixPeriod), Key: key,
		StartsAt: period.StartsAt, EndsAt: period.EndsAt, Statements: len(statements)}})
	for _, s := range statements {
		events = append(events, notify.Event{Type: notify.StatementReady, EnrollmentID: s.EnrollmentID, Data: notify.StatementData{
			PeriodID: period.ID.Format(models.PrefixPeriod), Key: key, Number: s.Number, Opening: money.New(s.OpeningMinor, s.Currency),
			Lines: money.New(s.LinesMinor, s.Currency), Closing: money.New(s.ClosingMinor, s.Currency)}})
	}
	return notify.Emit(tx, period.ProgramID, events...)
}
