package models

import (
	"time"

	"tributary/internal/money"
)

// ConversionState says whether a conversion can be priced.
type ConversionState string

// The values of ConversionState.
const (
	ConversionStateReady        ConversionState = "READY"
	ConversionStateAwaitingRate ConversionState = "AWAITING_RATE" // foreign currency without a rate
)

// AttributionMethod names the kind of touch that won.
type AttributionMethod string

// The values of AttributionMethod.
const (
	AttributionMethodClick    AttributionMethod = "CLICK"
	AttributionMethodCoupon   AttributionMethod = "COUPON"
	AttributionMethodLink     AttributionMethod = "LINK"     // a link code sent with the conversion
	AttributionMethodCustomer AttributionMethod = "CUSTOMER" // the customer was bound earlier
	AttributionMethodNone     AttributionMethod = "NONE"     // nobody
)

// RefundKind says how money is taken back.
type RefundKind string

// The values of RefundKind.
const (
	RefundKindRefund        RefundKind = "REFUND"         // by the merchant
	RefundKindChargeback    RefundKind = "CHARGEBACK"     // by the customer's bank, while it is disputed
	RefundKindChargebackWon RefundKind = "CHARGEBACK_WON" // the dispute ended for the merchant; its amounts are negative
	RefundKindVoid          RefundKind = "VOID"           // the conversion does not count at all, whatever its amount
)

// AccrualKind is what waits in the accrual queue.
type AccrualKind string

// The values of AccrualKind.
const (
	AccrualKindConversion AccrualKind = "CONVERSION"
	AccrualKindRefund     AccrualKind = "REFUND"
)

// Customer is the buyer as the merchant names it; the first attributed conversion binds it to an enrollment.
type Customer struct {
	ID           ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID    ID         `gorm:"column:program_id"`
	ExternalID   string     `gorm:"column:external_id"`
	EnrollmentID *ID        `gorm:"column:enrollment_id"` // bound to
	BoundAt      *time.Time `gorm:"column:bound_at"`
	CreatedAt    time.Time  `gorm:"column:created_at"`
}

// TableName names the table for GORM.
func (Customer) TableName() string { return "customers" }

// Conversion is one revision of an action worth paying for; rows are never edited.
type Conversion struct {
	ID                ID              `gorm:"column:id;primaryKey;autoIncrement:false"`
	RootID            ID              `gorm:"column:root_id"` // id of revision 1
	ProgramID         ID              `gorm:"column:program_id"`
	Source            string          `gorm:"column:source"`
	ExternalID        string          `gorm:"column:external_id"`
	Kind              string          `gorm:"column:kind"`
	Revision          int             `gorm:"column:revision"`
	ContentHash       Hash            `gorm:"column:content_hash"`
	State             ConversionState `gorm:"column:state"`
	OccurredAt        time.Time       `gorm:"column:occurred_at"` // the merchant's instant; decides rule, terms and upline
	ReceivedAt        time.Time       `gorm:"column:received_at"`
	CustomerID        *ID             `gorm:"column:customer_id"`
	EnrollmentID      *ID             `gorm:"column:enrollment_id"` // who won the attribution
	SourceCurrency    money.Currency  `gorm:"column:source_currency"`
	SourceAmountMinor int64           `gorm:"column:source_amount_minor"`
	FXRate            string          `gorm:"column:fx_rate"` // exact decimal, empty when the currencies are equal or the rate is awaited
	FXSource          string          `gorm:"column:fx_source"`
	FXQuotedAt        *time.Time      `gorm:"column:fx_quoted_at"`
	AmountMinor       int64           `gorm:"column:amount_minor"` // gross, in the program's currency; 0 while the rate is awaited
	TaxMinor          int64           `gorm:"column:tax_minor"`
	ShippingMinor     int64           `gorm:"column:shipping_minor"`
	DiscountMinor     int64           `gorm:"column:discount_minor"`
	Items             string          `gorm:"column:items"`    // JSON list of items in the program's currency, or empty
	Country           string          `gorm:"column:country"`  // of the customer, ISO 3166-1 alpha-2, or empty
	Coupon            string          `gorm:"column:coupon"`   // as entered, in upper case, whether or not it won
	Metadata          string          `gorm:"column:metadata"` // JSON object of strings with sorted keys, or empty
}

