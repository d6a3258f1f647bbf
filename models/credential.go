package models

import "time"

// StripeCredential is a merchant's own key to Stripe; who has none pays with the instance's. The secrets are sealed and
// never leave: neither does what is sealed.
type StripeCredential struct {
	MerchantID    ID        `gorm:"column:merchant_id;primaryKey;autoIncrement:false"`
	VersionID     ID        `gorm:"column:version_id"` // another whenever it is set
	Platform      string    `gorm:"column:platform"`   // Stripe's id of the account whose key it is
	Livemode      bool      `gorm:"column:livemode"`   // real money
	SecretKey     []byte    `gorm:"column:secret_key" json:"-"`
	WebhookSecret []byte    `gorm:"column:webhook_secret" json:"-"`
	LastFour      string    `gorm:"column:last_four"` // of the secret key
	SetBy         string    `gorm:"column:set_by"`
	SetAt         time.Time `gorm:"column:set_at"`
}

// TableName names the table for GORM.
func (StripeCredential) TableName() string { return "stripe_credentials" }
