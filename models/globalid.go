package models

// What the outside calls a row. They are methods and no resolvers, since the engine runs each resolver in a goroutine of its own.

// GlobalID is the id outside the system.
func (r APIKey) GlobalID() string { return r.ID.Format(PrefixAPIKey) }

// GlobalID is the id outside the system.
func (r AuditEntry) GlobalID() string { return r.ID.Format(PrefixAudit) }

// GlobalID is the id outside the system.
func (r Click) GlobalID() string { return r.ID.Format(PrefixClick) }

// GlobalID is the id outside the system.
func (r Commission) GlobalID() string { return r.ID.Format(PrefixCommission) }

// GlobalID is the id outside the system.
func (r Conversion) GlobalID() string { return r.ID.Format(PrefixConversion) }

// GlobalID is the id outside the system.
func (r Coupon) GlobalID() string { return r.ID.Format(PrefixCoupon) }

// GlobalID is the id outside the system.
func (r Enrollment) GlobalID() string { return r.ID.Format(PrefixEnrollment) }

// GlobalID is the id outside the system.
func (r Event) GlobalID() string { return r.ID.Format(PrefixEvent) }

// GlobalID is the id outside the system.
func (r Export) GlobalID() string { return r.ID.Format(PrefixExport) }

// GlobalID is the id outside the system.
func (r Link) GlobalID() string { return r.ID.Format(PrefixLink) }

// GlobalID is the id outside the system.
func (r Merchant) GlobalID() string { return r.ID.Format(PrefixMerchant) }

// GlobalID is the id outside the system.
func (r Partner) GlobalID() string { return r.ID.Format(PrefixPartner) }

// GlobalID is the id outside the system.
func (r Payout) GlobalID() string { return r.ID.Format(PrefixPayout) }

// GlobalID is the id outside the system.
func (r PayoutBatch) GlobalID() string { return r.ID.Format(PrefixBatch) }

// GlobalID is the id outside the system.
func (r PayoutDecision) GlobalID() string { return r.ID.Format(PrefixDecision) }

// GlobalID is the id outside the system.
func (r Period) GlobalID() string { return r.ID.Format(PrefixPeriod) }

// GlobalID is the id outside the system.
func (r PlacementAgreement) GlobalID() string { return r.ID.Format(PrefixPlacement) }

// GlobalID is the id outside the system.
func (r PlanVersion) GlobalID() string { return r.ID.Format(PrefixPlan) }

// GlobalID is the id outside the system.
func (r Program) GlobalID() string { return r.ID.Format(PrefixProgram) }

// GlobalID is the id outside the system.
func (r ReconFinding) GlobalID() string { return r.ID.Format(PrefixFinding) }

// GlobalID is the id outside the system.
func (r Refund) GlobalID() string { return r.ID.Format(PrefixRefund) }

// GlobalID is the id outside the system.
func (r Session) GlobalID() string { return r.ID.Format(PrefixSession) }

// GlobalID is the id outside the system.
func (r SponsorChange) GlobalID() string { return r.ID.Format(PrefixSponsoring) }

// GlobalID is the id outside the system.
func (r User) GlobalID() string { return r.ID.Format(PrefixUser) }

// GlobalID is the id outside the system.
func (r WebhookEndpoint) GlobalID() string { return r.ID.Format(PrefixEndpoint) }

// GlobalID is the id outside the system.
func (r WhatIfRun) GlobalID() string { return r.ID.Format(PrefixWhatIf) }

// GlobalID is the id outside the system.
func (r WebhookDelivery) GlobalID() string { return r.ID.Format(PrefixDelivery) }
