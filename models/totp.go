package models

import (
	"time"
)

// TOTP is the secret that a user shares with an authenticator.
type TOTP struct {
	UserID      ID         `gorm:"column:user_id;primaryKey;autoIncrement:false"`
	Secret      []byte     `gorm:"column:secret" json:"-"` // sealed
	LastCounter int64      `gorm:"column:last_counter"`    // of the latest code that counted: 30 seconds each since 1970
	CreatedAt   time.Time  `gorm:"column:created_at"`
	ConfirmedAt *time.Time `gorm:"column:confirmed_at"` // it counts from then on
}

// TableName names the table for GORM.
func (TOTP) TableName() string { return "totps" }

// RecoveryCode stands for one code of an authenticator that is lost. Only its hash is stored.
type RecoveryCode struct {
	UserID   ID         `gorm:"column:user_id;primaryKey;autoIncrement:false"`
	CodeHash Hash       `gorm:"column:code_hash;primaryKey"`
	UsedAt   *time.Time `gorm:"column:used_at"`
}

// TableName names the table for GORM.
func (RecoveryCode) TableName() string { return "recovery_codes" }
