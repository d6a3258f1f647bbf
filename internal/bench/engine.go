package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
)

const (
	engineLimit = 500_000 // conversions a second on one core
	engineCases = 4096    // made once and priced in turn
	engineTurns = 5       // of which the middle one counts
)

// ErrWrong is returned when what was measured did not come to what it should.
var ErrWrong = fault.New(fault.Internal, "BENCH_WRONG", "the result is wrong")

// enginePlan pays the seller and three levels above it. The conditions of the first two rules are asked for each
// conversion, since the first is true for none.
func enginePlan() engine.PlanSpec {
	percent := func(rate string) engine.RewardSpec { return engine.RewardSpec{Percent: rate} }
	return engine.PlanSpec{EffectiveFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), HoldDays: 14, MaxTotal: "25%", Exclude: []string{"tax", "shipping"},
		Levels: []engine.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "50%", Of: "below"}, {Rate: "1%", Of: "sale"}},
		Rules: []engine.RuleSpec{
			{ID: "large", When: `order.kind == "SALE" && order.net > money("100000.00")`, RewardSpec: percent("5%")},
			{ID: "abroad", When: `order.country in ["FR", "IT"] && customer.order_number > 1`, RewardSpec: percent("12%")},
			{ID: "sales", RewardSpec: percent("10%")}}}
}

// priceFast measures the pure engine on one core, without writing down what decided (Freeze) and without anything read
// or written. Limit: 500,000 conversions a second. Beside it stand the same plan without its
// conditions, and the same arithmetic without an engine.
func priceFast(ctx context.Context, o Options) error {
	plan, err := enginePlan().Compile(engine.Terms{Currency: "EUR", Zone: time.UTC})
	if err != nil {
		return err
	}
	cases := engineWorld()
	if err := checkEngine(plan, cases); err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var out engine.Outcome
	var sink int64
	ours := perSecond(ctx, o.Conversions, func(i int) error {
		err := plan.Price(&cases[i%engineCases], nil, &out)
		sink += out.Shares[0].Amount
		return err
	})
	var lines []plainLine
	plain := perSecond(ctx, o.Conversions, func(i int) error {
		lines, err = priceInPlainGo(&cases[i%engineCases], lines[:0])
		sink += lines[0].amount
		return err
	})
	bare, err := bareEngine(ctx, o.Conversions, cases)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "one core, %d conversions: seller and three levels, two conditions each, a third of the upline ineligible and skipped; checked line by line (%d)\n", o.Conversions, sink&1)
	fmt.Fprintf(o.Out, "engine                                %9d conversions/s, limit %d\n", ours, engineLimit)
	fmt.Fprintf(o.Out, "the same arithmetic without an engine %9d conversions/s\n", plain)
	fmt.Fprintf(o.Out, "the engine with no condition to ask   %9d conversions/s\n", bare)
	if ours < engineLimit {
		return ErrOutside
	}
	return ctx.Err()
}

// bareEngine measures the plan with nothing but its last rule.
func bareEngine(ctx context.Context, n int, cases []engine.Case) (int64, error) {
	spec := enginePlan()
	spec.Rules = spec.Rules[2:]
	plan, err := spec.Compile(engine.Terms{Currency: "EUR", Zone: time.UTC})
	if err != nil {
		return 0, err
	}
	var out engine.Outcome
	return perSecond(ctx, n, func(i int) error { return plan.Price(&cases[i%engineCases], nil, &out) }), nil
}

// perSecond gives how often work is done in a second of one core: the middle of some turns of n.
func perSecond(ctx context.Context, n int, work func(i int) error) int64 {
	var rates []int64
	for range engineTurns {
		begun := coreTime()
		for i := range n {
			if err := work(i); err != nil {
				return 0
			}
		}
		if ctx.Err() != nil {
			return 0
		}
		rates = append(rates, int64(float64(n)/(coreTime()-begun).Seconds()))
	}
	return median(rates)
}

// engineWorld draws the conversions: sales in four countries, of new customers and known ones, and chains of which every
// third member is not eligible.
func engineWorld() []engine.Case {
	random := rand.New(rand.NewPCG(3, 4))
	cases := make([]engine.Case, engineCases)
	for i := range cases {
		c := &cases[i]
		gross := 100 + random.Int64N(50_000)
		c.Sale = engine.Sale{Kind: "SALE", Gross: gross, Tax: gross / 6, Shipping: 99, Country: []string{"DE", "FR", "GB", "IT"}[random.IntN(4)],
			OccurredAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute)}
		c.Customer = engine.Customer{Known: true, FirstAt: c.Sale.OccurredAt.AddDate(0, -2, 0), Before: random.IntN(3)}
		for n := range 1 + random.IntN(7) {
			m := engine.Member{Inactive: n > 0 && random.IntN(3) == 0}
			m.ID[0], m.ID[1], m.ID[2] = byte(i), byte(i>>8), byte(n)
			c.Chain = append(c.Chain, m)
		}
	}
	return cases
}

// plainLine is one amount as a person would work it out.
type plainLine struct {
	rule   string
	member engine.ID
	level  int
	amount int64
}

// priceInPlainGo is the plan of the measurement written by hand.
func priceInPlainGo(c *engine.Case, lines []plainLine) ([]plainLine, error) {
	basis := max(c.Sale.Gross-c.Sale.Tax-c.Sale.Shipping, 0)
	rule, rate := "sales", int64(100_000)
	if (c.Sale.Country == "FR" || c.Sale.Country == "IT") && c.Customer.Before > 0 {
		rule, rate = "abroad", 120_000
	}
	of := func(minor, ppm int64) int64 { // half to even, of amounts that cannot overflow
		whole, rest := minor*ppm/1_000_000, minor*ppm%1_000_000
		if rest > 500_000 || rest == 500_000 && whole%2 == 1 {
			whole++
		}
		return whole
	}
	lines = append(lines, plainLine{rule, c.Chain[0].ID, 0, of(basis, rate)})
	for _, m := range c.Chain[1:] {
		if m.Inactive {
			continue
		}
		switch level := len(lines); level {
		case 1:
			lines = append(lines, plainLine{rule, m.ID, level, of(basis, 20_000)})
		case 2:
			lines = append(lines, plainLine{rule, m.ID, level, of(lines[1].amount, 500_000)})
		case 3:
			return append(lines, plainLine{rule, m.ID, level, of(basis, 10_000)}), nil
		}
	}
	return lines, nil
}

func checkEngine(plan *engine.Plan, cases []engine.Case) error {
	var out engine.Outcome
	var lines []plainLine
	for i := range cases {
		if err := plan.Price(&cases[i], nil, &out); err != nil {
			return err
		}
		lines, _ = priceInPlainGo(&cases[i], lines[:0])
		if len(lines) != len(out.Shares) {
			return ErrWrong
		}
		for n, s := range out.Shares {
			if want := lines[n]; want != (plainLine{s.Rule.ID, s.Enrollment, s.Level, s.Amount}) {
				return ErrWrong
			}
		}
	}
	return nil
}
