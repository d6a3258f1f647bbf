package app

import (
	"context"
	"fmt"
	"io"
	"slices"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// ReplayRequest names a program by slugs, and one of its periods; no period is all of them.
type ReplayRequest struct{ Merchant, Program, Period string }

// ReplayedPeriod is a replay with the ids and amounts that people and programs read.
type ReplayedPeriod struct {
	Period      string               `json:"period"`
	State       models.PeriodState   `json:"state"`
	Lines       int64                `json:"lines"`
	Conversions int64                `json:"conversions"`
	Stored      money.Amount         `json:"stored"`
	Recomputed  money.Amount         `json:"recomputed"`
	Differences int64                `json:"differences"`
	First       []ReplayedDifference `json:"firstDifferences"`
}

// ReplayedDifference is one difference; the ids are empty where it has none.
type ReplayedDifference struct {
	Kind         commission.ReplayKind `json:"kind"`
	LineID       string                `json:"lineId,omitempty"`
	ConversionID string                `json:"conversionId,omitempty"`
	EnrollmentID string                `json:"enrollmentId,omitempty"`
	RuleID       string                `json:"ruleId,omitempty"`
	Level        int                   `json:"level"`
	Stored       money.Amount          `json:"stored"`
	Recomputed   money.Amount          `json:"recomputed"`
	Detail       string                `json:"detail"`
}

// Replay works one period of a program out again, or all of them.
// Codes MERCHANT_NOT_FOUND, PROGRAM_NOT_FOUND, PERIOD_NOT_FOUND.
func Replay(ctx context.Context, a *App, r ReplayRequest) ([]ReplayedPeriod, error) {
	if err := a.RequireSchema(ctx); err != nil {
		return nil, err
	}
	merchant, err := a.Program.MerchantBySlug(ctx, r.Merchant)
	if err != nil {
		return nil, err
	}
	by := access.System("cli", merchant.ID)
	p, err := a.Program.ProgramBySlug(ctx, by, r.Program)
	if err != nil {
		return nil, err
	}
	var all []commission.Replayed
	if r.Period == "" {
		all, err = a.Commission.ReplayProgram(ctx, by, p.ID)
	} else {
		all, err = a.replayKey(ctx, by, p.ID, r.Period)
	}
	if err != nil {
		return nil, err
	}
	shown := make([]ReplayedPeriod, len(all))
	for i := range all {
		shown[i] = replayed(&all[i])
	}
	return shown, nil
}

func (a *App) replayKey(ctx context.Context, by access.Caller, programID models.ID, key string) ([]commission.Replayed, error) {
	period, err := a.Commission.PeriodByKey(ctx, by, programID, key)
	if err != nil {
		return nil, err
	}
	one, err := a.Commission.Replay(ctx, by, period.ID)
	return []commission.Replayed{one}, err
}

func replayed(r *commission.Replayed) ReplayedPeriod {
	of := r.Run.Currency
	shown := ReplayedPeriod{Period: r.Period.PeriodKey, State: r.Period.State, Lines: r.Run.Lines, Conversions: r.Run.Conversions, Differences: r.Run.Differences,
		Stored: money.New(r.Run.StoredMinor, of), Recomputed: money.New(r.Run.RecomputedMinor, of), First: []ReplayedDifference{}}
	for _, d := range r.Differences {
		shown.First = append(shown.First, ReplayedDifference{Kind: d.Kind, LineID: idOr(models.PrefixCommission, d.LineID), ConversionID: idOr(models.PrefixConversion, d.ConversionID),
			EnrollmentID: idOr(models.PrefixEnrollment, d.EnrollmentID), RuleID: d.RuleID, Level: d.Level, Stored: money.New(d.StoredMinor, of),
			Recomputed: money.New(d.RecomputedMinor, of), Detail: d.Detail})
	}
	return shown
}

func idOr(prefix string, id models.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.Format(prefix)
}

// Print writes a line for the period, and each difference to the cent.
func (r ReplayedPeriod) Print(w io.Writer) {
	if r.Differences == 0 {
		fmt.Fprintf(w, "%s: %d lines of %d conversions come to %s; no difference\n", r.Period, r.Lines, r.Conversions, r.Stored)
		return
	}
	fmt.Fprintf(w, "%s: %d lines of %d conversions come to %s, and %s are stored; %d differences\n", r.Period, r.Lines, r.Conversions, r.Recomputed, r.Stored, r.Differences)
	for _, d := range r.First {
		fmt.Fprintf(w, "  %-12s stored %s, recomputed %s: %s\n", d.Kind, d.Stored.Decimal(), d.Recomputed.Decimal(), d.Detail)
		for _, of := range []struct{ name, id string }{{"line", d.LineID}, {"conversion", d.ConversionID}, {"enrollment", d.EnrollmentID}} {
			if of.id != "" {
				fmt.Fprintf(w, "               %s %s\n", of.name, of.id)
			}
		}
		if d.RuleID != "" {
			fmt.Fprintf(w, "               rule %s, level %d\n", d.RuleID, d.Level)
		}
	}
	if left := r.Differences - int64(len(r.First)); left > 0 {
		fmt.Fprintf(w, "  and %d more\n", left)
	}
}

// ReplayAgrees refuses when a period differs from its replay. Code REPLAY_DIFFERS.
func ReplayAgrees(periods []ReplayedPeriod) error {
	if slices.ContainsFunc(periods, func(r ReplayedPeriod) bool { return r.Differences > 0 }) {
		return fault.New(fault.Precondition, "REPLAY_DIFFERS", "what is stored is not what it comes to when it is worked out again")
	}
	return nil
}
