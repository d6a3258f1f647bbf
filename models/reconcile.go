package models

import (
	"time"
)

// ReconRun is one comparison of a batch with the rail.
type ReconRun struct {
	ID            ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	BatchID       ID        `gorm:"column:batch_id"`
	StartedAt     time.Time `gorm:"column:started_at"`
	FinishedAt    time.Time `gorm:"column:finished_at"`
	TransferCount int       `gorm:"column:transfer_count"`
	FindingCount  int       `gorm:"column:finding_count"` // that nobody has settled
}

// TableName names the table for GORM.
func (ReconRun) TableName() string { return "recon_runs" }

// ReconFinding is one difference between our payouts and the rail.
type ReconFinding struct {
	ID             ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	RunID          ID         `gorm:"column:run_id"`
	Kind           string     `gorm:"column:kind"`
	PayoutID       *ID        `gorm:"column:payout_id"`
	TransferID     string     `gorm:"column:transfer_id"`
	Detail         string     `gorm:"column:detail"`
	ResolvedBy     string     `gorm:"column:resolved_by"` // the second of two people; empty while it counts
	ResolvedReason string     `gorm:"column:resolved_reason"`
	ResolvedAt     *time.Time `gorm:"column:resolved_at"`
}

// TableName names the table for GORM.
func (ReconFinding) TableName() string { return "recon_findings" }

// StripeEvent is a webhook that was verified and stored, to be worked later.
type StripeEvent struct {
	ID         ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	MerchantID ID         `gorm:"column:merchant_id"` // whose own platform told it; zero for the instance's
	EventID    string     `gorm:"column:event_id"`
	EventType  string     `gorm:"column:event_type"`
	Account    string     `gorm:"column:account"`
	Livemode   bool       `gorm:"column:livemode"`
	Payload    string     `gorm:"column:payload"`
	ReceivedAt time.Time  `gorm:"column:received_at"`
	HandledAt  *time.Time `gorm:"column:handled_at"`
}

// TableName names the table for GORM.
func (StripeEvent) TableName() string { return "stripe_events" }
