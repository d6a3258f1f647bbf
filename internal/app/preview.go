package app

import (
	"context"
	"fmt"
	"io"
	"math"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// PlanPreview is what planning a batch would come to, as the command line prints it.
type PlanPreview struct {
	payout.Preview
	PeriodKey string
	names     map[models.ID]string // of the partners in it, by enrollment
}

// PreviewPayouts runs the planner for a closed period, the latest when the key is empty, and stores nothing. Codes
// MERCHANT_NOT_FOUND, PROGRAM_NOT_FOUND, PERIOD_NOT_FOUND, and those of payout.Service.Preview.
func PreviewPayouts(ctx context.Context, a *App, operator, merchantSlug, programSlug, periodKey string) (PlanPreview, error) {
	by, period, err := a.periodFor(ctx, operator, merchantSlug, programSlug, periodKey)
	if err != nil {
		return PlanPreview{}, err
	}
	shown, err := a.Payouts.Preview(ctx, by, period.ID, math.MaxInt)
	if err != nil {
		return PlanPreview{}, err
	}
	v := PlanPreview{Preview: shown, PeriodKey: period.PeriodKey}
	v.names, err = a.namesOf(ctx, v.enrollments())
	return v, err
}

func (v PlanPreview) enrollments() []models.ID {
	var ids []models.ID
	for _, n := range v.NotPaid.Rows {
		ids = append(ids, n.EnrollmentID)
	}
	for _, movers := range [][]payout.Mover{v.Newcomers.Rows, v.Leavers.Rows} {
		for _, m := range movers {
			ids = append(ids, m.EnrollmentID)
		}
	}
	for _, o := range v.Outliers.Rows {
		ids = append(ids, o.EnrollmentID)
	}
	return ids
}

const namesPerStatement = 1000

// namesOf gives the names of the partners of enrollments that the caller was shown.
func (a *App) namesOf(ctx context.Context, ids []models.ID) (map[models.ID]string, error) {
	names := make(map[models.ID]string, len(ids))
	for start := 0; start < len(ids); start += namesPerStatement {
		var rows []struct {
			ID   models.ID
			Name string
		}
		err := a.DB.Read(ctx).Table("enrollments").Joins("JOIN partners ON partners.id = enrollments.partner_id").
			Where("enrollments.id IN ?", ids[start:min(start+namesPerStatement, len(ids))]).Select("enrollments.id, partners.name").Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		for _, r := range rows {
			names[r.ID] = r.Name
		}
	}
	return names, nil
}

// Print writes the preview for the person who is to approve.
func (v PlanPreview) Print(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("dry run of %s %s: nothing is stored", v.Program.Slug, v.PeriodKey)
	p("to pay  %d payouts, %s", v.Batch.PayoutCount, Amount(v.Batch.TotalMinor, v.Batch.Currency))
	p("hash    %s", payout.HashText(v.Batch.ContentHash))
	for _, t := range v.Totals {
		p("  %-15s %-7s %6d %18s  %s", t.State, t.Rail, t.Count, Amount(t.Minor, v.Batch.Currency), ReasonText(t.Reason))
	}
	for _, f := range v.Funds {
		switch {
		case f.Available == nil:
			p("funds   %s needs %s; the balance there is not known", f.Rail, f.Need)
		case f.Short().IsPositive():
			p("funds   %s needs %s and has %s: %s SHORT", f.Rail, f.Need, *f.Available, f.Short())
		default:
			p("funds   %s needs %s and has %s", f.Rail, f.Need, *f.Available)
		}
	}
	if v.Last == nil {
		p("before  no finished batch to compare with")
	} else {
		p("before  %s paid %d payouts, %s: %+d payouts, %s", v.Last.ID.Format(models.PrefixBatch), v.LastCount, Amount(v.LastMinor, v.Batch.Currency),
			v.Batch.PayoutCount-int(v.LastCount), signed(v.Batch.TotalMinor-v.LastMinor, v.Batch.Currency))
	}
	for _, n := range v.NotPaid.Rows {
		p("  not paid  %-24s %16s  %s", v.names[n.EnrollmentID], n.Amount, ReasonText(n.Reason))
	}
	for _, m := range v.Newcomers.Rows {
		p("  new       %-24s %16s  %d payouts so far", v.names[m.EnrollmentID], m.Amount, m.Earlier)
	}
	for _, m := range v.Leavers.Rows {
		p("  left      %-24s %16s  was paid by the batch before", v.names[m.EnrollmentID], m.Amount)
	}
	for _, o := range v.Outliers.Rows {
		p("  look at   %-24s %16s  %s", v.names[o.EnrollmentID], o.Amount, o.Sentence)
	}
}

func signed(minor int64, c money.Currency) string {
	if minor > 0 {
		return "+" + Amount(minor, c)
	}
	return Amount(minor, c)
}
