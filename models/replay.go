package models

import (
	"time"

	"tributary/internal/money"
)

// ReplayRun is one replay of a period that came to its end: what was found when everything in it was worked out again.
type ReplayRun struct {
	ID              ID             `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID       ID             `gorm:"column:program_id"`
	PeriodID        ID             `gorm:"column:period_id"`
	Actor           string         `gorm:"column:actor"`
	StartedAt       time.Time      `gorm:"column:started_at"` // everything was read as of about then
	FinishedAt      time.Time      `gorm:"column:finished_at"`
	Lines           int64          `gorm:"column:line_count"`
	Conversions     int64          `gorm:"column:conversions"`
	Differences     int64          `gorm:"column:differences"`
	Currency        money.Currency `gorm:"column:currency"`
	StoredMinor     int64          `gorm:"column:stored_minor"`     // what the period's lines come to
	RecomputedMinor int64          `gorm:"column:recomputed_minor"` // what they should come to
	Detail          string         `gorm:"column:detail"`           // JSON: the first of the differences
}

// TableName names the table for GORM.
func (ReplayRun) TableName() string { return "replay_runs" }
