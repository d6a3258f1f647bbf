package notify

// Type names what happened: the noun, a dot, and what it went through.
type Type string

// The types of events. A type never changes its meaning once released; further ones may come.
const (
	ProgramCreated Type = "program.created"
	ProgramUpdated Type = "program.updated"
	TermsPublished Type = "terms.published"
	TermsAccepted  Type = "terms.accepted"
	PlanPublished  Type = "plan.published"

	EnrollmentRequested   Type = "enrollment.requested"
	EnrollmentApproved    Type = "enrollment.approved"
	EnrollmentDeclined    Type = "enrollment.declined"
	EnrollmentSuspended   Type = "enrollment.suspended"
	EnrollmentReactivated Type = "enrollment.reactivated"
	EnrollmentUpdated     Type = "enrollment.updated"
	EnrollmentHeld        Type = "enrollment.payouts_held"
	EnrollmentReleased    Type = "enrollment.payouts_released"

	SponsorRequested Type = "sponsor_change.requested"
	SponsorApproved  Type = "sponsor_change.approved"
	SponsorDeclined  Type = "sponsor_change.declined"
	SponsorCanceled  Type = "sponsor_change.canceled"
	SponsorApplied   Type = "sponsor_change.applied"
	SponsorRefused   Type = "sponsor_change.refused"

	LinkCreated       Type = "link.created"
	LinkDeactivated   Type = "link.deactivated"
	LinkReactivated   Type = "link.reactivated"
	CouponCreated     Type = "coupon.created"
	CouponDeactivated Type = "coupon.deactivated"
	CouponReactivated Type = "coupon.reactivated"

	ConversionRecorded  Type = "conversion.recorded"
	ConversionHeld      Type = "conversion.held"
	ConversionRestated  Type = "conversion.restated"
	ConversionReleased  Type = "conversion.released"
	ConversionVoided    Type = "conversion.voided"
	ConversionStalled   Type = "conversion.stalled"
	ConversionRetried   Type = "conversion.retried"
	RefundRecorded      Type = "refund.recorded"
	ChargebackRecorded  Type = "chargeback.recorded"
	ChargebackWon       Type = "chargeback.won"
	CommissionPosted    Type = "commission.posted"
	PlacementAgreed     Type = "placement.agreed"
	PlacementEndChanged Type = "placement.end_changed"
	PeriodClosed        Type = "period.closed"
	StatementReady      Type = "statement.ready"

	BatchPlanned     Type = "batch.planned"
	BatchApproved    Type = "batch.approved"
	BatchExecuting   Type = "batch.executing"
	BatchPaused      Type = "batch.paused"
	BatchReconciling Type = "batch.reconciling"
	BatchCompared    Type = "batch.compared"
	BatchClosed      Type = "batch.closed"
	BatchCanceled    Type = "batch.canceled"

	PayoutPlanned        Type = "payout.planned"
	PayoutHeld           Type = "payout.held"
	PayoutCarried        Type = "payout.carried"
	PayoutCanceled       Type = "payout.canceled"
	PayoutReady          Type = "payout.ready"
	PayoutSending        Type = "payout.sending"
	PayoutUnknown        Type = "payout.unknown"
	PayoutNeedsReview    Type = "payout.needs_review"
	PayoutTransferred    Type = "payout.transferred"
	PayoutPartlyReversed Type = "payout.partly_reversed"
	PayoutReversed       Type = "payout.reversed"

	DecisionRequested Type = "decision.requested"
	DecisionConfirmed Type = "decision.confirmed"
	DecisionDeclined  Type = "decision.declined"

	EndpointCreated  Type = "endpoint.created"
	EndpointUpdated  Type = "endpoint.updated"
	EndpointRotated  Type = "endpoint.secret_rotated"
	EndpointParked   Type = "endpoint.parked"
	EndpointUnparked Type = "endpoint.unparked"
	EndpointReplayed Type = "endpoint.replayed"
)
