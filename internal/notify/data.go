package notify

import (
	"encoding/json"
	"fmt"
	"time"

	"tributary/internal/money"
	"tributary/models"
)

// The data of events: what a caller of the API sees of the same object, without what only staff may see of people.
// Amounts are decimals beside their currency; ids are those of the API. A field keeps its meaning once released. One that is
// tagged for:"merchant" is left out of what partners are told.

// ProgramData is of program.*.
type ProgramData struct {
	ProgramID    string         `json:"programId"`
	Slug         string         `json:"slug"`
	Name         string         `json:"name"`
	CurrencyCode money.Currency `json:"currencyCode"`
	TimeZone     string         `json:"timeZone"`
}

// TermsData is of terms.*.
type TermsData struct {
	Version int `json:"version"`
}

// PlanData is of plan.published.
type PlanData struct {
	PlanVersionID string    `json:"planVersionId"`
	Number        int       `json:"number"`
	EffectiveAt   time.Time `json:"effectiveAt"`
}

// EnrollmentData is of enrollment.*.
type EnrollmentData struct {
	EnrollmentID   string                  `json:"enrollmentId"`
	Status         models.EnrollmentStatus `json:"status"`
	Code           string                  `json:"code"`
	ArePayoutsHeld bool                    `json:"arePayoutsHeld"`
	PayoutRail     models.RailName         `json:"payoutRail,omitempty"` // its own; empty: the program's
}

// SponsorChangeData is of sponsor_change.*.
type SponsorChangeData struct {
	SponsorChangeID string                    `json:"sponsorChangeId"`
	EnrollmentID    string                    `json:"enrollmentId"`
	SponsorID       string                    `json:"sponsorId" for:"merchant"`
	State           models.SponsorChangeState `json:"state"`
	EffectiveAt     time.Time                 `json:"effectiveAt"`
	RefusalCode     string                    `json:"refusalCode,omitempty"`
}

// LinkData is of link.*.
type LinkData struct {
	LinkID         string `json:"linkId"`
	EnrollmentID   string `json:"enrollmentId"`
	Code           string `json:"code"`
	DestinationURL string `json:"destinationUrl"`
	Active         bool   `json:"active"`
}

// CouponData is of coupon.*.
type CouponData struct {
	CouponID     string `json:"couponId"`
	EnrollmentID string `json:"enrollmentId"`
	Code         string `json:"code"`
	Active       bool   `json:"active"`
}

// Touch is what a partner knows a conversion by: the click that won it, and what its placement called itself.
type Touch struct {
	ClickID string            `json:"clickId,omitempty"`
	SubIDs  map[string]string `json:"subIds,omitempty"`
}

// ConversionData is of conversion.recorded, held, restated and released.
type ConversionData struct {
	ConversionID    string                 `json:"conversionId"`
	FirstRevisionID string                 `json:"firstRevisionId"`
	Revision        int                    `json:"revision"`
	Source          string                 `json:"source"`
	ExternalID      string                 `json:"externalId"`
	Kind            string                 `json:"kind"`
	State           models.ConversionState `json:"state"`
	OccurredAt      time.Time              `json:"occurredAt"`
	Amount          *money.Amount          `json:"amount"` // in the program's currency; null while the rate is awaited
	SourceAmount    money.Amount           `json:"sourceAmount"`
	IsHeld          bool                   `json:"isHeld"`
	Touch
}

// RefundData is of refund.*, chargeback.* and conversion.voided; what is given again is below zero.
type RefundData struct {
	RefundID     string            `json:"refundId"`
	ConversionID string            `json:"conversionId"` // its first revision
	Source       string            `json:"source"`
	ExternalID   string            `json:"externalId"`
	Kind         models.RefundKind `json:"kind"`
	OccurredAt   time.Time         `json:"occurredAt"`
	Amount       money.Amount      `json:"amount"`
	SourceAmount money.Amount      `json:"sourceAmount"`
	Touch
}

