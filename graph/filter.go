package graph

import (
	"errors"

	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

func (r *DateTimeRange) span() models.Span {
	if r == nil {
		return models.Span{}
	}
	return models.Span{From: orZero(r.From), Before: orZero(r.Before)}
}

// minor reads a range of amounts of a currency. Codes AMOUNT_MALFORMED, AMOUNT_TOO_PRECISE, AMOUNT_OVERFLOW.
func (r *AmountRange) minor(c money.Currency) (models.Range, error) {
	var found models.Range
	if r == nil {
		return found, nil
	}
	for _, end := range []struct {
		name string
		text *string
		into **int64
	}{{"from", r.From, &found.From}, {"to", r.To, &found.To}} {
		if end.text == nil {
			continue
		}
		amount, err := money.Parse(*end.text, c)
		var refusal *fault.Error
		if errors.As(err, &refusal) {
			return found, refusal.On("filter.amount." + end.name)
		}
		if err != nil {
			return found, err
		}
		*end.into = &amount.Minor
	}
	return found, nil
}

func (f *EnrollmentFilter) read() program.EnrollmentFilter {
	if f == nil {
		return program.EnrollmentFilter{}
	}
	return program.EnrollmentFilter{Status: orZero(f.Status), GroupCode: textOr(f.GroupCode), Tag: textOr(f.Tag), Joined: f.JoinedAt.span(),
		NamePrefix: textOr(f.PartnerNamePrefix), EmailPrefix: textOr(f.PartnerEmailPrefix)}
}

func (f *ClickFilter) read() (tracking.ClickFilter, error) {
	if f == nil {
		return tracking.ClickFilter{}, nil
	}
	linkID, err := idInOr("filter.linkId", models.PrefixLink, f.LinkID)
	return tracking.ClickFilter{LinkID: linkID, Clicked: f.OccurredAt.span()}, err
}

func (f *ConversionFilter) read() (tracking.ConversionFilter, error) {
	if f == nil {
		return tracking.ConversionFilter{}, nil
	}
	enrollmentID, err := idInOr("filter.enrollmentId", models.PrefixEnrollment, f.EnrollmentID)
	return tracking.ConversionFilter{State: orZero(f.State), Kind: textOr(f.Kind), ExternalID: textOr(f.ExternalID), EnrollmentID: enrollmentID,
		Occurred: f.OccurredAt.span()}, err
}

func (f *CommissionFilter) read() (commission.LineFilter, error) {
	if f == nil {
		return commission.LineFilter{}, nil
	}
	periodID, err := idInOr("filter.periodId", models.PrefixPeriod, f.PeriodID)
	return commission.LineFilter{Kind: orZero(f.Kind), PeriodID: periodID, Occurred: f.OccurredAt.span()}, err
}

func (f *PayoutFilter) read(c money.Currency) (payout.Filter, error) {
	if f == nil {
		return payout.Filter{}, nil
	}
	enrollmentID, err := idInOr("filter.enrollmentId", models.PrefixEnrollment, f.EnrollmentID)
	if err != nil {
		return payout.Filter{}, err
	}
	amount, err := f.Amount.minor(c)
	return payout.Filter{State: orZero(f.State), EnrollmentID: enrollmentID, AmountMinor: amount}, err
}
