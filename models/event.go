package models

import (
	"time"
)

// QueuedEvent is a state change that was committed and has no number yet; the row moves to events when it gets one. The
// database counts seq up, so that it does not depend on the clocks of those who write.
type QueuedEvent struct {
	Seq          int64     `gorm:"column:seq;primaryKey;autoIncrement"`
	ProgramID    ID        `gorm:"column:program_id"`
	ID           ID        `gorm:"column:id"`
	Type         string    `gorm:"column:type"`
	EnrollmentID *ID       `gorm:"column:enrollment_id"`
	OccurredAt   time.Time `gorm:"column:occurred_at"`
	Data         string    `gorm:"column:data"`
}

// TableName names the table for GORM.
func (QueuedEvent) TableName() string { return "event_queue" }

// Event is one numbered entry of a program's event log; rows are never edited or deleted.
type Event struct {
	ProgramID    ID        `gorm:"column:program_id;primaryKey;autoIncrement:false"`
	Number       int64     `gorm:"column:number;primaryKey;autoIncrement:false"` // from 1, without gaps
	ID           ID        `gorm:"column:id"`
	Type         string    `gorm:"column:type"`
	EnrollmentID *ID       `gorm:"column:enrollment_id"` // whose partner may see it; nil: only the merchant
	OccurredAt   time.Time `gorm:"column:occurred_at"`
	Data         string    `gorm:"column:data"` // JSON object
}

// TableName names the table for GORM.
func (Event) TableName() string { return "events" }

// EventCounter holds the last number given in a program's event log.
type EventCounter struct {
	ProgramID  ID    `gorm:"column:program_id;primaryKey;autoIncrement:false"`
	LastNumber int64 `gorm:"column:last_number"`
}

// TableName names the table for GORM.
func (EventCounter) TableName() string { return "event_counters" }
