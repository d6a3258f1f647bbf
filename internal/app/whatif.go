package app

import (
	"context"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/money"
	"tributary/models"
)

// shownPartners is how many winners and losers a report of a what-if has.
const shownPartners = 10

// WhatIfRequest is a plan file whose plan is a draft for its program, and the span that it is asked about.
type WhatIfRequest struct {
	Merchant  string // slug
	File      []byte
	PeriodKey string
	From, To  time.Time
	Progress  func(done, total int64)
}

// WhatIfReport is what a what-if came to, with who wins and loses most by name.
type WhatIfReport struct {
	Run             models.WhatIfRun
	Detail          commission.WhatIfDetail
	Winners, Losers []WhatIfChange
}

// Text gives an amount of the report as a decimal.
func (r WhatIfReport) Text(minor int64) string { return money.New(minor, r.Run.Currency).Decimal() }

// WhatIfChange is what a draft changes for one enrollment, in minor units of the program's currency.
type WhatIfChange struct {
	Code          string
	Actual, Draft int64
}

// WhatIf works out, in this process, what the plan of a file would have paid; nothing but the answer is kept.
func WhatIf(ctx context.Context, a *App, r WhatIfRequest) (WhatIfReport, error) {
	var report WhatIfReport
	if err := a.RequireSchema(ctx); err != nil {
		return report, err
	}
	file, err := commission.ParsePlanFile(r.File)
	if err != nil {
		return report, err
	}
	merchant, err := a.Program.MerchantBySlug(ctx, r.Merchant)
	if err != nil {
		return report, err
	}
	by := access.System("cli", merchant.ID)
	p, err := a.Program.ProgramBySlug(ctx, by, file.Program.Slug)
	if err != nil {
		return report, err
	}
	report.Run, err = a.Commission.WhatIfNow(ctx, by, commission.WhatIfInput{ProgramID: p.ID, Plan: file.Plan, File: file, PeriodKey: r.PeriodKey, From: r.From, To: r.To}, r.Progress)
	if err != nil {
		return report, err
	}
	if report.Detail, err = commission.WhatIfDetailOf(&report.Run); err != nil {
		return report, err
	}
	if report.Winners, err = a.changes(ctx, by, report.Run.ID, true); err != nil {
		return report, err
	}
	report.Losers, err = a.changes(ctx, by, report.Run.ID, false)
	return report, err
}

// changes gives those who win, or those who lose, most of it first.
func (a *App) changes(ctx context.Context, by access.Caller, runID models.ID, winners bool) ([]WhatIfChange, error) {
	slice, err := a.Commission.WhatIfPartners(ctx, by, runID, winners, models.Page{Size: shownPartners})
	if err != nil {
		return nil, err
	}
	var found []WhatIfChange
	for _, p := range slice.Rows {
		if (p.DraftMinor > p.ActualMinor) != winners || p.DraftMinor == p.ActualMinor {
			break
		}
		e, err := a.Program.Enrollment(ctx, by, p.EnrollmentID)
		if err != nil {
			return nil, err
		}
		found = append(found, WhatIfChange{Code: e.Code, Actual: p.ActualMinor, Draft: p.DraftMinor})
	}
	return found, nil
}
