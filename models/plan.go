package models

import "time"

// CapCounter is how much of a cap is used, by one owner in one interval; the lines prove it.
type CapCounter struct {
	ProgramID   ID     `gorm:"column:program_id;primaryKey;autoIncrement:false"`
	ID          ID     `gorm:"column:id;primaryKey;autoIncrement:false"` // a hash of the four that follow
	Cap         string `gorm:"column:cap"`                               // rule/interval/scope
	OwnerID     ID     `gorm:"column:owner_id"`                          // the enrollment; zero for other scopes
	GroupCode   string `gorm:"column:group_code"`                        // the group; empty for other scopes
	IntervalKey string `gorm:"column:interval_key"`                      // 2026-01-31, 2026-W05, 2026-01 or life
	UsedMinor   int64  `gorm:"column:used_minor"`
	UsedCount   int64  `gorm:"column:used_count"`
}

// TableName names the table for GORM.
func (CapCounter) TableName() string { return "cap_counters" }

// StalledConversion is a conversion that could not be priced: nothing is paid for it, and it waits for a person.
type StalledConversion struct {
	RootID        ID        `gorm:"column:root_id;primaryKey;autoIncrement:false"`
	ProgramID     ID        `gorm:"column:program_id"`
	PlanVersionID ID        `gorm:"column:plan_version_id"`
	RuleID        string    `gorm:"column:rule_id"`
	Detail        string    `gorm:"column:detail"`
	StalledAt     time.Time `gorm:"column:stalled_at"`
}

// TableName names the table for GORM.
func (StalledConversion) TableName() string { return "stalled_conversions" }

// ManualLine is who booked a line by hand, and why.
type ManualLine struct {
	CommissionID ID     `gorm:"column:commission_id;primaryKey;autoIncrement:false"`
	ProgramID    ID     `gorm:"column:program_id"`
	ReversesID   *ID    `gorm:"column:reverses_id"` // the line by hand that this one takes back: once
	Reason       string `gorm:"column:reason"`
	Actor        string `gorm:"column:actor"`
}

// TableName names the table for GORM.
func (ManualLine) TableName() string { return "manual_lines" }

// PlacementAgreement earns an enrollment a placement's fee in every period in which it is active.
type PlacementAgreement struct {
	ID           ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID    ID        `gorm:"column:program_id"`
	EnrollmentID ID        `gorm:"column:enrollment_id"`
	Placement    string    `gorm:"column:placement"` // the id in the plan
	StartsAt     time.Time `gorm:"column:starts_at"`
	EndsAt       time.Time `gorm:"column:ends_at"` // OpenEnd while it has none
	Actor        string    `gorm:"column:actor"`
	CreatedAt    time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (PlacementAgreement) TableName() string { return "placement_agreements" }

// SettlementMember is what an enrollment was when a period closed whose settlement asked for it: frozen, so that the
// settlement can be worked out again.
type SettlementMember struct {
	PeriodID     ID     `gorm:"column:period_id;primaryKey;autoIncrement:false"`
	EnrollmentID ID     `gorm:"column:enrollment_id;primaryKey;autoIncrement:false"`
	Code         string `gorm:"column:code"`
	GroupCode    string `gorm:"column:group_code"`
	Inactive     bool   `gorm:"column:inactive"`
}

// TableName names the table for GORM.
func (SettlementMember) TableName() string { return "settlement_members" }
