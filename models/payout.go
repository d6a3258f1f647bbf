package models

import (
	"time"

	"tributary/internal/money"
)

// BatchState is the state of a payout batch.
type BatchState string

// The values of BatchState.
const (
	BatchStateDraft       BatchState = "DRAFT" // planned, amounts reserved
	BatchStateApproved    BatchState = "APPROVED"
	BatchStateExecuting   BatchState = "EXECUTING"
	BatchStatePaused      BatchState = "PAUSED"      // see the pause reason
	BatchStateReconciling BatchState = "RECONCILING" // all payouts have an end
	BatchStateClosed      BatchState = "CLOSED"      // proven against the rail
	BatchStateCanceled    BatchState = "CANCELED"    // before the first attempt
)

// PayoutState is the state of a payout.
type PayoutState string

// The values of PayoutState.
const (
	PayoutStatePlanned        PayoutState = "PLANNED"
	PayoutStateReady          PayoutState = "READY"   // may be sent
	PayoutStateSending        PayoutState = "SENDING" // an attempt is committed and may have left
	PayoutStateUnknown        PayoutState = "UNKNOWN" // sent, outcome not known; never a failure
	PayoutStateTransferred    PayoutState = "TRANSFERRED"
	PayoutStateNeedsReview    PayoutState = "NEEDS_REVIEW" // only a person can decide
	PayoutStateHeld           PayoutState = "HELD"         // not paid now; stays payable
	PayoutStateCarried        PayoutState = "CARRIED"      // under the minimum; stays payable
	PayoutStateCanceled       PayoutState = "CANCELED"     // with its batch
	PayoutStatePartlyReversed PayoutState = "PARTLY_REVERSED"
	PayoutStateReversed       PayoutState = "REVERSED"
)

// AttemptOutcome is what came of a call to the rail.
type AttemptOutcome string

// The values of AttemptOutcome.
const (
	AttemptOutcomePaid        AttemptOutcome = "PAID"
	AttemptOutcomeRefused     AttemptOutcome = "REFUSED"      // definitive: nothing moved
	AttemptOutcomeNotExecuted AttemptOutcome = "NOT_EXECUTED" // turned away before execution
	AttemptOutcomeUnknown     AttemptOutcome = "UNKNOWN"
)

// ServiceAgreement is what a partner agrees on with Stripe; an account keeps the one it was made under.
type ServiceAgreement string

// The values of ServiceAgreement.
const (
	ServiceAgreementFull      ServiceAgreement = "FULL"
	ServiceAgreementRecipient ServiceAgreement = "RECIPIENT" // only receives transfers
)