// TableName names the table for GORM.
func (Conversion) TableName() string { return "conversions" }

// SourceAmount is what the merchant reported, in the currency it was paid in.
func (c Conversion) SourceAmount() money.Amount {
	return money.New(c.SourceAmountMinor, c.SourceCurrency)
}

// Attribution records which touch won a conversion and why the others lost.
type Attribution struct {
	ConversionID ID                `gorm:"column:conversion_id;primaryKey;autoIncrement:false"`
	ProgramID    ID                `gorm:"column:program_id"`
	EnrollmentID *ID               `gorm:"column:enrollment_id"`
	Method       AttributionMethod `gorm:"column:method"`
	TouchID      *ID               `gorm:"column:touch_id"`    // the click, coupon or link that won
	HoldReason   string            `gorm:"column:hold_reason"` // not empty: the conversion is held and earns nothing
	Policy       string            `gorm:"column:policy"`      // version of the rules that decided
	WindowDays   int               `gorm:"column:window_days"`
	Detail       string            `gorm:"column:detail"` // JSON list of candidates with verdict and reason
	DecidedAt    time.Time         `gorm:"column:decided_at"`
	LinkCode     string            `gorm:"column:link_code"` // of the click or link that won, or empty
	SubIDs       string            `gorm:"column:sub_ids"`   // of the click that won, as there
	// Who ended the hold, and why; empty when nobody did or had to.
	ReleasedBy     string     `gorm:"column:released_by"`
	ReleasedReason string     `gorm:"column:released_reason"`
	ReleasedAt     *time.Time `gorm:"column:released_at"`
}

// TableName names the table for GORM.
func (Attribution) TableName() string { return "attributions" }

// Refund takes back a part of a conversion, or gives it again: the sum of a conversion's refunds is what is taken back.
type Refund struct {
	ID                ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID         ID         `gorm:"column:program_id"`
	ConversionID      ID         `gorm:"column:conversion_id"` // revision 1 of the conversion
	Source            string     `gorm:"column:source"`
	ExternalID        string     `gorm:"column:external_id"`
	ContentHash       Hash       `gorm:"column:content_hash"`
	OccurredAt        time.Time  `gorm:"column:occurred_at"`
	ReceivedAt        time.Time  `gorm:"column:received_at"`
	SourceAmountMinor int64      `gorm:"column:source_amount_minor"` // in the conversion's own currency
	AmountMinor       int64      `gorm:"column:amount_minor"`        // in the program's currency
	Reason            string     `gorm:"column:reason"`
	Kind              RefundKind `gorm:"column:kind"`
	Items             string     `gorm:"column:items"` // JSON list of sku, amountMinor and currency, the conversion's own; or empty
}

// TableName names the table for GORM.
func (Refund) TableName() string { return "refunds" }

// AccrualShards is over how many queues a program's accrual is spread; one enrollment's work is always in one.
const AccrualShards = 4

// AccrualItem is a conversion or refund whose commissions are not computed yet; the row goes when they are.
type AccrualItem struct {
	ProgramID ID          `gorm:"column:program_id;primaryKey;autoIncrement:false"`
	Shard     int         `gorm:"column:shard;primaryKey;autoIncrement:false"` // from the enrollment that won
	ID        ID          `gorm:"column:id;primaryKey;autoIncrement:false"`    // of the conversion revision or the refund
	RootID    ID          `gorm:"column:root_id"`                              // revision 1 of the conversion
	Kind      AccrualKind `gorm:"column:kind"`
}

// TableName names the table for GORM.
func (AccrualItem) TableName() string { return "accrual_queue" }
