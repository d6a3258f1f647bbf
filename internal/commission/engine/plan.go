package engine

import (
	"time"

	"tributary/internal/money"
)

// The limits of a plan.
const (
	maxHoldDays   = 366
	maxNoticeDays = 366
	maxLevels     = 20
	maxRules      = 200
	maxTiers      = 50
	maxOverrides  = 1000
	maxCaps       = 5 // of one rule
	maxBonuses    = 50
	maxPlacements = 50
	maxItemNames  = 500
	maxWindowDays = 366
	maxKinds      = 50
	maxMonths     = 1200
)

// builtinKinds are the kinds of conversions that every plan knows.
var builtinKinds = []string{"SALE", "LEAD", "SIGNUP", "SUBSCRIPTION"}

// Policy says what an ineligible upline does to the chain.
type Policy uint8

// The policies.
const (
	Compress Policy = iota // it is skipped: the next eligible one takes its level
	Stop                   // the chain ends
	House                  // the merchant keeps its level, and those above stay at theirs
)

// Plan is a compiled plan. It does not change, so any number of goroutines may use one.
type Plan struct {
	EffectiveFrom                       time.Time
	Hold                                time.Duration
	NoticeDays                          int
	RenewalsFrozen                      bool
	LessTax, LessShipping, LessDiscount bool
	Policy                              Policy
	Eligible                            Eligible
	Rules                               []Rule
	Bonuses                             []Bonus
	Placements                          []Placement
	Needs                               Needs
	Depth                               int // the longest level table

	levels      []Level
	groupLevels map[string][]Level
	hasItems    bool
	bound       money.Rate
	currency    money.Currency
	zone        *time.Location
}

// Level is a compiled LevelSpec.
type Level struct {
	Rate money.Rate
	Of   Basis
}

// Basis says what a level's rate is taken of.
type Basis uint8

// The bases.
const (
	OfSale Basis = iota
	OfBelow
	OfOverride
)

// Eligible is a compiled EligibleSpec.
type Eligible struct {
	Days        int
	VolumeMinor int64
	Customers   int
}

// Rule is a compiled RuleSpec.
type Rule struct {
	ID             string
	Kind           string
	Item           bool
	Levels         bool
	Months, Count  int
	UniqueCustomer bool
	MinAge         time.Duration
	Require        []string
	Reward         Reward
	Caps           []Cap

	when             *condition
	skus, categories map[string]bool
	overrides        []override
}

// Reward is a compiled RewardSpec: percent when Tiers is empty and IsFixed is false.
type Reward struct {
	IsFixed    bool
	FixedMinor int64
	Percent    money.Rate // with tiers by period, the first step's: what is paid until the close
	Tiers      []Tier
	ByPeriod   bool
	Marginal   bool
}

// Tier is a compiled StepSpec.
type Tier struct {
	FromMinor int64
	Rate      money.Rate
}

type override struct {
	group, enrollment string
	from, until       time.Time // zero for open
	reward            Reward
}

// Cap is a compiled CapSpec; zero means without that limit.
type Cap struct {
	Per         Interval
	Scope       Scope
	AmountMinor int64
	Count       int64
	id          string
}

// Bonus is a compiled BonusSpec.
type Bonus struct {
	ID                      string
	AmountMinor             int64
	Group                   string
	Once                    bool
	ReachMinor              int64
	ReachSales              int64
	FirstSale, RecruitSells bool
}

// Placement is a compiled PlacementSpec.
type Placement struct {
	ID       string
	FeeMinor int64
}

// RuleByID finds a rule, or gives nil.
func (p *Plan) RuleByID(id string) *Rule {
	for i := range p.Rules {
		if p.Rules[i].ID == id {
			return &p.Rules[i]
		}
	}
	return nil
}

// table gives the levels of a member's group.
func (p *Plan) table(group string) []Level {
	if own, ok := p.groupLevels[group]; ok {
		return own
	}
	return p.levels
}

// MaturesAt is when a conversion's lines by the rule mature: after the plan's hold, and not before it counts.
func (p *Plan) MaturesAt(r *Rule, occurredAt time.Time) time.Time {
	return occurredAt.Add(max(p.Hold, r.MinAge))
}
