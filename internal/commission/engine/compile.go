package engine

import (
	"time"

	"tributary/internal/fault"
	"tributary/internal/money"
)

const day = 24 * time.Hour

// Terms are what a plan takes from its program.
type Terms struct {
	Currency money.Currency
	Zone     *time.Location
	Groups   map[string]bool // the codes there are; nil when not known
}

// Compile checks a plan and makes it ready to run. Errors name the path inside the plan.
// Codes PLAN_INVALID, RULE_ID_TWICE, KIND_UNKNOWN, PLAN_DEFAULT_MISSING, RULE_UNREACHABLE, PLAN_ABOVE_BOUND, CONDITION_INVALID,
// CONDITION_TOO_COSTLY, CURRENCY_MISMATCH, CAP_ZERO, CAP_BELOW_REWARD, LEVELS_TOO_DEEP, GROUP_UNKNOWN, TIERS_INVALID,
// BONUS_FOR_RECRUITING, and those of amounts and rates.
func (s PlanSpec) Compile(t Terms) (*Plan, error) {
	c := compiler{spec: s, terms: t, plan: &Plan{EffectiveFrom: s.EffectiveFrom.UTC(), Hold: time.Duration(s.HoldDays) * day,
		NoticeDays: s.NoticeDays, currency: t.Currency, zone: t.Zone}}
	for _, step := range []func() error{c.head, c.exclude, c.levels, c.eligible, c.rules, c.overrides, c.bonuses, c.placements, c.maxTotal} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.plan, nil
}

// compiler turns one spec into one plan.
type compiler struct {
	spec  PlanSpec
	terms Terms
	plan  *Plan
}

func (c *compiler) head() error {
	s := c.spec
	switch {
	case s.EffectiveFrom.IsZero():
		return invalid("effective_from", "say from when the plan holds")
	case s.HoldDays < 0 || s.HoldDays > maxHoldDays:
		return invalid("hold_days", "the hold is 0 to %d days", maxHoldDays)
	case s.NoticeDays < 0 || s.NoticeDays > maxNoticeDays:
		return invalid("notice_days", "the notice is 0 to %d days", maxNoticeDays)
	case len(s.Rules) == 0 || len(s.Rules) > maxRules:
		return invalid("rules", "a plan has 1 to %d rules", maxRules)
	}
	if err := c.kinds(); err != nil {
		return err
	}
	switch s.Renewals {
	case "", "current":
	case "first_sale":
		c.plan.RenewalsFrozen, c.plan.Needs.Customer = true, true
	default:
		return invalid("renewals", "a renewal is paid by the plan of its own time (current) or of the customer's first sale (first_sale)")
	}
	return nil
}

// kinds checks the names that the merchant gives to kinds of its own, so that a rule with a misspelt one is refused and
// does not wait for conversions that never come.
func (c *compiler) kinds() error {
	if len(c.spec.Kinds) > maxKinds {
		return invalid("kinds", "a plan has at most %d kinds of its own", maxKinds)
	}
	for i, kind := range c.spec.Kinds {
		if !ruleKindShape.MatchString(kind) {
			return invalid(nth("kinds", i), kindRule)
		}
	}
	return nil
}

func (c *compiler) exclude() error {
	for i, part := range c.spec.Exclude {
		switch part {
		case "tax":
			c.plan.LessTax = true
		case "shipping":
			c.plan.LessShipping = true
		case "discount":
			c.plan.LessDiscount = true
		default:
			return invalid(nth("exclude", i), "only tax, shipping and discount can be excluded")
		}
	}
	return nil
}

func (c *compiler) levels() error {
	switch c.spec.Ineligible {
	case "", "compress":
	case "stop":
		c.plan.Policy = Stop
	case "house":
		c.plan.Policy = House
	default:
		return invalid("ineligible", "an ineligible upline is skipped (compress), ends the chain (stop), or leaves its level to the house (house)")
	}
	var err error
	if c.plan.levels, err = compileLevels("levels", c.spec.Levels); err != nil {
		return err
	}
	c.plan.Depth = len(c.plan.levels)
	for _, group := range sortedKeys(c.spec.GroupLevels) {
		path := "group_levels." + group
		table, err := compileLevels(path, c.spec.GroupLevels[group])
		if err != nil {
			return err
		}
		if err := c.knownGroup(path, group); err != nil {
			return err
		}
		if len(table) > len(c.plan.levels) {
			return fault.InvalidField(path, "LEVELS_TOO_DEEP", "the plan has %d levels; a group's table cannot be deeper", len(c.plan.levels))
		}
		if c.plan.groupLevels == nil {
			c.plan.groupLevels = map[string][]Level{}
		}
		c.plan.groupLevels[group], c.plan.Needs.Partner = table, true
	}
	return nil
}

func compileLevels(path string, specs []LevelSpec) ([]Level, error) {
	if len(specs) > maxLevels {
		return nil, fault.InvalidField(path, "LEVELS_TOO_DEEP", "a plan has at most %d levels", maxLevels)
	}
	var levels []Level
	for i, l := range specs {
		rate, err := money.ParseRate(l.Rate)
		if err != nil {
			return nil, at(nth(path, i)+".rate", err)
		}
		of, ok := map[string]Basis{"sale": OfSale, "below": OfBelow, "override": OfOverride}[l.Of]
		if !ok {
			return nil, invalid(nth(path, i)+".of", "a level is a share of the sale, of the level below, or an override of all below")
		}
		levels = append(levels, Level{Rate: rate, Of: of})
	}
	return levels, nil
}

