package models

import (
	"time"
)

// OpenEnd is the validTo of a sponsor edge that still holds: a date no edge reaches, so that one unique key
// allows one open edge per child.
var OpenEnd = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// EnrollmentStatus is where a partner stands in a program.
type EnrollmentStatus string

// The values of EnrollmentStatus.
const (
	EnrollmentStatusPending   EnrollmentStatus = "PENDING" // asked to join
	EnrollmentStatusActive    EnrollmentStatus = "ACTIVE"
	EnrollmentStatusDeclined  EnrollmentStatus = "DECLINED"
	EnrollmentStatusSuspended EnrollmentStatus = "SUSPENDED" // earns nothing new
)

// Group is a named set of enrollments with shared terms inside a program.
type Group struct {
	ID        ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID ID        `gorm:"column:program_id"`
	Code      string    `gorm:"column:code"`
	Name      string    `gorm:"column:name"`
	CreatedAt time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (Group) TableName() string { return "partner_groups" }

// Enrollment is a partner in a program.
type Enrollment struct {
	ID               ID               `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID        ID               `gorm:"column:program_id"`
	MerchantID       ID               `gorm:"column:merchant_id"`
	PartnerID        ID               `gorm:"column:partner_id"`
	ExternalID       *string          `gorm:"column:external_id"` // the merchant's own name for it
	Code             string           `gorm:"column:code"`        // shared to recruit others
	GroupID          *ID              `gorm:"column:group_id"`
	Status           EnrollmentStatus `gorm:"column:status"`
	Rail             RailName         `gorm:"column:rail"`            // empty: the program's default
	RailChangedAt    *time.Time       `gorm:"column:rail_changed_at"` // nil: never
	PayoutHeldAt     *time.Time       `gorm:"column:payout_held_at"`  // set while an operator holds this enrollment's payouts
	PayoutHoldReason string           `gorm:"column:payout_hold_reason"`
	CreatedAt        time.Time        `gorm:"column:created_at"`
	DecidedAt        *time.Time       `gorm:"column:decided_at"`
	DecidedBy        string           `gorm:"column:decided_by"`
	Tags             string           `gorm:"column:tags"` // sorted JSON list of the merchant's own words for it, or empty
}

// TableName names the table for GORM.
func (Enrollment) TableName() string { return "enrollments" }

// SponsorEdge says who sponsored an enrollment during a span of time.
type SponsorEdge struct {
	ID        ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID ID        `gorm:"column:program_id"`
	ChildID   ID        `gorm:"column:child_id"`
	SponsorID ID        `gorm:"column:sponsor_id"`
	ValidFrom time.Time `gorm:"column:valid_from"`
	ValidTo   time.Time `gorm:"column:valid_to"` // OpenEnd while it holds
	Actor     string    `gorm:"column:actor"`
	Reason    string    `gorm:"column:reason"`
}

// TableName names the table for GORM.
func (SponsorEdge) TableName() string { return "sponsor_edges" }

// TreeVersion counts the changes of a program's tree; changing it takes turns on this row.
type TreeVersion struct {
	ProgramID ID    `gorm:"column:program_id;primaryKey;autoIncrement:false"`
	Version   int64 `gorm:"column:version"`
}

// TableName names the table for GORM.
func (TreeVersion) TableName() string { return "tree_versions" }
