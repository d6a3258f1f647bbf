package engine

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/internal/money"
)

var (
	ruleIDShape   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	ruleKindShape = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,39}$`)
)

func (c *compiler) rules() error {
	env, err := newEnvironment(c.terms.Currency)
	if err != nil {
		return err
	}
	ids, closed := map[string]bool{}, map[string]bool{}
	for i, spec := range c.spec.Rules {
		path := nth("rules", i)
		rule, err := c.rule(spec, env)
		if err != nil {
			return below(path, err)
		}
		if ids[spec.ID] {
			return fault.InvalidField(path+".id", "RULE_ID_TWICE", "two rules have the id %q", spec.ID)
		}
		if closed[""] || closed[spec.Kind] {
			return fault.InvalidField(path, "RULE_UNREACHABLE", "an earlier rule takes every conversion that this one could")
		}
		ids[spec.ID] = true
		if !rule.Item && rule.when == nil {
			closed[spec.Kind] = true
		}
		c.plan.Rules = append(c.plan.Rules, rule)
		c.plan.Needs = c.plan.Needs.Add(rule.needs())
		c.plan.hasItems = c.plan.hasItems || rule.Item
	}
	if !closed[""] {
		return fault.InvalidField("rules", "PLAN_DEFAULT_MISSING", "the last rule must be for every kind and without a condition, so that nothing falls through unseen")
	}
	return nil
}

func (r *Rule) needs() Needs {
	n := Needs{Customer: r.Months > 0 || r.Count > 0 || r.UniqueCustomer, Order: r.Item || len(r.Require) > 0, Caps: slices.ContainsFunc(r.Caps, Cap.counts)}
	n.Partner = slices.ContainsFunc(r.Caps, func(k Cap) bool { return k.Scope == ScopeGroup })
	if slices.Contains(r.Require, "customer") {
		n.Customer = true
	}
	if r.when != nil {
		n = n.Add(r.when.needs)
	}
	return n
}

func (c *compiler) rule(s RuleSpec, env *environment) (Rule, error) {
	r := Rule{ID: s.ID, Kind: s.Kind, Levels: s.Levels == nil || *s.Levels}
	switch {
	case !ruleIDShape.MatchString(s.ID):
		return r, invalid("id", idRule)
	case s.Kind != "" && !ruleKindShape.MatchString(s.Kind):
		return r, invalid("kind", kindRule)
	case s.Kind != "" && !slices.Contains(builtinKinds, s.Kind) && !slices.Contains(c.spec.Kinds, s.Kind):
		return r, fault.InvalidField("kind", "KIND_UNKNOWN", "the kind %q is neither SALE, LEAD, SIGNUP or SUBSCRIPTION nor one of the plan's kinds", s.Kind)
	case s.Scope != "" && s.Scope != "order" && s.Scope != "item":
		return r, invalid("scope", "a rule takes the order, or some of its items (item)")
	}
	r.Item = s.Scope == "item"
	if err := r.setItems(s); err != nil {
		return r, err
	}
	var err error
	if s.When != "" {
		if r.when, err = env.compile(s.When, r.Item); err != nil {
			return r, at("when", err)
		}
	}
	if r.Item && r.when == nil && r.skus == nil && r.categories == nil {
		return r, invalid("", "a rule for items says which: skus, categories or when")
	}
	if r.Reward, err = c.reward(s.RewardSpec); err != nil {
		return r, err
	}
	if s.Recurring != nil {
		if s.Recurring.Months < 0 || s.Recurring.Count < 0 || (s.Recurring.Months == 0 && s.Recurring.Count == 0) {
			return r, invalid("recurring", "a limit is a number of months or of conversions")
		}
		r.Months, r.Count = s.Recurring.Months, s.Recurring.Count
	}
	if err := r.setValid(s.Valid); err != nil {
		return r, err
	}
	if r.Reward.ByPeriod && len(s.Caps) > 0 { // the close would pay what a cap had cut
		return r, fault.InvalidField("caps", "TIERS_INVALID", "a rule with tiers by the period has no caps")
	}
	r.Caps, err = c.caps(s)
	return r, err
}

func (r *Rule) setItems(s RuleSpec) error {
	if !r.Item && len(s.SKUs)+len(s.Categories) > 0 {
		return invalid("scope", "skus and categories are for a rule with scope item")
	}
	if len(s.SKUs)+len(s.Categories) > maxItemNames {
		return invalid("skus", "a rule names at most %d skus and categories", maxItemNames)
	}
	r.skus, r.categories = setOf(s.SKUs), setOf(s.Categories)
	return nil
}

func (r *Rule) setValid(s *ValidSpec) error {
	if s == nil {
		return nil
	}
	if s.MinAgeDays < 0 || s.MinAgeDays > maxHoldDays {
		return invalid("valid.min_age_days", "the age is 0 to %d days", maxHoldDays)
	}
	for i, field := range s.Require {
		key, isMetadata := strings.CutPrefix(field, "metadata.")
		if !slices.Contains([]string{"customer", "country", "coupon", "items"}, field) && (!isMetadata || key == "") {
			return invalid(nth("valid.require", i), "customer, country, coupon, items or metadata.KEY can be required")
		}
	}
	r.UniqueCustomer, r.MinAge, r.Require = s.UniqueCustomer, time.Duration(s.MinAgeDays)*day, s.Require
	return nil
}

// reward compiles what is paid: exactly one of percent, fixed and tiers.
func (c *compiler) reward(s RewardSpec) (Reward, error) {
	given := 0
	for _, has := range []bool{s.Percent != "", s.Fixed != "", s.Tiers != nil} {
		if has {
			given++
		}
	}
	if given != 1 {
		return Reward{}, invalid("", "pay either a percentage, a fixed amount, or tiers")
	}
	switch {
	case s.Tiers != nil:
		r, err := c.tiers(*s.Tiers)
		return r, below("tiers", err)
	case s.Fixed != "":
		minor, err := c.amount("fixed", s.Fixed)
		return Reward{IsFixed: true, FixedMinor: minor}, err
	default:
		rate, err := money.ParseRate(s.Percent)
		return Reward{Percent: rate}, at("percent", err)
	}
}

func (c *compiler) tiers(s TiersSpec) (Reward, error) {
	r := Reward{ByPeriod: s.By == "period", Marginal: s.Mode == "marginal"}
	switch {
	case s.By != "order" && s.By != "period":
		return r, fault.InvalidField("by", "TIERS_INVALID", "tiers go by the order or by the period")
	case s.Mode != "marginal" && s.Mode != "retroactive":
		return r, fault.InvalidField("mode", "TIERS_INVALID", "tiers are marginal (each part at its own rate) or retroactive (all at the rate reached)")
	case len(s.Steps) < 2 || len(s.Steps) > maxTiers:
		return r, fault.InvalidField("steps", "TIERS_INVALID", "there are 2 to %d tiers", maxTiers)
	}
	for i, step := range s.Steps {
		path := nth("steps", i)
		from, err := c.amount(path+".from", step.From)
		if err != nil {
			return r, err
		}
		rate, err := money.ParseRate(step.Percent)
		if err != nil {
			return r, at(path+".percent", err)
		}
		if (i == 0 && from != 0) || (i > 0 && from <= r.Tiers[i-1].FromMinor) {
			return r, fault.InvalidField(path+".from", "TIERS_INVALID", "the first tier is from 0, and each further one from more")
		}
		r.Tiers = append(r.Tiers, Tier{FromMinor: from, Rate: rate})
	}
	r.Percent = r.Tiers[0].Rate
	return r, nil
}

func (c *compiler) overrides() error {
	if len(c.spec.Overrides) > maxOverrides {
		return invalid("overrides", "a plan has at most %d overrides", maxOverrides)
	}
	for i, s := range c.spec.Overrides {
		if err := c.override(s); err != nil {
			return below(nth("overrides", i), err)
		}
	}
	return nil
}

func (c *compiler) override(s OverrideSpec) error {
	rule := c.plan.RuleByID(s.Rule)
	switch {
	case rule == nil:
		return fault.InvalidField("rule", "RULE_UNKNOWN", "there is no rule %q", s.Rule)
	case (s.Group == "") == (s.Enrollment == ""):
		return invalid("", "an override is for a group or for an enrollment")
	case !s.Until.IsZero() && !s.From.Before(s.Until):
		return invalid("until", "an override ends after it begins")
	}
	if s.Group != "" {
		if err := c.knownGroup("group", s.Group); err != nil {
			return err
		}
	}
	reward, err := c.reward(s.RewardSpec)
	if err != nil {
		return err
	}
	if reward.ByPeriod != rule.Reward.ByPeriod {
		return invalid("tiers", "a rule is settled by the period for everybody or for nobody")
	}
	for _, k := range rule.Caps {
		if reward.IsFixed && k.AmountMinor > 0 && reward.FixedMinor > k.AmountMinor {
			return fault.InvalidField("fixed", "CAP_BELOW_REWARD", "a cap of the rule is below one reward of this")
		}
	}
	o := override{group: s.Group, enrollment: s.Enrollment, from: s.From, until: s.Until, reward: reward}
	// What names an enrollment is asked before what names a group; within each the first wins.
	place := len(rule.overrides)
	if s.Enrollment != "" {
		place = slices.IndexFunc(rule.overrides, func(o override) bool { return o.enrollment == "" })
		if place < 0 {
			place = len(rule.overrides)
		}
	}
	rule.overrides = slices.Insert(rule.overrides, place, o)
	c.plan.Needs.Partner = true
	return nil
}

// rewardFor gives what the rule pays a seller for a sale at an instant.
func (r *Rule) rewardFor(m *Member, occurredAt time.Time) (*Reward, bool) {
	for i := range r.overrides {
		o := &r.overrides[i]
		if (o.enrollment != "" && o.enrollment != m.Code) || (o.group != "" && o.group != m.Group) ||
			occurredAt.Before(o.from) || (!o.until.IsZero() && !occurredAt.Before(o.until)) {
			continue
		}
		return &o.reward, true
	}
	return &r.Reward, false
}
