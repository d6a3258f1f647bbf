package commission

import (
	"fmt"
	"regexp"
	"time"

	"tributary/internal/fault"
	"tributary/internal/money"
)

// PlanSpec is the `plan` part of a plan file, as people write it. docs/plan-file.md describes every field.
type PlanSpec struct {
	EffectiveFrom time.Time   `yaml:"effective_from"`
	HoldDays      int         `yaml:"hold_days"`
	MaxTotal      string      `yaml:"max_total"`
	Exclude       []string    `yaml:"exclude"`
	Levels        []LevelSpec `yaml:"levels"`
	Ineligible    string      `yaml:"ineligible"`
	Rules         []RuleSpec  `yaml:"rules"`
}

// LevelSpec says what the enrollment n levels above the seller gets.
type LevelSpec struct {
	Rate string `yaml:"rate"`
	Of   string `yaml:"of"` // sale, or below: the commission of the level below
}

// RuleSpec is one rule; the first whose kind matches wins.
type RuleSpec struct {
	ID        string         `yaml:"id"`
	Kind      string         `yaml:"kind"` // empty: every kind
	Percent   string         `yaml:"percent"`
	Fixed     string         `yaml:"fixed"`
	Levels    *bool          `yaml:"levels"` // whether the upline earns too; true when absent
	Recurring *RecurringSpec `yaml:"recurring"`
}

// RecurringSpec limits how long a customer keeps earning; absent means for life.
type RecurringSpec struct {
	Months int `yaml:"months"` // since the customer's first conversion
	Count  int `yaml:"count"`  // conversions of the customer
}

// The limits of a plan.
const (
	maxHoldDays = 366
	maxLevels   = 20
	maxRules    = 200
)

// Plan is a compiled plan. It does not change, so any number of goroutines may use one.
type Plan struct {
	EffectiveFrom                          time.Time
	Hold                                   time.Duration
	LessTax, LessShipping, LessDiscount    bool
	StopAtIneligible                       bool
	Levels                                 []Level
	Rules                                  []Rule
	NeedsCustomerCount, NeedsCustomerStart bool
	bound                                  money.Rate
}

// Level is a compiled LevelSpec.
type Level struct {
	Rate    money.Rate
	OfBelow bool
}

// Rule is a compiled RuleSpec: Fixed is in minor units and used when Percent is zero.
type Rule struct {
	ID         string
	Kind       string
	Percent    money.Rate
	FixedMinor int64
	IsFixed    bool
	Levels     bool
	Months     int
	Count      int
}

func (p *Plan) ruleByID(id string) *Rule {
	for i := range p.Rules {
		if p.Rules[i].ID == id {
			return &p.Rules[i]
		}
	}
	return nil
}

var ruleIDShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
var ruleKindShape = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,39}$`)

// Compile checks a plan for a program's currency and makes it ready to run. Errors name the path inside the plan.
// Codes PLAN_INVALID, RULE_ID_TWICE, PLAN_DEFAULT_MISSING, RULE_UNREACHABLE, PLAN_ABOVE_BOUND, and those of amounts
// and rates.
func (s PlanSpec) Compile(currency money.Currency) (*Plan, error) {
	p := &Plan{EffectiveFrom: s.EffectiveFrom.UTC(), Hold: time.Duration(s.HoldDays) * 24 * time.Hour, StopAtIneligible: s.Ineligible == "stop"}
	switch {
	case s.EffectiveFrom.IsZero():
		return nil, invalid("effective_from", "say from when the plan holds")
	case s.HoldDays < 0 || s.HoldDays > maxHoldDays:
		return nil, invalid("hold_days", "the hold is 0 to %d days", maxHoldDays)
	case len(s.Levels) > maxLevels:
		return nil, invalid("levels", "a plan has at most %d levels", maxLevels)
	case len(s.Rules) == 0 || len(s.Rules) > maxRules:
		return nil, invalid("rules", "a plan has 1 to %d rules", maxRules)
	case s.Ineligible != "" && s.Ineligible != "stop" && s.Ineligible != "compress":
		return nil, invalid("ineligible", "an ineligible upline is skipped (compress) or ends the chain (stop)")
	}
	for i, part := range s.Exclude {
		switch part {
		case "tax":
			p.LessTax = true
		case "shipping":
			p.LessShipping = true
		case "discount":
			p.LessDiscount = true
		default:
			return nil, invalid(fmt.Sprintf("exclude.%d", i), "only tax, shipping and discount can be excluded")
		}
	}
	if err := p.compileLevels(s.Levels); err != nil {
		return nil, err
	}
	if err := p.compileRules(s.Rules, currency); err != nil {
		return nil, err
	}
	bound, err := money.ParseRate(s.MaxTotal)
	if err != nil {
		return nil, at("max_total", err)
	}
	p.bound = bound
	return p, p.checkBound()
}

func (p *Plan) compileLevels(specs []LevelSpec) error {
	for i, l := range specs {
		rate, err := money.ParseRate(l.Rate)
		if err != nil {
			return at(fmt.Sprintf("levels.%d.rate", i), err)
		}
		if l.Of != "sale" && l.Of != "below" {
			return invalid(fmt.Sprintf("levels.%d.of", i), "a level is a share of the sale or of the level below")
		}
		p.Levels = append(p.Levels, Level{Rate: rate, OfBelow: l.Of == "below"})
	}
	return nil
}

func (p *Plan) compileRules(specs []RuleSpec, currency money.Currency) error {
	ids, closed := map[string]bool{}, map[string]bool{}
	for i, r := range specs {
		path := fmt.Sprintf("rules.%d", i)
		rule, err := r.compile(path, currency)
		if err != nil {
			return err
		}
		if ids[r.ID] {
			return fault.InvalidField(path+".id", "RULE_ID_TWICE", "two rules have the id %q", r.ID)
		}
		if closed[""] || closed[r.Kind] {
			return fault.InvalidField(path, "RULE_UNREACHABLE", "an earlier rule takes every conversion that this one could")
		}
		ids[r.ID], closed[r.Kind] = true, true
		p.NeedsCustomerCount = p.NeedsCustomerCount || rule.Count > 0
		p.NeedsCustomerStart = p.NeedsCustomerStart || rule.Months > 0
		p.Rules = append(p.Rules, rule)
	}
	if !closed[""] {
		return fault.InvalidField("rules", "PLAN_DEFAULT_MISSING", "the last rule must be for every kind, so that nothing falls through unseen")
	}
	return nil
}

func (r RuleSpec) compile(path string, currency money.Currency) (Rule, error) {
	rule := Rule{ID: r.ID, Kind: r.Kind, Levels: r.Levels == nil || *r.Levels}
	if !ruleIDShape.MatchString(r.ID) {
		return rule, invalid(path+".id", "a rule id has 1 to 40 lower-case letters, digits, - and _")
	}
	if r.Kind != "" && !ruleKindShape.MatchString(r.Kind) {
		return rule, invalid(path+".kind", "a kind has 1 to 40 capital letters, digits and _")
	}
	if (r.Percent == "") == (r.Fixed == "") {
		return rule, invalid(path, "a rule pays either a percentage or a fixed amount")
	}
	if r.Percent != "" {
		rate, err := money.ParseRate(r.Percent)
		if err != nil {
			return rule, at(path+".percent", err)
		}
		rule.Percent = rate
	} else {
		fixed, err := money.Parse(r.Fixed, currency)
		if err != nil {
			return rule, at(path+".fixed", err)
		}
		if fixed.IsNegative() {
			return rule, invalid(path+".fixed", "a reward is not negative")
		}
		rule.IsFixed, rule.FixedMinor = true, fixed.Minor
	}
	if r.Recurring != nil {
		if r.Recurring.Months < 0 || r.Recurring.Count < 0 || (r.Recurring.Months == 0 && r.Recurring.Count == 0) {
			return rule, invalid(path+".recurring", "a limit is a number of months or of conversions")
		}
		rule.Months, rule.Count = r.Recurring.Months, r.Recurring.Count
	}
	return rule, nil
}

// checkBound refuses a plan that could pay out more than max_total of a sale over the whole chain. Fixed rewards have
// no share of a sale; of them only the upline's share of the sale counts.
func (p *Plan) checkBound() error {
	for i, r := range p.Rules {
		total, below := r.Percent, r.Percent
		for _, l := range p.Levels {
			if !r.Levels {
				break
			}
			share := l.Rate
			if l.OfBelow {
				up, err := money.MulDivHalfEven(int64(below), int64(l.Rate), int64(money.RateOne))
				if err != nil {
					return err
				}
				share = money.Rate(up)
			}
			total, below = total+share, share
		}
		if total > p.bound {
			return fault.InvalidField(fmt.Sprintf("rules.%d", i), "PLAN_ABOVE_BOUND",
				"with all levels this rule pays %s of a sale, more than max_total %s", total.Percent(), p.bound.Percent())
		}
	}
	return nil
}

func invalid(path, format string, args ...any) error {
	return fault.InvalidField(path, "PLAN_INVALID", format, args...)
}
