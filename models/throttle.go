package models

import (
	"time"
)

// Throttle counts attempts of something, by who or what makes them.
type Throttle struct {
	Subject   Hash      `gorm:"column:subject;primaryKey"` // of what is counted, and for what
	Attempts  int       `gorm:"column:attempts"`
	OpensAt   time.Time `gorm:"column:opens_at"`   // until then every attempt is refused
	ForgetsAt time.Time `gorm:"column:forgets_at"` // from then on the attempts count no longer
}

// TableName names the table for GORM.
func (Throttle) TableName() string { return "throttles" }
