package models

import (
	"time"
)

// OutboxItem is a bell to ring: a task that must run; the row goes when it has.
type OutboxItem struct {
	ID        ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	Task      string    `gorm:"column:task"`
	SubjectID ID        `gorm:"column:subject_id"`
	CreatedAt time.Time `gorm:"column:created_at"`
	RingAt    time.Time `gorm:"column:ring_at"` // when to ring next
	Rings     int       `gorm:"column:rings"`
}

// TableName names the table for GORM.
func (OutboxItem) TableName() string { return "outbox" }

// ImportRun remembers how far a file was imported.
type ImportRun struct {
	ID         ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID  ID         `gorm:"column:program_id"`
	Kind       string     `gorm:"column:kind"`
	FileHash   Hash       `gorm:"column:file_hash"`
	RowsDone   int64      `gorm:"column:rows_done"`
	Rejected   int64      `gorm:"column:rejected"`
	StartedAt  time.Time  `gorm:"column:started_at"`
	FinishedAt *time.Time `gorm:"column:finished_at"`
}

// TableName names the table for GORM.
func (ImportRun) TableName() string { return "import_runs" }
