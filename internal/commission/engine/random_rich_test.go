package engine

import (
	"maps"
	"slices"
	"testing"
)

// rich counts what a plan has.
func (seen features) rich(s *PlanSpec, p *Plan) {
	has := map[string]bool{"notice": s.NoticeDays > 0, "exclude": len(s.Exclude) > 0, "stop": s.Ineligible == "stop", "house": s.Ineligible == "house",
		"compress": p.Policy == Compress, "frozen renewals": p.RenewalsFrozen, "group table": len(s.GroupLevels) > 0, "eligible": s.Eligible != nil,
		"tight bound": s.MaxTotal != "100%", "bonus": len(s.Bonuses) > 0, "placement": len(s.Placements) > 0}
	for _, l := range s.Levels {
		has["level of "+l.Of] = true
	}
	for _, r := range s.Rules {
		for name, is := range map[string]bool{"kind": r.Kind != "", "condition": r.When != "", "percent": r.Percent != "", "fixed": r.Fixed != "", "item": r.Scope == "item",
			"recurring": r.Recurring != nil, "valid": r.Valid != nil, "no levels": r.Levels != nil && !*r.Levels} {
			has[name] = has[name] || is
		}
		if r.Tiers != nil {
			has["tiers by "+r.Tiers.By], has[r.Tiers.Mode] = true, true
		}
		for _, k := range r.Caps {
			has["cap per "+k.Per], has["cap over "+k.Scope], has["cap by count"] = true, true, has["cap by count"] || k.Count > 0
		}
	}
	for _, o := range s.Overrides {
		has["override of a group"], has["override of one"] = has["override of a group"] || o.Group != "", has["override of one"] || o.Enrollment != ""
	}
	for name, is := range has {
		if is {
			seen["plan: "+name]++
		}
	}
}

var richPlan = []string{"notice", "exclude", "stop", "house", "compress", "frozen renewals", "group table", "eligible", "tight bound", "bonus", "placement",
	"level of sale", "level of below", "level of override", "kind", "condition", "percent", "fixed", "item", "recurring", "valid", "no levels", "tiers by order",
	"tiers by period", "marginal", "retroactive", "cap per conversion", "cap per day", "cap per week", "cap per month", "cap per life", "cap over enrollment",
	"cap over group", "cap over program", "cap by count", "override of a group", "override of one"}

// richCase says how often things must occur at least, of a thousand cases.
var richCase = map[string]int{
	"cap by count is full": 30, "cap cuts conversion enrollment": 30, "cap cuts conversion program": 20, "cap cuts day enrollment": 5, "cap cuts day program": 5,
	"cap cuts life enrollment": 20, "cap cuts life group": 5, "cap cuts life program": 20, "cap cuts month enrollment": 5, "cap cuts month group": 5,
	"cap cuts month program": 5, "cap cuts week enrollment": 5, "cap cuts week group": 5, "cap cuts week program": 5, "close pays BONUS": 30,
	"close pays PLACEMENT": 10, "close pays TIER": 10, "fixed": 200, "independent sales": 10, "level PAID under compress": 200, "level PAID under house": 50,
	"level PAID under stop": 50, "level SKIPPED_CUSTOMERS under compress": 3, "level SKIPPED_INACTIVE under compress": 50, "level SKIPPED_INACTIVE under stop": 20,
	"level SKIPPED_VOLUME under compress": 50, "level SKIPPED_VOLUME under stop": 10, "level TO_HOUSE under house": 50, "level of below": 50,
	"level of override": 50, "level of sale": 50, "override": 200, "pays nobody": 10, "refund gives back": 50, "refund names items": 200,
	"refused FIELD_MISSING": 100, "refused NOT_UNIQUE": 20, "refused RUN_OUT": 20, "refused sale": 10, "refused refund": 10,
	"renewal by the plan of the first sale": 20, "restatement posts": 200, "rule CONDITION_FALSE": 300, "rule NOTHING_LEFT": 50, "rule NO_ITEMS": 300,
	"rule OTHER_KIND": 500, "several rules share a sale": 200, "step void": 100, "step sponsor": 500, "step manual": 20, "tiers by order": 200,
	"tiers by period": 200, "trim": 2,
}

// assertRich proves that the cases did not go hollow.
func (seen features) assertRich(t *testing.T, cases, tries int) {
	plans := seen["plans"]
	if plans*2 < tries {
		t.Errorf("only %d of %d plans compile", plans, tries)
	}
	for _, name := range richPlan {
		if have := seen["plan: "+name]; have*100 < plans*5 {
			t.Errorf("only %d of %d plans have %q", have, plans, name)
		}
	}
	for name, least := range richCase {
		if have := seen[name]; have*1000 < cases*least {
			t.Errorf("%q occurs %d times in %d cases", name, have, cases)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if !testing.Verbose() {
			break
		}
		t.Logf("%8d %s", seen[name], name)
	}
	t.Logf("%d cases of %d plans, of %d that were drawn", cases, plans, tries)
}
