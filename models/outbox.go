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
