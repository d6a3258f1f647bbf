package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/fault"
	"tributary/models"
)

type auditResolver struct{ *root }

// AuditLog is of the caller's merchant, whichever merchant it is asked of: nobody is shown another.
func (r merchantResolver) AuditLog(ctx context.Context, m *models.Merchant, filter *AuditLogFilter, first *int, after *string, last *int, before *string) (*AuditEntryConnection, error) {
	by := callerOf(ctx)
	if !by.Has(access.AuditRead) || by.MerchantID != m.ID {
		return nil, nil
	}
	wanted, err := auditFilter(filter)
	if err != nil {
		return nil, err
	}
	return connect(first, after, last, before, func(e models.AuditEntry) models.ID { return e.ID },
		func(page models.Page) (models.Slice[models.AuditEntry], error) {
			return r.Audit.Log(ctx, by, wanted, page)
		})
}

func auditFilter(in *AuditLogFilter) (audit.Filter, error) {
	if in == nil {
		return audit.Filter{}, nil
	}
	f := audit.Filter{Actor: textOr(in.Actor), Action: textOr(in.Action)}
	if in.From != nil {
		f.From = *in.From
	}
	if in.Until != nil {
		f.Until = *in.Until
	}
	if in.EntityID == nil {
		return f, nil
	}
	if err := f.EntityID.UnmarshalText([]byte(*in.EntityID)); err == nil {
		return f, nil
	}
	var err error
	if _, f.EntityID, err = models.ParseAnyID(*in.EntityID); err != nil {
		return f, fault.InvalidField("filter.entityId", "ID_MALFORMED", "this is not an id")
	}
	return f, nil
}

func (r auditResolver) TransactionID(_ context.Context, e *models.AuditEntry) (string, error) {
	return e.TransactionID.Format(models.PrefixAudit), nil
}

func (r auditResolver) EntityID(_ context.Context, e *models.AuditEntry) (*string, error) {
	return textOrNull(models.AuditEntityID(*e)), nil
}

func (r auditResolver) Before(_ context.Context, e *models.AuditEntry) (*string, error) {
	return textOrNull(e.BeforeJSON), nil
}

func (r auditResolver) After(_ context.Context, e *models.AuditEntry) (*string, error) {
	return textOrNull(e.AfterJSON), nil
}
