package app

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/models"
)

// ApplyPlanFile creates or updates the program and publishes its plan, whole or not at all.
func (a *App) ApplyPlanFile(ctx context.Context, by access.Caller, f commission.PlanFile) (models.Program, models.PlanVersion, error) {
	var p models.Program
	var v models.PlanVersion
	err := models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		var err error
		p, v, err = a.Commission.ApplyPlanFile(tx, by, a.Program, f)
		return err
	})
	return p, v, err
}

// CheckedPlan is what a plan file comes to that holds, as the command line prints it.
type CheckedPlan struct {
	Rules, Examples int
	Worst, Example  string
}

// CheckPlan checks a plan file without a database. Codes: those of commission.CheckPlanFile.
func CheckPlan(data []byte) (CheckedPlan, error) {
	found, err := commission.CheckPlanFile(data)
	return CheckedPlan{Rules: found.Rules, Examples: found.Examples, Worst: found.WorstCase.Percent(), Example: found.WorstText}, err
}

// ExportPlan gives a program's plan file back, with the plan of a version, of the latest when it is 0.
// Codes MERCHANT_NOT_FOUND, PROGRAM_NOT_FOUND, PLAN_NOT_FOUND.
func ExportPlan(ctx context.Context, a *App, merchantSlug, programSlug string, version int) (string, error) {
	if err := a.RequireSchema(ctx); err != nil {
		return "", err
	}
	merchant, err := a.Program.MerchantBySlug(ctx, merchantSlug)
	if err != nil {
		return "", err
	}
	by := access.System("cli", merchant.ID)
	p, err := a.Program.ProgramBySlug(ctx, by, programSlug)
	if err != nil {
		return "", err
	}
	return a.Commission.ExportPlanFile(ctx, by, p, version)
}
