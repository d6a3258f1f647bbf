package models

import (
	"time"

	"tributary/internal/money"
)

// PeriodKind is the length of a settlement period.
type PeriodKind string

// The values of PeriodKind.
const (
	PeriodKindMonth PeriodKind = "MONTH"
	PeriodKindWeek  PeriodKind = "WEEK" // ISO week, from Monday
)

// RailName names a way to pay.
type RailName string

// The values of RailName.
const (
	RailNameStripe RailName = "STRIPE" // Stripe Connect transfer
	RailNameManual RailName = "MANUAL" // bank file, marked as paid by a person
)

// Program is one set of terms under which partners are paid, in one ledger currency and one time zone.
type Program struct {
	ID                    ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	MerchantID            ID             `gorm:"column:merchant_id"`
	Slug                  string         `gorm:"column:slug"`
	Name                  string         `gorm:"column:name"`
	Currency              money.Currency `gorm:"column:currency"`
	TimeZone              string         `gorm:"column:time_zone"` // IANA name
	PeriodKind            PeriodKind     `gorm:"column:period_kind"`
	Domains               string         `gorm:"column:domains"` // JSON list of host names that links may point to
	AutoApprove           bool           `gorm:"column:auto_approve"`
	AttributionWindowDays int            `gorm:"column:attribution_window_days"`
	MaxDepth              int            `gorm:"column:max_depth"`     // longest upline an enrollment may have
	PartnerDepth          int            `gorm:"column:partner_depth"` // how many levels of downline a partner may see
	MinPayoutMinor        int64          `gorm:"column:min_payout_minor"`
	SoloApprovalMinor     int64          `gorm:"column:solo_approval_minor"` // up to this batch total the maker may also approve
	DebtSharePpm          int64          `gorm:"column:debt_share_ppm"`      // the part of a period's lines that a debt may take
	Rail                  RailName       `gorm:"column:rail"`                // default way to pay
	TermsVersion          int            `gorm:"column:terms_version"`       // latest published terms; 0 when there are none
	CreatedAt             time.Time      `gorm:"column:created_at"`
	UpdatedAt             time.Time      `gorm:"column:updated_at"`
}

// TableName names the table for GORM.
func (Program) TableName() string { return "programs" }

// Terms is one published version of a program's terms.
type Terms struct {
	ID          ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID   ID        `gorm:"column:program_id"`
	Version     int       `gorm:"column:version"`
	Body        string    `gorm:"column:body"`
	BodyHash    Hash      `gorm:"column:body_hash"`
	PublishedAt time.Time `gorm:"column:published_at"`
}

// TableName names the table for GORM.
func (Terms) TableName() string { return "program_terms" }

// TermsAcceptance records that an enrollment accepted a version of the terms.
type TermsAcceptance struct {
	EnrollmentID ID        `gorm:"column:enrollment_id;primaryKey;autoIncrement:false"`
	TermsID      ID        `gorm:"column:terms_id;primaryKey;autoIncrement:false"`
	AcceptedAt   time.Time `gorm:"column:accepted_at"`
	Actor        string    `gorm:"column:actor"`
}

// TableName names the table for GORM.
func (TermsAcceptance) TableName() string { return "terms_acceptances" }

// PlanVersion is one published version of a program's commission plan; it never changes.
type PlanVersion struct {
	ID          ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID   ID        `gorm:"column:program_id"`
	Number      int       `gorm:"column:number"`
	Source      string    `gorm:"column:source"` // the plan as YAML, exactly as published
	ContentHash Hash      `gorm:"column:content_hash"`
	EffectiveAt time.Time `gorm:"column:effective_at"`
	PublishedAt time.Time `gorm:"column:published_at"`
	Actor       string    `gorm:"column:actor"`
	Examples    string    `gorm:"column:examples"` // the plan file's examples as YAML, or empty
}

// TableName names the table for GORM.
func (PlanVersion) TableName() string { return "plan_versions" }
