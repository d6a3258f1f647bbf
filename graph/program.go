package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/models"
)

type (
	programResolver struct{ *root }
	planResolver    struct{ *root }
	proofResolver   struct{ *root }
)

var errProgramArgument = fault.New(fault.Invalid, "PROGRAM_ARGUMENT", "name a program by id or by slug")

func (r queryResolver) Program(ctx context.Context, id *string, slug *string) (*models.Program, error) {
	switch {
	case (id == nil) == (slug == nil):
		return nil, errProgramArgument
	case slug != nil:
		return noted(ctx)(r.Services.Program.ProgramBySlug(ctx, callerOf(ctx), *slug))
	}
	programID, err := idIn("id", models.PrefixProgram, *id)
	if err != nil {
		return nil, err
	}
	return noted(ctx)(r.Services.Program.Program(ctx, callerOf(ctx), programID))
}

// noted lets what hangs from a program find it without reading it again.
func noted(ctx context.Context) func(models.Program, error) (*models.Program, error) {
	return func(p models.Program, err error) (*models.Program, error) {
		if err != nil {
			return nil, err
		}
		loadersOf(ctx).programs.Prime(p.ID, &p)
		return &p, nil
	}
}

func (r queryResolver) Programs(ctx context.Context, first *int, after *string, last *int, before *string) (*ProgramConnection, error) {
	return connect(first, after, last, before, func(p models.Program) models.ID { return p.ID },
		func(page models.Page) (models.Slice[models.Program], error) {
			return r.Services.Program.Programs(ctx, callerOf(ctx), page)
		})
}

// ref gives a pointer to a row that was found.
func ref[T any](row T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// programOf loads the program an object belongs to; whoever sees the object sees its program.
func programOf(ctx context.Context, id models.ID) (*models.Program, error) {
	p, err := loadersOf(ctx).programs.Load(ctx, id)
	if err == nil && p == nil {
		return nil, fmt.Errorf("program %s is gone", id)
	}
	return p, err
}

// inProgram gives minor units in the currency of a program.
func inProgram(ctx context.Context, programID models.ID, minor int64) (*money.Amount, error) {
	p, err := programOf(ctx, programID)
	if err != nil {
		return nil, err
	}
	return amount(minor, p.Currency)
}

func amount(minor int64, c money.Currency) (*money.Amount, error) {
	a := money.New(minor, c)
	return &a, nil
}

func (r programResolver) Domains(_ context.Context, p *models.Program) ([]string, error) {
	domains := []string{}
	if p.Domains == "" {
		return domains, nil
	}
	if err := json.Unmarshal([]byte(p.Domains), &domains); err != nil {
		return nil, fmt.Errorf("decode domains: %w", err)
	}
	return domains, nil
}

func (r programResolver) MinimumPayout(_ context.Context, p *models.Program) (*money.Amount, error) {
	return amount(p.MinPayoutMinor, p.Currency)
}

func (r programResolver) SoloApprovalLimit(_ context.Context, p *models.Program) (*money.Amount, error) {
	return amount(p.SoloApprovalMinor, p.Currency)
}

func (r programResolver) DebtShare(_ context.Context, p *models.Program) (string, error) {
	return money.Rate(p.DebtSharePpm).Percent(), nil
}

func (r programResolver) PlanVersions(ctx context.Context, p *models.Program, first *int, after *string, last *int, before *string) (*PlanVersionConnection, error) {
	return connect(first, after, last, before, func(v models.PlanVersion) models.ID { return v.ID },
		func(page models.Page) (models.Slice[models.PlanVersion], error) {
			return r.Services.Commission.PlanVersions(ctx, callerOf(ctx), p.ID, page)
		})
}

// LedgerProof looks at the whole ledger; only the verdict is shown, since the findings may name other tenants.
func (r programResolver) LedgerProof(ctx context.Context, p *models.Program) (*ledger.Proof, error) {
	merchantID, err := callerOf(ctx).Can(access.PayoutsRead)
	if err != nil {
		return nil, err
	}
	if merchantID != p.MerchantID {
		return nil, access.ErrForbidden
	}
	return ref(ledger.Verify(ctx, r.DB))
}

func (r proofResolver) FailedChecks(_ context.Context, proof *ledger.Proof) ([]string, error) {
	checks := []string{}
	for _, f := range proof.Findings {
		if !slices.Contains(checks, f.Check) {
			checks = append(checks, f.Check)
		}
	}
	return checks, nil
}
