package models

import (
	"time"
)

// Partner is a person or business that promotes; one login, many programs.
type Partner struct {
	ID        ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	UserID    *ID       `gorm:"column:user_id"` // nil until the partner signs up
	Email     string    `gorm:"column:email"`   // trimmed and lower-cased
	Name      string    `gorm:"column:name"`
	Country   string    `gorm:"column:country"` // ISO 3166-1 alpha-2, or empty when not told
	CreatedAt time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (Partner) TableName() string { return "partners" }

// PartnerInvite lets the holder of a token claim a partner that a merchant created.
type PartnerInvite struct {
	ID        ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	PartnerID ID         `gorm:"column:partner_id"`
	TokenHash Hash       `gorm:"column:token_hash"`
	ExpiresAt time.Time  `gorm:"column:expires_at"`
	UsedAt    *time.Time `gorm:"column:used_at"`
	CreatedAt time.Time  `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (PartnerInvite) TableName() string { return "partner_invites" }
