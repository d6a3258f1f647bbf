package models

import (
	"time"
)

// Link is a unique short code that leads to the merchant's page.
type Link struct {
	ID             ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID      ID        `gorm:"column:program_id"`
	EnrollmentID   ID        `gorm:"column:enrollment_id"`
	Code           string    `gorm:"column:code"`
	DestinationURL string    `gorm:"column:destination_url"`
	Active         bool      `gorm:"column:active"`
	CreatedAt      time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (Link) TableName() string { return "links" }

// Coupon is a code the customer enters at checkout.
type Coupon struct {
	ID           ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID    ID        `gorm:"column:program_id"`
	EnrollmentID ID        `gorm:"column:enrollment_id"`
	Code         string    `gorm:"column:code"` // upper-cased
	Active       bool      `gorm:"column:active"`
	CreatedAt    time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (Coupon) TableName() string { return "coupons" }

// Click is one visit through a link.
type Click struct {
	ID           ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID    ID        `gorm:"column:program_id"`
	LinkID       ID        `gorm:"column:link_id"`
	EnrollmentID ID        `gorm:"column:enrollment_id"`
	ClickedAt    time.Time `gorm:"column:clicked_at"`
	Referrer     string    `gorm:"column:referrer"`
	UserAgent    string    `gorm:"column:user_agent"`
	IPHash       Hash      `gorm:"column:ip_hash"` // keyed hash; the address itself is not stored
	SubIDs       string    `gorm:"column:sub_ids"` // JSON object with sub1 to sub5 as far as the visit named them, or empty
}

// TableName names the table for GORM.
func (Click) TableName() string { return "clicks" }
