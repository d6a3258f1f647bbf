package app

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/models"
)

// ByOperator gives a context whose changes are by a person at the command line, who is believed, for the audit log.
func ByOperator(ctx context.Context, name, command string) context.Context {
	return models.WithOrigin(ctx, models.Origin{Actor: "cli:" + name, Action: command, RequestID: models.NewID().String()})
}

// Migrate brings the database to this release and tells how many files were applied.
func Migrate(ctx context.Context, a *App) (int, error) { return models.Migrate(ctx, a.DB) }

// Verified is what a proof of everything came to.
type Verified struct {
	ledger.Proof
	Audit audit.Proof `json:"audit"`
}

// Holds tells whether the ledger keeps every invariant and the audit log is as it was sealed.
func (v Verified) Holds() bool { return v.Proof.Holds() && v.Audit.Holds() }

// Verify proves the ledger and the audit log; the latter against a head that an earlier proof gave, unless that is empty.
// Code AUDIT_HEAD_INVALID.
func Verify(ctx context.Context, a *App, auditHead string) (Verified, error) {
	var v Verified
	var known *audit.Head
	if auditHead != "" {
		head, err := audit.ParseHead(auditHead)
		if err != nil {
			return v, err
		}
		known = &head
	}
	var err error
	if v.Proof, err = ledger.Verify(ctx, a.DB); err != nil {
		return v, err
	}
	v.Audit, err = a.Audit.Verify(ctx, known)
	return v, err
}

// ApplyFor applies a plan file for the merchant of the slug, who is made when new.
func ApplyFor(ctx context.Context, a *App, slug string, data []byte) (models.Program, models.PlanVersion, error) {
	file, err := commission.ParsePlanFile(data)
	if err != nil {
		return models.Program{}, models.PlanVersion{}, err
	}
	merchant, err := a.merchant(ctx, slug)
	if err != nil {
		return models.Program{}, models.PlanVersion{}, err
	}
	return a.ApplyPlanFile(ctx, access.System("cli", merchant.ID), file)
}

func (a *App) merchant(ctx context.Context, slug string) (models.Merchant, error) {
	merchant, err := a.Program.MerchantBySlug(ctx, slug)
	if fault.KindOf(err) != fault.NotFound {
		return merchant, err
	}
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		merchant, err = a.Program.CreateMerchant(tx, slug, slug)
		return err
	})
	return merchant, err
}
