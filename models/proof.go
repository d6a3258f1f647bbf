package models

import "time"

// ProofPurpose is what somebody may do who proves to read the mails of an address.
type ProofPurpose string

// The values of ProofPurpose.
const (
	ProofPurposeVerify ProofPurpose = "VERIFY" // subject: the user
	ProofPurposeChange ProofPurpose = "CHANGE" // subject: the user
	ProofPurposeReset  ProofPurpose = "RESET"  // subject: the address
)

// EmailProof lets the holder of a token, which was mailed to an address, do one thing once. A subject has one for each
// purpose: the latest.
type EmailProof struct {
	Purpose   ProofPurpose `gorm:"column:purpose;primaryKey;autoIncrement:false"`
	Subject   Hash         `gorm:"column:subject;primaryKey;autoIncrement:false"` // what it is asked for, hashed
	UserID    *ID          `gorm:"column:user_id"`                                // nil: nobody has the address
	Email     string       `gorm:"column:email"`                                  // where the token went
	TokenHash Hash         `gorm:"column:token_hash"`
	AskedAt   time.Time    `gorm:"column:asked_at"`
	ExpiresAt time.Time    `gorm:"column:expires_at"`
	UsedAt    *time.Time   `gorm:"column:used_at"`
}

// TableName names the table for GORM.
func (EmailProof) TableName() string { return "email_proofs" }
