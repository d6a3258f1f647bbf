package models

import "time"

// DecisionKind is what people decide about a payout, or about a difference from its rail.
type DecisionKind string

// The values of DecisionKind. The first five take two people.
const (
	DecisionKindRetry   DecisionKind = "RETRY"   // it was not paid: send it again, under a new key
	DecisionKindPaid    DecisionKind = "PAID"    // the transfer named is its payment
	DecisionKindRelease DecisionKind = "RELEASE" // it was not paid: owed again
	DecisionKindSettle  DecisionKind = "SETTLE"  // a finding is understood and no longer counts
	DecisionKindCorrect DecisionKind = "CORRECT" // a finding is right: the books come to what the rail moved
	DecisionKindHold    DecisionKind = "HOLD"    // taken out before it was sent: owed again
	DecisionKindUnpaid  DecisionKind = "UNPAID"  // not paid by hand, or returned by the bank: owed again
)

// DecisionState is how far a decision is.
type DecisionState string

// The values of DecisionState.
const (
	DecisionStateOpen      DecisionState = "OPEN" // waits for a second person
	DecisionStateConfirmed DecisionState = "CONFIRMED"
	DecisionStateDeclined  DecisionState = "DECLINED"
)

// PayoutDecision is what people decided about a payout or a finding, and why. It is never changed once it is decided.
type PayoutDecision struct {
	ID            ID            `gorm:"column:id;primaryKey;autoIncrement:false"`
	MerchantID    ID            `gorm:"column:merchant_id"`
	BatchID       ID            `gorm:"column:batch_id"`
	PayoutID      *ID           `gorm:"column:payout_id"`
	FindingID     *ID           `gorm:"column:finding_id"`      // of a SETTLE or a CORRECT
	OpenSubjectID *ID           `gorm:"column:open_subject_id"` // payout or finding while it is open: one at a time
	Generation    int           `gorm:"column:generation"`      // of the payout when it was asked for
	Kind          DecisionKind  `gorm:"column:kind"`
	State         DecisionState `gorm:"column:state"`
	TransferID    string        `gorm:"column:transfer_id"` // of a PAID
	Reason        string        `gorm:"column:reason"`
	RequestedBy   string        `gorm:"column:requested_by"`
	RequestedAt   time.Time     `gorm:"column:requested_at"`
	DecidedBy     string        `gorm:"column:decided_by"`
	DecidedAt     *time.Time    `gorm:"column:decided_at"`
}

// TableName names the table for GORM.
func (PayoutDecision) TableName() string { return "payout_decisions" }

// PayoutStop is a span in which nothing is sent, for one merchant or for all.
type PayoutStop struct {
	ID            ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	ScopeID       ID         `gorm:"column:scope_id"`        // the merchant; zero for all
	ActiveScopeID *ID        `gorm:"column:active_scope_id"` // the same while it lasts: one at a time
	Reason        string     `gorm:"column:reason"`
	StoppedBy     string     `gorm:"column:stopped_by"`
	StoppedAt     time.Time  `gorm:"column:stopped_at"`
	StartedBy     string     `gorm:"column:started_by"`
	StartedAt     *time.Time `gorm:"column:started_at"`
}

// TableName names the table for GORM.
func (PayoutStop) TableName() string { return "payout_stops" }