// StallData is of conversion.stalled and retried.
type StallData struct {
	ConversionID string `json:"conversionId"` // its first revision
	RuleID       string `json:"ruleId,omitempty"`
}

// CommissionData is of commission.posted.
type CommissionData struct {
	JournalID string       `json:"journalId"`
	Amount    money.Amount `json:"amount"` // the sum of the lines
}

// PlacementData is of placement.*.
type PlacementData struct {
	PlacementID  string     `json:"placementId"`
	EnrollmentID string     `json:"enrollmentId"`
	Placement    string     `json:"placement"`
	StartsAt     time.Time  `json:"startsAt"`
	EndsAt       *time.Time `json:"endsAt"` // null while it is open
}

// PeriodData is of period.closed.
type PeriodData struct {
	PeriodID   string    `json:"periodId"`
	Key        string    `json:"key"`
	StartsAt   time.Time `json:"startsAt"`
	EndsAt     time.Time `json:"endsAt"`
	Statements int       `json:"statementCount"`
}

// StatementData is of statement.ready: what was payable before, what the period's lines add, what is payable now.
type StatementData struct {
	PeriodID string       `json:"periodId"`
	Key      string       `json:"key"`
	Number   int64        `json:"number"`
	Opening  money.Amount `json:"opening"`
	Lines    money.Amount `json:"lines"`
	Closing  money.Amount `json:"closing"`
}

// BatchData is of batch.*, but for batch.compared.
type BatchData struct {
	BatchID     string            `json:"payoutBatchId"`
	PeriodID    string            `json:"periodId"`
	State       models.BatchState `json:"state"`
	Cause       string            `json:"cause"` // what happened to it, as in docs/payouts.md
	Total       money.Amount      `json:"total"`
	PayoutCount int               `json:"payoutCount"`
	PauseReason string            `json:"pauseReason,omitempty"`
}

// ComparisonData is of batch.compared.
type ComparisonData struct {
	BatchID       string `json:"payoutBatchId"`
	TransferCount int    `json:"transferCount"`
	FindingCount  int    `json:"findingCount"`
}

// PayoutData is of payout.*.
type PayoutData struct {
	PayoutID     string             `json:"payoutId"`
	BatchID      string             `json:"payoutBatchId" for:"merchant"`
	EnrollmentID string             `json:"enrollmentId"`
	State        models.PayoutState `json:"state"`
	Cause        string             `json:"cause" for:"merchant"` // what happened to it, as in docs/payouts.md
	Amount       money.Amount       `json:"amount"`
	Reversed     money.Amount       `json:"reversed"`  // what came back of it
	Corrected    money.Amount       `json:"corrected"` // what people added to it, or took off
	Rail         models.RailName    `json:"rail"`
}

// DecisionData is of decision.*.
type DecisionData struct {
	DecisionID string               `json:"decisionId"`
	BatchID    string               `json:"payoutBatchId"`
	PayoutID   string               `json:"payoutId,omitempty"`
	Kind       models.DecisionKind  `json:"kind"`
	State      models.DecisionState `json:"state"`
}

// EndpointData is of endpoint.*, without the address, which may hold a secret of its owner.
type EndpointData struct {
	EndpointID string               `json:"endpointId"`
	Kind       models.EndpointKind  `json:"kind"`
	State      models.EndpointState `json:"state"`
	ParkReason models.ParkReason    `json:"parkReason,omitempty"`
}

// TouchOf reads what an attribution keeps of the click that won.
func TouchOf(a models.Attribution) (Touch, error) {
	var t Touch
	if a.Method == models.AttributionMethodClick {
		t.ClickID = models.Or(a.TouchID).Format(models.PrefixClick)
	}
	if a.SubIDs == "" {
		return t, nil
	}
	if err := json.Unmarshal([]byte(a.SubIDs), &t.SubIDs); err != nil {
		return t, fmt.Errorf("decode sub ids of conversion %s: %w", a.ConversionID, err)
	}
	return t, nil
}
