package graph

import (
	"context"

	"tributary/models"
)

// Connection is one page of a noun, as the schema's connection types show it.
type Connection[T any] struct {
	Nodes    []T
	PageInfo PageInfo
	cursorOf func(T) string
	whole    *models.Whole
}

// Edges gives the entries with their cursors. Most pages are asked for without.
func (c *Connection[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(c.Nodes))
	for i, row := range c.Nodes {
		edges[i] = Edge[T]{Cursor: c.cursorOf(row), Node: row}
	}
	return edges
}

// TotalCount counts what the page is a stretch of, up to one more than models.MaxCount. Those of all connections of one answer
// share a statement.
func (c *Connection[T]) TotalCount(ctx context.Context) (*int, error) {
	if c.whole == nil {
		return new(int), nil
	}
	if known, ok := c.whole.Known(); ok {
		return &known, nil
	}
	count, err := loadersOf(ctx).counts.Load(ctx, c.whole)
	return &count, err
}

// Edge is one entry of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// The connections and edges of the schema.
type (
	ProgramConnection               = Connection[models.Program]
	ProgramEdge                     = Edge[models.Program]
	EnrollmentConnection            = Connection[models.Enrollment]
	EnrollmentEdge                  = Edge[models.Enrollment]
	SponsorChangeConnection         = Connection[models.SponsorChange]
	SponsorChangeEdge               = Edge[models.SponsorChange]
	SponsorSpanConnection           = Connection[models.SponsorEdge]
	SponsorSpanEdge                 = Edge[models.SponsorEdge]
	LinkConnection                  = Connection[models.Link]
	LinkEdge                        = Edge[models.Link]
	CouponConnection                = Connection[models.Coupon]
	CouponEdge                      = Edge[models.Coupon]
	DownlineMemberConnection        = Connection[DownlineMember]
	DownlineMemberEdge              = Edge[DownlineMember]
	ClickConnection                 = Connection[models.Click]
	ClickEdge                       = Edge[models.Click]
	ConversionConnection            = Connection[models.Conversion]
	ConversionEdge                  = Edge[models.Conversion]
	RefundConnection                = Connection[models.Refund]
	RefundEdge                      = Edge[models.Refund]
	CommissionConnection            = Connection[models.Commission]
	CommissionEdge                  = Edge[models.Commission]
	PlacementAgreementConnection    = Connection[models.PlacementAgreement]
	PlacementAgreementEdge          = Edge[models.PlacementAgreement]
	PeriodConnection                = Connection[models.Period]
	PeriodEdge                      = Edge[models.Period]
	StatementConnection             = Connection[models.Statement]
	StatementEdge                   = Edge[models.Statement]
	PlanVersionConnection           = Connection[models.PlanVersion]
	PlanVersionEdge                 = Edge[models.PlanVersion]
	WhatIfConnection                = Connection[models.WhatIfRun]
	WhatIfEdge                      = Edge[models.WhatIfRun]
	AuditEntryConnection            = Connection[models.AuditEntry]
	AuditEntryEdge                  = Edge[models.AuditEntry]
	ExportConnection                = Connection[models.Export]
	ExportEdge                      = Edge[models.Export]
	ReplayConnection                = Connection[models.ReplayRun]
	ReplayEdge                      = Edge[models.ReplayRun]
	WhatIfPartnerConnection         = Connection[models.WhatIfPartner]
	WhatIfPartnerEdge               = Edge[models.WhatIfPartner]
	PayoutBatchConnection           = Connection[models.PayoutBatch]
	PayoutBatchEdge                 = Edge[models.PayoutBatch]
	PayoutConnection                = Connection[models.Payout]
	PayoutEdge                      = Edge[models.Payout]
	PayoutDecisionConnection        = Connection[models.PayoutDecision]
	PayoutDecisionEdge              = Edge[models.PayoutDecision]
	PayoutAttemptConnection         = Connection[models.PayoutAttempt]
	PayoutAttemptEdge               = Edge[models.PayoutAttempt]
	ApiKeyConnection                = Connection[models.APIKey]
	ApiKeyEdge                      = Edge[models.APIKey]
	StaffMemberConnection           = Connection[models.Staff]
	StaffMemberEdge                 = Edge[models.Staff]
	StalledConversionConnection     = Connection[models.StalledConversion]
	StalledConversionEdge           = Edge[models.StalledConversion]
	EventConnection                 = Connection[models.Event]
	EventEdge                       = Edge[models.Event]
	WebhookEndpointConnection       = Connection[models.WebhookEndpoint]
	WebhookEndpointEdge             = Edge[models.WebhookEndpoint]
	WebhookDeliveryConnection       = Connection[models.WebhookDelivery]
	WebhookDeliveryEdge             = Edge[models.WebhookDelivery]
	ReconciliationConnection        = Connection[models.ReconRun]
	ReconciliationEdge              = Edge[models.ReconRun]
	ReconciliationFindingConnection = Connection[models.ReconFinding]
	ReconciliationFindingEdge       = Edge[models.ReconFinding]
)
