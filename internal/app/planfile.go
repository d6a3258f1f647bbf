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
