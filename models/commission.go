package models

import (
	"time"

	"tributary/internal/money"
)

// PeriodState says whether lines may still enter a period.
type PeriodState string

// The values of PeriodState.
const (
	PeriodStateOpen   PeriodState = "OPEN"
	PeriodStateClosed PeriodState = "CLOSED" // for good
)

// CommissionKind says why a line exists.
type CommissionKind string

// The values of CommissionKind.
const (
	CommissionKindEarned    CommissionKind = "EARNED"
	CommissionKindRefund    CommissionKind = "REFUND"    // adjusts for a refund
	CommissionKindRestate   CommissionKind = "RESTATE"   // adjusts for a new revision
	CommissionKindManual    CommissionKind = "MANUAL"    // by a person, with a reason
	CommissionKindTier      CommissionKind = "TIER"      // what the volume of a period earns beyond its lines, at the close
	CommissionKindBonus     CommissionKind = "BONUS"     // a goal was met, at the close
	CommissionKindPlacement CommissionKind = "PLACEMENT" // the fee of a placement agreement, at the close
)

// Period is a settlement month or week of a program, half-open, in UTC.
type Period struct {
	ID             ID          `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID      ID          `gorm:"column:program_id"`
	PeriodKey      string      `gorm:"column:period_key"` // 2010-12, or 2010-W49
	StartsAt       time.Time   `gorm:"column:starts_at"`
	EndsAt         time.Time   `gorm:"column:ends_at"`
	State          PeriodState `gorm:"column:state"`
	LineCount      int64       `gorm:"column:line_count"`
	ClosedAt       *time.Time  `gorm:"column:closed_at"`
	StatementCount int64       `gorm:"column:statement_count"` // of this period; 0 while it is open
}

// TableName names the table for GORM.
func (Period) TableName() string { return "periods" }

// Commission is one immutable line: this enrollment earned this amount, at this level, by this rule.
type Commission struct {
	ID            ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID     ID             `gorm:"column:program_id"`
	EnrollmentID  ID             `gorm:"column:enrollment_id"`
	SourceID      ID             `gorm:"column:source_id"` // revision 1 of the conversion it comes from; the period for a line made at its close; itself when made by hand
	Ordinal       int            `gorm:"column:ordinal"`   // position among the source's lines
	Kind          CommissionKind `gorm:"column:kind"`
	CorrectsID    *ID            `gorm:"column:corrects_id"` // the line that this one adjusts
	CauseID       *ID            `gorm:"column:cause_id"`    // the refund or revision that made the adjustment; of an earned line, the revision it was priced from when that is not the first
	PlanVersionID ID             `gorm:"column:plan_version_id"`
	RuleID        string         `gorm:"column:rule_id"`
	Level         int            `gorm:"column:level"`  // 0 is the seller, 1 its sponsor, and so on
	ViaID         *ID            `gorm:"column:via_id"` // the enrollment one level below in the chain that was paid
	BasisMinor    int64          `gorm:"column:basis_minor"`
	RatePpm       int64          `gorm:"column:rate_ppm"` // parts per million of the basis; 0 for a fixed reward
	Currency      money.Currency `gorm:"column:currency"`
	AmountMinor   int64          `gorm:"column:amount_minor"`
	MaturesAt     time.Time      `gorm:"column:matures_at"`
	PeriodID      ID             `gorm:"column:period_id"`
	JournalID     ID             `gorm:"column:journal_id"`
	OccurredAt    time.Time      `gorm:"column:occurred_at"`
	CreatedAt     time.Time      `gorm:"column:created_at"`
	Facts         string         `gorm:"column:facts"` // what decided the source's lines and could be read differently later; empty when nothing could
}

// OfConversion tells whether the line comes from a conversion.
func (c Commission) OfConversion() bool {
	return c.Kind == CommissionKindEarned || c.Kind == CommissionKindRefund || c.Kind == CommissionKindRestate
}

// TableName names the table for GORM.
func (Commission) TableName() string { return "commissions" }

// Statement is what one enrollment had, earned and was left with when a period closed.
type Statement struct {
	PeriodID     ID             `gorm:"column:period_id;primaryKey;autoIncrement:false"`
	EnrollmentID ID             `gorm:"column:enrollment_id;primaryKey;autoIncrement:false"`
	OpeningMinor int64          `gorm:"column:opening_minor"` // payable before the close
	LinesMinor   int64          `gorm:"column:lines_minor"`   // sum of the period's lines
	LineCount    int64          `gorm:"column:line_count"`
	ClosingMinor int64          `gorm:"column:closing_minor"` // payable after the close
	Currency     money.Currency `gorm:"column:currency"`
	Number       int64          `gorm:"column:number"` // counts the program's statements from 1, without a gap
}

// TableName names the table for GORM.
func (Statement) TableName() string { return "statements" }
