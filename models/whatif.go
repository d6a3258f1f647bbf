package models

import (
	"time"

	"tributary/internal/money"
)

// WhatIfState is how far a what-if is.
type WhatIfState string

// The values of WhatIfState.
const (
	WhatIfStateQueued   WhatIfState = "QUEUED"
	WhatIfStateRunning  WhatIfState = "RUNNING"
	WhatIfStateDone     WhatIfState = "DONE"
	WhatIfStateFailed   WhatIfState = "FAILED"
	WhatIfStateCanceled WhatIfState = "CANCELED"
)

// WhatIfRun is one draft plan over the conversions of a span: what it would have paid, beside what was paid.
type WhatIfRun struct {
	ID           ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID    ID             `gorm:"column:program_id"`
	State        WhatIfState    `gorm:"column:state"`
	PlanSource   string         `gorm:"column:plan_source"` // the draft as YAML
	PlanHash     Hash           `gorm:"column:plan_hash"`   // as that of a plan version
	StartsAt     time.Time      `gorm:"column:starts_at"`   // the span of the conversions, half-open
	EndsAt       time.Time      `gorm:"column:ends_at"`
	Currency     money.Currency `gorm:"column:currency"`
	Actor        string         `gorm:"column:actor"`
	RequestedAt  time.Time      `gorm:"column:requested_at"`
	Attempts     int            `gorm:"column:attempts"`   // starts so far
	ClaimedAt    *time.Time     `gorm:"column:claimed_at"` // of the last start; no two starts share it, so it is also the claim
	ProgressAt   *time.Time     `gorm:"column:progress_at"`
	FinishedAt   *time.Time     `gorm:"column:finished_at"`
	Done         int64          `gorm:"column:done"`  // conversions of the program that were looked at
	Total        int64          `gorm:"column:total"` // those there were at the start
	Conversions  int64          `gorm:"column:conversions"`
	Unpriced     int64          `gorm:"column:unpriced"` // of the conversions, those that the draft cannot price
	ActualMinor  int64          `gorm:"column:actual_minor"`
	DraftMinor   int64          `gorm:"column:draft_minor"`
	Settled      bool           `gorm:"column:settled"` // whether what closes settle is in the figures
	Detail       string         `gorm:"column:detail"`  // JSON: the sums by level, rule and settlement, and some of what cannot be priced
	ErrorMessage string         `gorm:"column:error_message"`
}

// TableName names the table for GORM.
func (WhatIfRun) TableName() string { return "whatif_runs" }

// WhatIfPartner is what a what-if comes to for one enrollment.
type WhatIfPartner struct {
	RunID        ID             `gorm:"column:run_id;primaryKey;autoIncrement:false"`
	Place        ID             `gorm:"column:place;primaryKey;autoIncrement:false"` // sorts as the difference does; who loses most is first
	EnrollmentID ID             `gorm:"column:enrollment_id"`
	ActualMinor  int64          `gorm:"column:actual_minor"`
	DraftMinor   int64          `gorm:"column:draft_minor"`
	Currency     money.Currency `gorm:"column:currency"`
}

// TableName names the table for GORM.
func (WhatIfPartner) TableName() string { return "whatif_partners" }
