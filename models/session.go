package models

import (
	"time"
)

// Session is one sign-in of a user: the family of refresh tokens that come of it, and the access tokens made with them.
type Session struct {
	ID          ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	UserID      ID         `gorm:"column:user_id"`
	MerchantID  *ID        `gorm:"column:merchant_id"` // whose staff it acts as; nil where it acts for no merchant
	Address     string     `gorm:"column:address"`     // the network address it was last used from; empty where there is none
	UserAgent   string     `gorm:"column:user_agent"`  // of the same request
	CreatedAt   time.Time  `gorm:"column:created_at"`
	UsedAt      time.Time  `gorm:"column:used_at"`    // of the sign-in, or of the latest refresh
	ExpiresAt   time.Time  `gorm:"column:expires_at"` // of its latest refresh token
	ConfirmedAt *time.Time `gorm:"column:confirmed_at"`
	EndedAt     *time.Time `gorm:"column:ended_at"`
}

// TableName names the table for GORM.
func (Session) TableName() string { return "sessions" }

// RefreshToken prolongs a session, once. Only its hash is stored.
type RefreshToken struct {
	TokenHash Hash       `gorm:"column:token_hash;primaryKey"`
	SessionID ID         `gorm:"column:session_id"`
	ExpiresAt time.Time  `gorm:"column:expires_at"`
	UsedAt    *time.Time `gorm:"column:used_at"`
}

// TableName names the table for GORM.
func (RefreshToken) TableName() string { return "refresh_tokens" }
