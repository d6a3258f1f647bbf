package engine

import "time"

// PlanSpec is the `plan` part of a plan file, as people write it. docs/plan-file.md describes every field. Fields are
// only ever added, and empty ones are left out, so that the text of a published version keeps its hash.
type PlanSpec struct {
	EffectiveFrom time.Time              `yaml:"effective_from"`
	HoldDays      int                    `yaml:"hold_days"`
	MaxTotal      string                 `yaml:"max_total"`
	NoticeDays    int                    `yaml:"notice_days,omitempty"`
	Renewals      string                 `yaml:"renewals,omitempty"`
	Kinds         []string               `yaml:"kinds,omitempty"` // the merchant's own kinds of conversions
	Exclude       []string               `yaml:"exclude"`
	Levels        []LevelSpec            `yaml:"levels"`
	GroupLevels   map[string][]LevelSpec `yaml:"group_levels,omitempty"`
	Eligible      *EligibleSpec          `yaml:"eligible,omitempty"`
	Ineligible    string                 `yaml:"ineligible"`
	Rules         []RuleSpec             `yaml:"rules"`
	Overrides     []OverrideSpec         `yaml:"overrides,omitempty"`
	Bonuses       []BonusSpec            `yaml:"bonuses,omitempty"`
	Placements    []PlacementSpec        `yaml:"placements,omitempty"`
}

// LevelSpec says what the enrollment n levels above the seller gets.
type LevelSpec struct {
	Rate string `yaml:"rate"`
	Of   string `yaml:"of"` // sale; below: the commission of the level below; override: the rate less what the levels below took of the sale
}

// EligibleSpec says what an upline must show besides an active status, in the days before the sale.
type EligibleSpec struct {
	Days      int    `yaml:"days"`
	Volume    string `yaml:"volume,omitempty"`    // own sales, at least
	Customers int    `yaml:"customers,omitempty"` // customers with a sale, at least
}

// RewardSpec is what is paid: exactly one of its fields.
type RewardSpec struct {
	Percent string     `yaml:"percent,omitempty"`
	Fixed   string     `yaml:"fixed,omitempty"`
	Tiers   *TiersSpec `yaml:"tiers,omitempty"`
}

// TiersSpec is a reward that grows.
type TiersSpec struct {
	By    string     `yaml:"by"`   // order: the basis of one sale; period: the seller's basis by this rule in a period, settled at its close
	Mode  string     `yaml:"mode"` // marginal: each part at its own rate; retroactive: all at the rate reached
	Steps []StepSpec `yaml:"steps"`
}

// StepSpec is one tier.
type StepSpec struct {
	From    string `yaml:"from"`
	Percent string `yaml:"percent"`
}

// RuleSpec is one rule; the first that matches takes what no earlier one took.
type RuleSpec struct {
	ID         string   `yaml:"id"`
	Kind       string   `yaml:"kind"`                 // empty: every kind
	When       string   `yaml:"when,omitempty"`       // a CEL expression
	Scope      string   `yaml:"scope,omitempty"`      // order, or item: takes only the items that match
	SKUs       []string `yaml:"skus,omitempty"`       // with scope item
	Categories []string `yaml:"categories,omitempty"` // with scope item
	RewardSpec `yaml:",inline"`
	Levels     *bool          `yaml:"levels"` // whether the upline earns too; true when absent
	Recurring  *RecurringSpec `yaml:"recurring"`
	Valid      *ValidSpec     `yaml:"valid,omitempty"`
	Caps       []CapSpec      `yaml:"caps,omitempty"`
}

// RecurringSpec limits how long a customer keeps earning; absent means for life.
type RecurringSpec struct {
	Months int `yaml:"months"` // since the customer's first conversion
	Count  int `yaml:"count"`  // conversions of the customer
}

// ValidSpec says what a conversion must show to count.
type ValidSpec struct {
	UniqueCustomer bool     `yaml:"unique_customer,omitempty"` // only the customer's first conversion of the kind counts
	MinAgeDays     int      `yaml:"min_age_days,omitempty"`    // it counts so many days after it happened
	Require        []string `yaml:"require,omitempty"`         // customer, country, coupon, items, metadata.KEY
}

// CapSpec limits what is paid.
type CapSpec struct {
	Per    string `yaml:"per"`              // conversion, day, week, month, life
	Scope  string `yaml:"scope,omitempty"`  // enrollment, group, program; enrollment when absent
	Amount string `yaml:"amount,omitempty"` // at most this much
	Count  int    `yaml:"count,omitempty"`  // at most so many paid conversions
}

// OverrideSpec pays a group or one enrollment another reward by a rule, between two instants.
type OverrideSpec struct {
	Rule       string    `yaml:"rule"`
	Group      string    `yaml:"group,omitempty"`
	Enrollment string    `yaml:"enrollment,omitempty"` // the enrollment's code
	From       time.Time `yaml:"from,omitempty"`
	Until      time.Time `yaml:"until,omitempty"`
	RewardSpec `yaml:",inline"`
}

// BonusSpec is a fixed amount that is paid when a period closes; exactly one of its conditions.
type BonusSpec struct {
	ID           string     `yaml:"id"`
	Amount       string     `yaml:"amount"`
	Group        string     `yaml:"group,omitempty"` // only for this group
	Once         bool       `yaml:"once,omitempty"`  // not again in a later period
	Reach        *ReachSpec `yaml:"reach,omitempty"`
	FirstSale    bool       `yaml:"first_sale,omitempty"`
	RecruitSells bool       `yaml:"recruit_sells,omitempty"` // for each recruit that made its first sale
	Recruits     int        `yaml:"recruits,omitempty"`      // refused: recruiting alone earns nothing
}

// ReachSpec is a goal for the enrollment's own sales in the period.
type ReachSpec struct {
	Volume string `yaml:"volume,omitempty"`
	Sales  int    `yaml:"sales,omitempty"`
}

// PlacementSpec is a flat fee for each period in which an agreement is active.
type PlacementSpec struct {
	ID  string `yaml:"id"`
	Fee string `yaml:"fee"`
}
