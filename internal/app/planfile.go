package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// PlanFile is a program and its plan in one readable file.
type PlanFile struct {
	Program program.Spec        `yaml:"program"`
	Plan    commission.PlanSpec `yaml:"plan"`
}

// ParsePlanFile reads a plan file; unknown fields are refused. Code PLAN_FILE_MALFORMED, with line and column.
func ParsePlanFile(data []byte) (PlanFile, error) {
	var f PlanFile
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		return f, fault.New(fault.Invalid, "PLAN_FILE_MALFORMED", "%s", yaml.FormatError(err, false, false))
	}
	return f, nil
}

// ApplyPlanFile creates or updates the program and publishes its plan, whole or not at all.
func (a *App) ApplyPlanFile(ctx context.Context, by access.Caller, f PlanFile) (models.Program, models.PlanVersion, error) {
	var p models.Program
	var v models.PlanVersion
	err := models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		var err error
		if p, err = a.Program.Apply(tx, by, f.Program); err != nil {
			return inside("program.", err)
		}
		v, err = a.Commission.Publish(tx, by, p.ID, f.Plan)
		return err
	})
	return p, v, err
}

func inside(prefix string, err error) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Field != "" {
		return e.On(prefix + e.Field)
	}
	return fmt.Errorf("apply program: %w", err)
}
