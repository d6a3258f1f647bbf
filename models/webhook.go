package models

import (
	"time"
)

// EndpointKind is how an endpoint is told of events.
type EndpointKind string

// The values of EndpointKind.
const (
	EndpointKindWebhook  EndpointKind = "WEBHOOK"  // a signed POST of the event
	EndpointKindPostback EndpointKind = "POSTBACK" // a GET of an address with macros
)

// EndpointState is whether an endpoint is told of events.
type EndpointState string

// The values of EndpointState.
const (
	EndpointStateActive EndpointState = "ACTIVE"
	EndpointStateParked EndpointState = "PARKED" // see why it is parked
)

// ParkReason is why an endpoint is parked.
type ParkReason string

// The values of ParkReason.
const (
	ParkReasonRequested ParkReason = "REQUESTED" // somebody parked it
	ParkReasonFailing   ParkReason = "FAILING"   // nothing but failures for three days
	ParkReasonGone      ParkReason = "GONE"      // it answered 410
)

// WebhookEndpoint is told of a program's events, or of those about one enrollment.
type WebhookEndpoint struct {
	ID                 ID            `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID          ID            `gorm:"column:program_id"`
	EnrollmentID       *ID           `gorm:"column:enrollment_id"` // nil: it is the merchant's
	Kind               EndpointKind  `gorm:"column:kind"`
	URL                string        `gorm:"column:url"`   // with macros, of a postback
	Types              string        `gorm:"column:types"` // space-separated, sorted; empty for all
	Secret             []byte        `gorm:"column:secret" json:"-"`
	OldSecret          []byte        `gorm:"column:old_secret" json:"-"` // signs too, until OldUntil
	OldUntil           *time.Time    `gorm:"column:old_until"`
	State              EndpointState `gorm:"column:state"`
	ParkReason         ParkReason    `gorm:"column:park_reason"`
	ParkedAt           *time.Time    `gorm:"column:parked_at"`
	CursorNumber       int64         `gorm:"column:cursor_number"`        // deliveries of the events up to it are made
	Failures           int           `gorm:"column:failures"`             // in a row
	FailingSince       *time.Time    `gorm:"column:failing_since"`        // the first of them
	PausedUntil        *time.Time    `gorm:"column:paused_until"`         // nothing is sent before
	ClaimUntil         *time.Time    `gorm:"column:claim_until"`          // a worker sends until then
	Rung               bool          `gorm:"column:rung"`                 // its task is asked for and has not begun
	ReplayedAt         *time.Time    `gorm:"column:replayed_at"`          // when the cursor was last set by hand
	ReplayedFromNumber int64         `gorm:"column:replayed_from_number"` // and to which number, the first that is told again
	TestedAt           *time.Time    `gorm:"column:tested_at"`
	CreatedBy          string        `gorm:"column:created_by"`
	CreatedAt          time.Time     `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (WebhookEndpoint) TableName() string { return "webhook_endpoints" }

// DeliveryState is what became of a delivery.
type DeliveryState string

// The values of DeliveryState.
const (
	DeliveryStatePending   DeliveryState = "PENDING"
	DeliveryStateDelivered DeliveryState = "DELIVERED" // answered with 2xx
	DeliveryStateFailed    DeliveryState = "FAILED"    // tried for three days, or refused for good
	DeliveryStateCanceled  DeliveryState = "CANCELED"  // a replay took its place
)

// WebhookDelivery is one event on its way to one endpoint, with what its latest attempt came to.
type WebhookDelivery struct {
	ID           ID              `gorm:"column:id;primaryKey;autoIncrement:false"`
	EndpointID   ID              `gorm:"column:endpoint_id"`
	EventNumber  int64           `gorm:"column:event_number"` // 0: a test
	EventID      ID              `gorm:"column:event_id"`     // its own id, of a test
	EventType    string          `gorm:"column:event_type"`
	State        DeliveryState   `gorm:"column:state"`
	Attempts     int             `gorm:"column:attempts"`
	FirstTriedAt *time.Time      `gorm:"column:first_tried_at"`
	LastTriedAt  *time.Time      `gorm:"column:last_tried_at"`
	NextTryAt    *time.Time      `gorm:"column:next_try_at"`
	StatusCode   int             `gorm:"column:status_code"` // of the answer; 0 when there was none
	LatencyMs    int64           `gorm:"column:latency_ms"`
	Failure      DeliveryFailure `gorm:"column:failure"`  // empty when it counts
	Response     string          `gorm:"column:response"` // the beginning of the answer's body
	CreatedAt    time.Time       `gorm:"column:created_at"`
	FinishedAt   *time.Time      `gorm:"column:finished_at"`
}

// TableName names the table for GORM.
func (WebhookDelivery) TableName() string { return "webhook_deliveries" }

// DeliveryFailure is why an attempt does not count.
type DeliveryFailure string

// The values of DeliveryFailure.
const (
	DeliveryFailureAddress    DeliveryFailure = "ADDRESS_REFUSED" // it is not public
	DeliveryFailureName       DeliveryFailure = "NAME_UNKNOWN"
	DeliveryFailureConnection DeliveryFailure = "CONNECTION_FAILED"
	DeliveryFailureTLS        DeliveryFailure = "TLS_FAILED"
	DeliveryFailureTimeout    DeliveryFailure = "TIMED_OUT"
	DeliveryFailureRedirect   DeliveryFailure = "REDIRECTED"        // which is not followed
	DeliveryFailureStatus     DeliveryFailure = "STATUS"            // it was not 2xx
	DeliveryFailureSecret     DeliveryFailure = "SECRET_UNREADABLE" // of the endpoint: it was sealed under another TRIBUTARY_SECRET
)
