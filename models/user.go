package models

import (
	"time"
)

// User is one login: a staff member, a partner, or both.
type User struct {
	ID           ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	Email        string    `gorm:"column:email"` // trimmed and lower-cased
	Name         string    `gorm:"column:name"`
	PasswordHash string    `gorm:"column:password_hash" json:"-"` // argon2id, encoded with its parameters; empty until one is set
	CreatedAt    time.Time `gorm:"column:created_at"`
	// EmailVerifiedAt is when it was shown that the user reads the mails of the address; nil until then.
	EmailVerifiedAt *time.Time `gorm:"column:email_verified_at"`
}

// TableName names the table for GORM.
func (User) TableName() string { return "users" }

// IdempotencyKey remembers the answer of a mutation, so that a retry gets it again.
type IdempotencyKey struct {
	TenantID    ID        `gorm:"column:tenant_id;primaryKey;autoIncrement:false"` // the merchant, or the user where there is no merchant
	Operation   string    `gorm:"column:operation;primaryKey;autoIncrement:false"`
	IdemKey     string    `gorm:"column:idem_key;primaryKey;autoIncrement:false"`
	RequestHash Hash      `gorm:"column:request_hash"`
	Response    string    `gorm:"column:response"` // JSON
	CreatedAt   time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (IdempotencyKey) TableName() string { return "idempotency_keys" }
