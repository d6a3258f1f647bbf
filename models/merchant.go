package models

import (
	"time"
)

// StaffRole is what a staff member may do at a merchant.
type StaffRole string

// The values of StaffRole.
const (
	StaffRoleOwner   StaffRole = "OWNER"   // everything
	StaffRoleAdmin   StaffRole = "ADMIN"   // everything but the owners
	StaffRoleFinance StaffRole = "FINANCE" // periods and payouts
	StaffRoleAnalyst StaffRole = "ANALYST" // reads only
)

// Merchant is the tenant: the company that runs programs.
type Merchant struct {
	ID        ID        `gorm:"column:id;primaryKey;autoIncrement:false"`
	Slug      string    `gorm:"column:slug"`
	Name      string    `gorm:"column:name"`
	CreatedAt time.Time `gorm:"column:created_at"`
	// RequireTOTP keeps payouts from who has not confirmed the session with a TOTP code lately.
	RequireTOTP bool `gorm:"column:totp_for_payouts"`
}

// TableName names the table for GORM.
func (Merchant) TableName() string { return "merchants" }

// Staff gives a user a role at a merchant.
type Staff struct {
	MerchantID ID        `gorm:"column:merchant_id;primaryKey;autoIncrement:false"`
	UserID     ID        `gorm:"column:user_id;primaryKey;autoIncrement:false"`
	Role       StaffRole `gorm:"column:role"`
	CreatedAt  time.Time `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (Staff) TableName() string { return "staff" }

// APIKey lets a merchant's server call the API. Only the hash of the secret is stored.
type APIKey struct {
	ID         ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	MerchantID ID         `gorm:"column:merchant_id"`
	Name       string     `gorm:"column:name"`
	Prefix     string     `gorm:"column:prefix"`      // public part, by which the row is found
	SecretHash Hash       `gorm:"column:secret_hash"` // SHA-256 of the whole key
	Scopes     string     `gorm:"column:scopes"`      // space-separated, sorted
	CreatedBy  string     `gorm:"column:created_by"`  // the person behind it; empty where that was not recorded
	CreatedAt  time.Time  `gorm:"column:created_at"`
	LastUsedAt *time.Time `gorm:"column:last_used_at"`
	RevokedAt  *time.Time `gorm:"column:revoked_at"`
	ExpiresAt  *time.Time `gorm:"column:expires_at"`  // nil for a key that works until it is revoked
	ReplacedBy *ID        `gorm:"column:replaced_by"` // the key that has taken its place
}

// TableName names the table for GORM.
func (APIKey) TableName() string { return "api_keys" }

// StaffInvite lets the holder of a token set the first password of a login that somebody else made.
type StaffInvite struct {
	ID        ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	UserID    ID         `gorm:"column:user_id"`
	TokenHash Hash       `gorm:"column:token_hash"`
	InvitedBy string     `gorm:"column:invited_by"`
	ExpiresAt time.Time  `gorm:"column:expires_at"`
	UsedAt    *time.Time `gorm:"column:used_at"` // or when another invitation took its place
	CreatedAt time.Time  `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (StaffInvite) TableName() string { return "staff_invites" }
