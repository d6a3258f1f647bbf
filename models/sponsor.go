package models

import "time"

// SponsorChangeState is where a request for another sponsor stands.
type SponsorChangeState string

// The values of SponsorChangeState.
const (
	SponsorChangeStateRequested SponsorChangeState = "REQUESTED"
	SponsorChangeStateApproved  SponsorChangeState = "APPROVED" // waits for its instant
	SponsorChangeStateDeclined  SponsorChangeState = "DECLINED"
	SponsorChangeStateCanceled  SponsorChangeState = "CANCELED"
	SponsorChangeStateApplied   SponsorChangeState = "APPLIED"
	SponsorChangeStateRefused   SponsorChangeState = "REFUSED" // the tree no longer allows it
)

// SponsorChange is a request to give an enrollment another sponsor, and what became of it.
type SponsorChange struct {
	ID             ID                 `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID      ID                 `gorm:"column:program_id"`
	MerchantID     ID                 `gorm:"column:merchant_id"`
	ChildID        ID                 `gorm:"column:child_id"`
	OpenChildID    *ID                `gorm:"column:open_child_id"` // the child while the request is open; unique, so that one is
	SponsorID      ID                 `gorm:"column:sponsor_id"`
	EffectiveAt    time.Time          `gorm:"column:effective_at"` // not applied before
	Reason         string             `gorm:"column:reason"`
	State          SponsorChangeState `gorm:"column:state"`
	RequestedBy    string             `gorm:"column:requested_by"`
	ByPartner      bool               `gorm:"column:by_partner"` // the child's own partner asked
	RequestedAt    time.Time          `gorm:"column:requested_at"`
	DecidedBy      string             `gorm:"column:decided_by"` // who approved or declined
	DecidedAt      *time.Time         `gorm:"column:decided_at"`
	DecisionReason string             `gorm:"column:decision_reason"`
	AppliedAt      *time.Time         `gorm:"column:applied_at"`
	RefusalCode    string             `gorm:"column:refusal_code"` // why the tree did not allow it
	Refusal        string             `gorm:"column:refusal"`      // the same as a sentence
}

// TableName names the table for GORM.
func (SponsorChange) TableName() string { return "sponsor_changes" }
