package engine

import (
	"time"
)

// ID names an enrollment.
type ID [16]byte

// Item is one line of an order; Minor is the line's total in minor units of the program's currency.
type Item struct {
	SKU, Category, Name string
	Quantity, Minor     int64
}

// Sale is a conversion as one revision states it; amounts are minor units of the program's currency.
type Sale struct {
	Kind                           string
	Gross, Tax, Shipping, Discount int64
	Items                          []Item
	Country, Coupon                string
	Metadata                       map[string]string
	OccurredAt                     time.Time
}

// Customer is what was known of the buyer when the sale was priced; the zero value is a buyer without a name.
type Customer struct {
	Known      bool
	FirstAt    time.Time // of the customer's first conversion
	Before     int       // conversions of the customer before this one
	BeforeKind int       // those of the sale's kind among them
}

// Touch is what brought the customer: the one that won the attribution.
type Touch struct {
	Method, Link string
	Subs         map[string]string
}

// Member is one enrollment of the chain as it stood when the sale was priced.
type Member struct {
	ID            ID
	Code          string
	Group         string
	Country       string
	Tags          []string
	Inactive      bool  // its status earns nothing from a downline
	VolumeMinor   int64 // own sales in the days the plan looks back, without this one
	Customers     int   // customers with a sale in those days
	LifetimeMinor int64 // own sales of all time, without this one
}

// Case is everything about a conversion that decides money. Chain is the seller first, then its upline as it was when
// the sale occurred, as far up as the program allows.
type Case struct {
	Sale     Sale
	Customer Customer
	Touch    Touch
	Chain    []Member
}

// Needs says which facts a plan asks for, so that nobody reads what nobody uses.
type Needs struct {
	Customer   bool // Case.Customer
	Touch      bool // Case.Touch
	Order      bool // items, country, coupon, metadata
	Partner    bool // code, group, country and tags of the members
	Lifetime   bool // Member.LifetimeMinor of the seller
	WindowDays int  // Member.VolumeMinor and Customers look back so far; 0 for not at all
	Caps       bool // usage of caps
}

// Add gives what either asks for.
func (n Needs) Add(o Needs) Needs {
	return Needs{Customer: n.Customer || o.Customer, Touch: n.Touch || o.Touch, Order: n.Order || o.Order, Partner: n.Partner || o.Partner,
		Lifetime: n.Lifetime || o.Lifetime, WindowDays: max(n.WindowDays, o.WindowDays), Caps: n.Caps || o.Caps}
}