// PayoutAccount is where a merchant pays a partner on one rail.
type PayoutAccount struct {
	ID                   ID               `gorm:"column:id;primaryKey;autoIncrement:false"`
	MerchantID           ID               `gorm:"column:merchant_id"`
	PartnerID            ID               `gorm:"column:partner_id"`
	Rail                 RailName         `gorm:"column:rail"`
	Destination          string           `gorm:"column:destination"`          // acct_... on Stripe; the bank reference on the manual rail
	Generation           int              `gorm:"column:generation;default:1"` // of the accounts opened at the rail: one more each time the last is gone
	Country              string           `gorm:"column:country"`
	Agreement            ServiceAgreement `gorm:"column:agreement"` // with Stripe, as it tells it; empty where it did not
	Ready                bool             `gorm:"column:ready"`
	Status               string           `gorm:"column:status"`       // the rail's own word, for people
	Requirements         string           `gorm:"column:requirements"` // JSON list of what is still missing
	DestinationChangedAt time.Time        `gorm:"column:destination_changed_at"`
	CheckedAt            time.Time        `gorm:"column:checked_at"`
	CreatedAt            time.Time        `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (PayoutAccount) TableName() string { return "payout_accounts" }

// PayoutBatch is all payouts of one period and currency.
type PayoutBatch struct {
	ID                ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID         ID             `gorm:"column:program_id"`
	PeriodID          ID             `gorm:"column:period_id"`
	ThroughPeriodID   *ID            `gorm:"column:through_period_id"` // the latest period closed when it was planned
	Run               int            `gorm:"column:run"`
	Currency          money.Currency `gorm:"column:currency"`
	State             BatchState     `gorm:"column:state"`
	PauseReason       string         `gorm:"column:pause_reason"`
	ContentHash       Hash           `gorm:"column:content_hash"` // over every payout's enrollment, rail, destination and amount
	TotalMinor        int64          `gorm:"column:total_minor"`
	PayoutCount       int            `gorm:"column:payout_count"`
	DebtSharePpm      int64          `gorm:"column:debt_share_ppm"`      // the program's, when it was planned
	SoloApprovalMinor int64          `gorm:"column:solo_approval_minor"` // the program's limit, when it was planned
	Maker             string         `gorm:"column:maker"`
	Approver          string         `gorm:"column:approver"`
	CreatedAt         time.Time      `gorm:"column:created_at"`
	ApprovedAt        *time.Time     `gorm:"column:approved_at"`
	StartedAt         *time.Time     `gorm:"column:started_at"`
	FundsAskedAt      *time.Time     `gorm:"column:funds_asked_at"` // since it was last started or resumed; the transfers are listed then too
	ClosedAt          *time.Time     `gorm:"column:closed_at"`
}

// TableName names the table for GORM.
func (PayoutBatch) TableName() string { return "payout_batches" }

// Payout is one partner's payout in a batch; amount and destination are frozen when it is planned.
type Payout struct {
	ID             ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	BatchID        ID             `gorm:"column:batch_id"`
	ProgramID      ID             `gorm:"column:program_id"`
	MerchantID     ID             `gorm:"column:merchant_id"`
	EnrollmentID   ID             `gorm:"column:enrollment_id"`
	PartnerID      ID             `gorm:"column:partner_id"`
	Rail           RailName       `gorm:"column:rail"`
	Currency       money.Currency `gorm:"column:currency"`
	AmountMinor    int64          `gorm:"column:amount_minor"`
	PayableMinor   int64          `gorm:"column:payable_minor"`    // the balance it was planned from; less than the amount where a debt is capped
	DebtTakenMinor int64          `gorm:"column:debt_taken_minor"` // what a capped debt took of the period's lines
	Destination    string         `gorm:"column:destination"`
	State          PayoutState    `gorm:"column:state"`
	Reason         string         `gorm:"column:reason"`   // why it is held, carried, refused or unknown
	Reserved       bool           `gorm:"column:reserved"` // the amount is in transit in the ledger
	Generation     int            `gorm:"column:generation"`
	Attempts       int            `gorm:"column:attempts"` // of the present generation
	ClaimToken     string         `gorm:"column:claim_token"`
	ClaimUntil     *time.Time     `gorm:"column:claim_until"`
	FirstAttemptAt *time.Time     `gorm:"column:first_attempt_at"` // of the present generation; on the manual rail, when a bank file first held it
	NextTryAt      *time.Time     `gorm:"column:next_try_at"`
	TransferID     *string        `gorm:"column:transfer_id"`    // the rail's; one of our own for what a person paid
	BankReference  string         `gorm:"column:bank_reference"` // of a payout that a person paid; empty otherwise
	ReversedMinor  int64          `gorm:"column:reversed_minor"`
	CorrectedMinor int64          `gorm:"column:corrected_minor"` // what people added to the amount, or took off, so that it is what the rail moved
	FoundLate      bool           `gorm:"column:found_late"`      // paid after its amount was payable again, which a later payout may have paid too
	CreatedAt      time.Time      `gorm:"column:created_at"`
	SettledAt      *time.Time     `gorm:"column:settled_at"`
}

// TableName names the table for GORM.
func (Payout) TableName() string { return "payouts" }

// PayoutAttempt is one call to the rail, committed before it leaves.
type PayoutAttempt struct {
	ID          ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	PayoutID    ID             `gorm:"column:payout_id"`
	Generation  int            `gorm:"column:generation"`
	Seq         int            `gorm:"column:seq"`
	IdemKey     string         `gorm:"column:idem_key"`
	RequestHash Hash           `gorm:"column:request_hash"`
	SentAt      time.Time      `gorm:"column:sent_at"`
	FinishedAt  *time.Time     `gorm:"column:finished_at"`
	Outcome     AttemptOutcome `gorm:"column:outcome"` // empty until the answer is recorded
	HttpStatus  int            `gorm:"column:http_status"`
	RequestID   string         `gorm:"column:request_id"`
	Replayed    bool           `gorm:"column:replayed"`
	ErrorCode   string         `gorm:"column:error_code"`
}

// TableName names the table for GORM.
func (PayoutAttempt) TableName() string { return "payout_attempts" }
