package audit

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Filter says which entries to show; what is zero does not matter.
type Filter struct {
	Actor    string
	Action   string
	EntityID models.ID
	From     time.Time // inclusive
	Until    time.Time // exclusive
}

// ErrRange is returned for a range of time that holds nothing.
var ErrRange = fault.InvalidField("filter.until", "AUDIT_RANGE_INVALID", "until must be after from")

// Log lists the entries of the caller's merchant in the order they were recorded in, each as it was written.
// Codes UNAUTHENTICATED, FORBIDDEN, AUDIT_RANGE_INVALID, PAGE_SIZE_INVALID.
func (s *Service) Log(ctx context.Context, by access.Caller, f Filter, page models.Page) (models.Slice[models.AuditEntry], error) {
	merchantID, err := by.Can(access.AuditRead)
	if err != nil {
		return models.Slice[models.AuditEntry]{}, err
	}
	if !f.Until.IsZero() && !f.Until.After(f.From) {
		return models.Slice[models.AuditEntry]{}, ErrRange
	}
	return models.FetchPage[models.AuditEntry](f.on(s.db.Read(ctx).Where("merchant_id = ?", merchantID)), "id", page)
}

// on narrows a query. Ids sort by the instant they were recorded at, so that a range of time is a range of ids.
func (f Filter) on(query *gorm.DB) *gorm.DB {
	if f.Actor != "" {
		query = query.Where("actor = ?", f.Actor)
	}
	if f.Action != "" {
		query = query.Where("action = ?", f.Action)
	}
	if !f.EntityID.IsZero() {
		query = query.Where("entity_id = ?", f.EntityID)
	}
	if !f.From.IsZero() {
		query = query.Where("id >= ?", models.FirstAuditID(f.From))
	}
	if !f.Until.IsZero() {
		query = query.Where("id < ?", models.FirstAuditID(f.Until))
	}
	return query
}
