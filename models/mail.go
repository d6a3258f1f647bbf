package models

import "time"

// MailKind is what a mail is about.
type MailKind string

// The values of MailKind.
const (
	MailKindVerifyEmail       MailKind = "VERIFY_EMAIL"        // to who signed up: is the address yours?
	MailKindEmailChange       MailKind = "EMAIL_CHANGE"        // to the new address: is it yours?
	MailKindEmailChangeAsked  MailKind = "EMAIL_CHANGE_ASKED"  // to the address so far
	MailKindEmailChanged      MailKind = "EMAIL_CHANGED"       // to the address until now
	MailKindPasswordReset     MailKind = "PASSWORD_RESET"      // to who forgot the password
	MailKindPasswordChanged   MailKind = "PASSWORD_CHANGED"    // to whose password is another
	MailKindStaffInvitation   MailKind = "STAFF_INVITATION"    // to who gets a login at a merchant
	MailKindStaffAdded        MailKind = "STAFF_ADDED"         // to who has a login and got a role at a merchant
	MailKindPartnerInvitation MailKind = "PARTNER_INVITATION"  // to a partner that a merchant registered
	MailKindEnrolled          MailKind = "ENROLLMENT_APPROVED" // to a partner whom a merchant let into a program
)

// MailState is how far a mail is.
type MailState string

// The values of MailState.
const (
	MailStateWaiting MailState = "WAITING" // to be sent
	MailStateSent    MailState = "SENT"    // a mail server took it
	MailStateFailed  MailState = "FAILED"  // given up; Reason says why
	MailStateDropped MailState = "DROPPED" // never to be sent: what was asked for is for nobody
)

// Mail is one mail to one address. What it says beyond its kind is sealed, and removed once it is sent or given up.
type Mail struct {
	ID        ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	Recipient string     `gorm:"column:recipient"`
	Kind      MailKind   `gorm:"column:kind"`
	State     MailState  `gorm:"column:state"`
	Reason    string     `gorm:"column:reason"` // a code; of what failed
	Tries     int        `gorm:"column:tries"`
	NextTryAt time.Time  `gorm:"column:next_try_at"` // not before; while it is under way, when that is over for sure
	UseBefore *time.Time `gorm:"column:use_before"`  // what it asks for works until then
	Sealed    []byte     `gorm:"column:sealed" json:"-"`
	CreatedAt time.Time  `gorm:"column:created_at"`
	SentAt    *time.Time `gorm:"column:sent_at"`
}

// TableName names the table for GORM.
func (Mail) TableName() string { return "mails" }