func (c *compiler) eligible() error {
	e := c.spec.Eligible
	if e == nil {
		return nil
	}
	if e.Days < 1 || e.Days > maxWindowDays {
		return invalid("eligible.days", "eligibility looks back 1 to %d days", maxWindowDays)
	}
	if e.Customers < 0 || (e.Volume == "" && e.Customers == 0) {
		return invalid("eligible", "say what volume or how many customers an upline must have")
	}
	c.plan.Eligible = Eligible{Days: e.Days, Customers: e.Customers}
	if e.Volume != "" {
		minor, err := c.positive("eligible.volume", e.Volume)
		if err != nil {
			return err
		}
		c.plan.Eligible.VolumeMinor = minor
	}
	c.plan.Needs.WindowDays = e.Days
	return nil
}

func (c *compiler) bonuses() error {
	if len(c.spec.Bonuses) > maxBonuses {
		return invalid("bonuses", "a plan has at most %d bonuses", maxBonuses)
	}
	seen := map[string]bool{}
	for i, b := range c.spec.Bonuses {
		bonus, err := c.bonus(b)
		if err != nil {
			return below(nth("bonuses", i), err)
		}
		if seen[b.ID] || c.plan.RuleByID(b.ID) != nil {
			return idTwice(nth("bonuses", i), b.ID)
		}
		seen[b.ID] = true
		c.plan.Bonuses = append(c.plan.Bonuses, bonus)
	}
	return nil
}

func (c *compiler) bonus(b BonusSpec) (Bonus, error) {
	bonus := Bonus{ID: b.ID, Group: b.Group, Once: b.Once, FirstSale: b.FirstSale, RecruitSells: b.RecruitSells}
	if !ruleIDShape.MatchString(b.ID) {
		return bonus, invalid("id", idRule)
	}
	if b.Recruits != 0 {
		return bonus, fault.InvalidField("recruits", "BONUS_FOR_RECRUITING",
			"a bonus for recruiting alone is refused: pay that is owed without any customer buying makes a pyramid; use recruit_sells, which pays when the recruit sells")
	}
	conditions := 0
	for _, has := range []bool{b.Reach != nil, b.FirstSale, b.RecruitSells} {
		if has {
			conditions++
		}
	}
	if conditions != 1 {
		return bonus, invalid("", "a bonus is for one thing: reach, first_sale or recruit_sells")
	}
	var err error
	if bonus.AmountMinor, err = c.positive("amount", b.Amount); err != nil {
		return bonus, err
	}
	if b.Group != "" {
		if err := c.knownGroup("group", b.Group); err != nil {
			return bonus, err
		}
		c.plan.Needs.Partner = true
	}
	if r := b.Reach; r != nil {
		if (r.Volume == "") == (r.Sales == 0) || r.Sales < 0 {
			return bonus, invalid("reach", "a goal is a volume or a number of sales")
		}
		bonus.ReachSales = int64(r.Sales)
		if r.Volume != "" {
			if bonus.ReachMinor, err = c.positive("reach.volume", r.Volume); err != nil {
				return bonus, err
			}
		}
	}
	return bonus, nil
}

func (c *compiler) placements() error {
	if len(c.spec.Placements) > maxPlacements {
		return invalid("placements", "a plan has at most %d placements", maxPlacements)
	}
	seen := map[string]bool{}
	for _, b := range c.plan.Bonuses {
		seen[b.ID] = true
	}
	for i, p := range c.spec.Placements {
		path := nth("placements", i)
		if !ruleIDShape.MatchString(p.ID) {
			return invalid(path+".id", idRule)
		}
		if seen[p.ID] || c.plan.RuleByID(p.ID) != nil {
			return idTwice(path, p.ID)
		}
		seen[p.ID] = true
		fee, err := c.positive(path+".fee", p.Fee)
		if err != nil {
			return err
		}
		c.plan.Placements = append(c.plan.Placements, Placement{ID: p.ID, FeeMinor: fee})
	}
	return nil
}

func (c *compiler) maxTotal() error {
	bound, err := money.ParseRate(c.spec.MaxTotal)
	if err != nil {
		return at("max_total", err)
	}
	c.plan.bound = bound
	return c.plan.checkBound()
}

// positive reads an amount above zero in the program's currency; "12.50 EUR" names the currency to be sure of it.
func (c *compiler) positive(path, text string) (int64, error) {
	minor, err := c.amount(path, text)
	if err == nil && minor <= 0 {
		err = invalid(path, "the amount must be above zero")
	}
	return minor, err
}

func (c *compiler) amount(path, text string) (int64, error) {
	minor, err := parseMinor(text, c.terms.Currency)
	return minor, at(path, err)
}

func (c *compiler) knownGroup(path, group string) error {
	if c.terms.Groups != nil && !c.terms.Groups[group] {
		return fault.InvalidField(path, "GROUP_UNKNOWN", "the program has no group %q", group)
	}
	return nil
}

var errCurrency = fault.New(fault.Invalid, "CURRENCY_MISMATCH", "the amount is not in the program's currency")

// parseMinor reads "12.50" or "12.50 EUR".
func parseMinor(text string, currency money.Currency) (int64, error) {
	number, named, ok := cutLast(text, ' ')
	if ok {
		if named != string(currency) {
			return 0, errCurrency
		}
		text = number
	}
	a, err := money.Parse(text, currency)
	if err == nil && a.IsNegative() {
		err = fault.New(fault.Invalid, "PLAN_INVALID", "a plan's amounts are not negative")
	}
	return a.Minor, err
}

func idTwice(path, id string) error {
	return fault.InvalidField(path+".id", "RULE_ID_TWICE", "the id %q is used twice", id)
}

const kindRule = "a kind has 1 to 40 capital letters, digits and _"

const idRule = "an id has 1 to 40 lower-case letters, digits, - and _"
