package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
)

// play runs one example of the plan that planOf gives, with a placement.
func play(t *testing.T, text string) error {
	t.Helper()
	var e engine.ExampleSpec
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text), &e, yaml.Strict()), text)
	s := planOf(simple, func(s *engine.PlanSpec) { s.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "30.00"}} })
	return engine.CheckExamples(s, []engine.ExampleSpec{e}, engine.Setting{Terms: termsOf(t), PeriodKind: engine.Monthly})
}

func TestAnExampleThatIsNoneNamesThePath(t *testing.T) {
	const s1 = `{sale: {id: s1, by: ann, at: 2026-02-01T12:00:00Z, amount: "10.00", items: [{sku: A, amount: "4.00"}, {sku: A, amount: "1.00"}]}}`
	for _, c := range []struct{ steps, code, field, text string }{
		{``, "EXAMPLE_INVALID", "examples.0.steps", "1 to 500 steps"},
		{`{}`, "EXAMPLE_INVALID", "examples.0.steps.0", "a step is one of"},
		{`{void: s1, close: 2026-02-01T12:00:00Z}`, "EXAMPLE_INVALID", "examples.0.steps.0", "a step is one of"},
		{`{sale: {by: zoe, id: s1, at: 2026-02-01T12:00:00Z, amount: "1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale.by", `no partner "zoe"`},
		{`{sale: {by: ann, at: 2026-02-01T12:00:00Z, amount: "1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale", "has an id and says when"},
		{`{sale: {by: ann, id: s1, amount: "1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale", "has an id and says when"},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1.001"}}`, "AMOUNT_TOO_PRECISE", "examples.0.steps.0.sale.amount", ""},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "-1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale.amount", "not negative"},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1", tax: "x"}}`, "AMOUNT_MALFORMED", "examples.0.steps.0.sale.tax", ""},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1", shipping: "-1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale.shipping", ""},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1", discount: "-1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale.discount", ""},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1", items: [{sku: A, amount: "1"}, {sku: B, amount: "x"}]}}`, "AMOUNT_MALFORMED", "examples.0.steps.0.sale.items.1.amount", ""},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1", items: [{sku: A, amount: "-0.01"}]}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale.items.0", "no negative amount"},
		{`{sale: {by: ann, id: s1, at: 2026-02-01T12:00:00Z, amount: "1", items: [{sku: A, quantity: -1, amount: "1"}]}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sale.items.0", "no negative amount"},
		{`{refund: {of: s1, amount: "1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.refund", `no conversion "s1"`},
		{s1 + `, {refund: {of: s1, amount: "x"}}`, "AMOUNT_MALFORMED", "examples.0.steps.1.refund.amount", ""},
		{s1 + `, {refund: {of: s1, amount: "10.01"}}`, "EXAMPLE_INVALID", "examples.0.steps.1.refund", "would exceed it"},
		{s1 + `, {refund: {of: s1, amount: "9.00"}}, {refund: {of: s1, amount: "1.01"}}`, "EXAMPLE_INVALID", "examples.0.steps.2.refund", "would exceed it"},
		{s1 + `, {refund: {of: s1, amount: "-0.01"}}`, "EXAMPLE_INVALID", "examples.0.steps.1.refund", "would exceed it"},
		{s1 + `, {refund: {of: s1, amount: "5.00", items: {A: "x"}}}`, "AMOUNT_MALFORMED", "examples.0.steps.1.refund.items.A", ""},
		{s1 + `, {refund: {of: s1, amount: "9.00", items: {A: "5.01"}}}`, "EXAMPLE_INVALID", "examples.0.steps.1.refund", `item "A" would exceed it`},
		{s1 + `, {refund: {of: s1, amount: "5.00", items: {A: "5.00"}}}, {refund: {of: s1, amount: "0.01", items: {A: "0.01"}}}`, "EXAMPLE_INVALID", "examples.0.steps.2.refund", "would exceed it"},
		{s1 + `, {refund: {of: s1, amount: "5.00", items: {B: "0.01"}}}`, "EXAMPLE_INVALID", "examples.0.steps.1.refund", `item "B" would exceed it`},
		{s1 + `, {refund: {of: s1, amount: "5.00", items: {A: "0"}}}`, "EXAMPLE_INVALID", "examples.0.steps.1.refund", "would exceed it"},
		{s1 + `, {refund: {of: s1, amount: "3.99", items: {A: "4.00"}}}`, "EXAMPLE_INVALID", "examples.0.steps.1.refund", "items together exceed"},
		{s1 + `, {refund: {of: s1, amount: "5.00"}}, {sale: {id: s1, by: ann, at: 2026-02-01T12:00:00Z, amount: "4.99"}}`, "EXAMPLE_INVALID", "examples.0.steps.2.sale", "refunded"},
		{`{void: s1}`, "EXAMPLE_INVALID", "examples.0.steps.0.void", `no conversion "s1"`},
		{`{manual: {to: zoe, amount: "1", at: 2026-02-01T12:00:00Z}}`, "EXAMPLE_INVALID", "examples.0.steps.0.manual.to", "no partner"},
		{`{manual: {to: ann, amount: "1"}}`, "EXAMPLE_INVALID", "examples.0.steps.0.manual.at", "say when"},
		{`{manual: {to: ann, amount: "x", at: 2026-02-01T12:00:00Z}}`, "AMOUNT_MALFORMED", "examples.0.steps.0.manual.amount", ""},
		{`{placement: {id: banner, to: zoe}}`, "EXAMPLE_INVALID", "examples.0.steps.0.placement.to", "no partner"},
		{`{placement: {id: tower, to: ann}}`, "EXAMPLE_INVALID", "examples.0.steps.0.placement.id", `no placement "tower"`},
		{`{sponsor: {of: zoe, to: ann, at: 2026-02-01T12:00:00Z}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sponsor.of", "no partner"},
		{`{sponsor: {of: ann, to: zoe, at: 2026-02-01T12:00:00Z}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sponsor.to", "no partner"},
		{`{sponsor: {of: ann, to: ann, at: 2026-02-01T12:00:00Z}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sponsor.to", "in a circle"},
		{`{sponsor: {of: ann, to: bob, at: 2026-02-01T12:00:00Z}}`, "EXAMPLE_INVALID", "examples.0.steps.0.sponsor.to", "in a circle"},
		{`{partner: {code: zoe}}`, "EXAMPLE_INVALID", "examples.0.steps.0.partner.code", "no partner"},
		{`{partner: {code: ann, sponsor: bob}}`, "EXAMPLE_INVALID", "examples.0.steps.0.partner.sponsor", "a step of its own"},
		{`{partner: {code: ann, group: gold}}`, "GROUP_UNKNOWN", "examples.0.steps.0.partner.group", `no group "gold"`},
		{s1 + `, {close: 2026-03-15T00:00:00Z}`, "EXAMPLE_INVALID", "examples.0.steps.1.close", "2026-03 does not come next"},
		{`{close: 2026-03-15T00:00:00Z}, {close: 2026-03-15T00:00:00Z}`, "EXAMPLE_INVALID", "examples.0.steps.1.close", "2026-03 does not come next"},
		{`{close: 2026-03-15T00:00:00Z}, {close: 2026-05-15T00:00:00Z}`, "EXAMPLE_INVALID", "examples.0.steps.1.close", "2026-05 does not come next"},
	} {
		err := play(t, fmt.Sprintf("{name: a, partners: {ann: {}, bob: {sponsor: ann}}, steps: [%s]}", c.steps))
		requireRefusal(t, err, c.code, c.field, c.steps)
		require.ErrorContains(t, err, c.text, c.steps)
	}
}

func TestPartnersOfAnExample(t *testing.T) {
	for _, c := range []struct{ partners, code, field string }{
		{`ann: {sponsor: zoe}`, "EXAMPLE_INVALID", "examples.0.partners.ann.sponsor"},
		{`ann: {group: gold}`, "GROUP_UNKNOWN", "examples.0.partners.ann.group"},
		{`ann: {sponsor: bob}, bob: {sponsor: cat}, cat: {sponsor: bob}`, "EXAMPLE_INVALID", "examples.0.partners.ann.sponsor"},
		{`bob: {sponsor: bob}`, "EXAMPLE_INVALID", "examples.0.partners.bob.sponsor"},
	} {
		requireRefusal(t, play(t, fmt.Sprintf("{name: a, partners: {%s}, steps: [{close: 2026-02-01T12:00:00Z}]}", c.partners)), c.code, c.field, c.partners)
	}
	require.NoError(t, play(t, "{name: a, partners: {ann: {group: vip, sponsor: bob}, bob: {sponsor: cat}, cat: {}}, steps: [{close: 2026-02-01T12:00:00Z}]}"))
}

// A change of sponsor holds from its time on, so it must make no circle with any later one.
func TestNoCircleAtAnyTime(t *testing.T) {
	const march = "{sponsor: {of: ann, to: bob, at: 2026-03-01T00:00:00Z}}, "
	for change, circle := range map[string]bool{
		"of: bob, to: ann, at: 2026-02-01T00:00:00Z": true, // from March on
		"of: bob, to: ann, at: 2026-03-01T00:00:00Z": true,
		"of: bob, to: ann, at: 2026-04-01T00:00:00Z": true,
		"of: bob, to: cat, at: 2026-02-01T00:00:00Z": false,
		"of: cat, to: ann, at: 2026-02-01T00:00:00Z": false,
		"of: ann, to: cat, at: 2026-02-01T00:00:00Z": false, // in place of March
	} {
		err := play(t, "{name: a, partners: {ann: {}, bob: {}, cat: {}}, steps: ["+march+"{sponsor: {"+change+"}}]}")
		if circle {
			requireRefusal(t, err, "EXAMPLE_INVALID", "examples.0.steps.1.sponsor.to", change)
		} else {
			require.NoError(t, err, change)
		}
	}
}

// A line is shown as the file would have it, and every field that is given is compared.
func TestAnExampleThatFailsShowsWhatCame(t *testing.T) {
	const steps = `partners: {ann: {sponsor: sue}, sue: {}}, steps: [{sale: {id: s1, by: ann, at: 2026-02-01T12:00:00Z, amount: "100.00"}}]`
	const ann = "to ann: 10.00, of s1, rule sales, kind EARNED, basis 100.00, period 2026-02, matures 2026-02-15, level 0"
	const sue = "to sue: 2.00, of s1, rule sales, kind EARNED, basis 100.00, period 2026-02, matures 2026-02-15, level 1"
	const both = `{to: ann, amount: "10.00"}, {to: sue, amount: "2"}`
	require.NoError(t, play(t, `{name: a, `+steps+`, expect: [`+both+`]}`))
	require.NoError(t, play(t, `{name: a, `+steps+`, expect: [{to: sue, amount: "2.00", level: 1, of: s1, rule: sales, kind: Earned, basis: "100.00", period: 2026-02, matures: 2026-02-15}, {to: ann, amount: "10.00"}]}`))
	for _, c := range []struct{ expect, field, text string }{
		{``, "examples.0.expect", "expected no more; got\n  " + ann + "\n  " + sue},
		{`{to: ann, amount: "10.00"}`, "examples.0.expect", "expected no more; got\n  " + sue},
		{both + `, {to: ann, amount: "10.00"}`, "examples.0.expect.2", "expected to ann: 10.00; got\n  nothing"},
		{`{to: ann, amount: "10.01"}`, "examples.0.expect.0", "expected to ann: 10.01; got\n  " + ann + "\n  " + sue},
		{`{to: bob, amount: "10.00"}`, "examples.0.expect.0", "expected to bob: 10.00; got"},
		{`{to: ann, amount: "10.00", of: s2}`, "examples.0.expect.0", "expected to ann: 10.00, of s2; got"},
		{`{to: ann, amount: "10.00", rule: sale}`, "examples.0.expect.0", "expected to ann: 10.00, rule sale; got"},
		{`{to: ann, amount: "10.00", kind: bonus}`, "examples.0.expect.0", "expected to ann: 10.00, kind bonus; got"},
		{`{to: ann, amount: "10.00", level: 1}`, "examples.0.expect.0", "expected to ann: 10.00, level 1; got"},
		{`{to: ann, amount: "10.00", basis: "100.01"}`, "examples.0.expect.0", "expected to ann: 10.00, basis 100.01; got"},
		{`{to: ann, amount: "10.00", period: 2026-03}`, "examples.0.expect.0", "expected to ann: 10.00, period 2026-03; got"},
		{`{to: ann, amount: "10.00", matures: 2026-02-14}`, "examples.0.expect.0", "expected to ann: 10.00, matures 2026-02-14; got"},
		{both + `, {stopped: s1}`, "examples.0.expect.2", "expected s1 to stop; it did not"},
	} {
		err := play(t, fmt.Sprintf(`{name: a, %s, expect: [%s]}`, steps, c.expect))
		requireRefusal(t, err, "EXAMPLE_FAILS", c.field, c.expect)
		require.ErrorContains(t, err, `example "a": `+c.text, c.expect)
	}
	requireRefusal(t, play(t, `{name: a, `+steps+`, expect: [{to: ann, amount: "x"}]}`), "AMOUNT_MALFORMED", "examples.0.expect.0.amount", "amount")
	requireRefusal(t, play(t, `{name: a, `+steps+`, expect: [{to: ann, amount: "1", basis: "x"}]}`), "AMOUNT_MALFORMED", "examples.0.expect.0.basis", "basis")
}

func TestExamplesAsAWhole(t *testing.T) {
	in := engine.Setting{Terms: termsOf(t), PeriodKind: engine.Monthly}
	closing := func(name string) engine.ExampleSpec {
		return engine.ExampleSpec{Name: name, Steps: []engine.EventSpec{{Close: start}}}
	}
	require.NoError(t, engine.CheckExamples(engine.PlanSpec{}, nil, in), "without examples nothing is compiled")
	_, err := engine.PlanSpec{}.Compile(in.Terms)
	require.Error(t, err)
	requireRefusal(t, engine.CheckExamples(engine.PlanSpec{}, []engine.ExampleSpec{closing("a")}, in), "PLAN_INVALID", "plan.effective_from", "a plan that is none")
	requireRefusal(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{closing("")}, in), "EXAMPLE_INVALID", "examples.0.name", "no name")
	requireRefusal(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{closing("a"), closing("a")}, in), "EXAMPLE_INVALID", "examples.1.name", "a name twice")

	var examples []engine.ExampleSpec
	for i := range 501 {
		examples = append(examples, closing(fmt.Sprint(i)))
	}
	requireRefusal(t, engine.CheckExamples(planOf(), examples, in), "EXAMPLE_INVALID", "examples", "too many")
	require.NoError(t, engine.CheckExamples(planOf(), examples[:500], in))
	long := engine.ExampleSpec{Name: "long", Partners: map[string]engine.PartnerSpec{"ann": {}}}
	for range 501 {
		long.Steps = append(long.Steps, engine.EventSpec{Partner: &engine.ChangeSpec{Code: "ann"}})
	}
	requireRefusal(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{long}, in), "EXAMPLE_INVALID", "examples.0.steps", "too long")
	long.Steps = long.Steps[:500]
	require.NoError(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{long}, in))

	dated := func(when ...time.Time) []engine.PlanSpec {
		var plans []engine.PlanSpec
		for _, at := range when {
			plans = append(plans, planOf(func(s *engine.PlanSpec) { s.EffectiveFrom = at }))
		}
		return plans
	}
	e := closing("a")
	e.Earlier = dated(start.Add(-1), start.Add(-2))
	require.NoError(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{e}, in))
	e.Earlier = dated(start)
	requireRefusal(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{e}, in), "EXAMPLE_INVALID", "examples.0.earlier.0.effective_from", "not earlier")
	e.Earlier = dated(start.Add(-2), start.Add(-1))
	requireRefusal(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{e}, in), "EXAMPLE_INVALID", "examples.0.earlier.1.effective_from", "out of order")
	e.Earlier = []engine.PlanSpec{planOf(func(s *engine.PlanSpec) { s.Rules = nil })}
	requireRefusal(t, engine.CheckExamples(planOf(), []engine.ExampleSpec{e}, in), "PLAN_INVALID", "examples.0.earlier.0.rules", "no plan")
	require.Equal(t, fault.Invalid, fault.KindOf(engine.CheckExamples(planOf(), []engine.ExampleSpec{e}, in)))
}

// A conversion that stops must be expected to.
func TestAStopThatNobodyExpects(t *testing.T) {
	s := planOf(withCondition(`order.metadata.plan == "pro"`))
	e := engine.ExampleSpec{Name: "a", Partners: map[string]engine.PartnerSpec{"ann": {}},
		Steps: []engine.EventSpec{{Sale: &engine.SaleSpec{ID: "s1", By: "ann", At: start, Amount: "1"}}}}
	in := engine.Setting{Terms: termsOf(t), PeriodKind: engine.Monthly}
	err := engine.CheckExamples(s, []engine.ExampleSpec{e}, in)
	requireRefusal(t, err, "EXAMPLE_FAILS", "examples.0.expect", "a stop")
	require.ErrorContains(t, err, "s1 stopped, which was not expected")
	e.Expect = []engine.ExpectSpec{{Stopped: "s1"}}
	require.NoError(t, engine.CheckExamples(s, []engine.ExampleSpec{e}, in))
}
