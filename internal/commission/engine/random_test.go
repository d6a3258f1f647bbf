package engine

import (
	"fmt"
	"runtime/debug"
	"testing"
)

// The numbers of tests, which start their dice.
const (
	testHistories = iota + 1
	testTiers
	testNotice
)

// after is what must hold when a history is over. Some of it changes the book: what each of them leaves is the start of
// the next. In percent is in how many of the cases it is asked, since 100,000 take long enough.
var after = []struct {
	name    string
	percent int
	holds   func(d *dice, w *shadow) error
}{
	{"pricing is pure", 30, pricingIsPure},
	{"replay finds the lines", 30, replayFindsTheLines},
	{"restating the same posts nothing", 20, restatingTheSamePostsNothing},
	{"restating there and back changes nothing", 25, restatingThereAndBackChangesNothing},
	{"refunding all leaves nothing", 35, refundingAllLeavesNothing},
	{"replay finds the lines to the end", 20, replayFindsTheLines},
}

// TestAHundredThousandRandomCases plays random histories under random plans against the reference, and proves of each
// what must hold of any.
func TestAHundredThousandRandomCases(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // the cases are many and small
	plans, each := 2000, 51
	if testing.Short() {
		plans = 60
	}
	seen, tries, cases := features{}, 0, 0
	for n := range plans {
		d := numbered(testHistories, n)
		l := drawDeal(t, d, &tries)
		seen["plans"] += len(l.plans)
		for i := range l.plans {
			seen.rich(&l.specs[i], l.plans[i])
		}
		for range each {
			cases++
			if err := checkCase(d, l, seen); err != nil {
				t.Fatalf("plan %d, case %d: %v", n, cases, err)
			}
		}
	}
	seen.assertRich(t, cases, tries)
}

// FuzzRandomHistories draws plan, tree and history from the bytes.
func FuzzRandomHistories(f *testing.F) {
	for _, seed := range []string{"", "tributary", "\x00\x01\x02\x03\x04\x05\x06\x07", "a plan, a tree, and what happens in it"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tries := 0
		d := diceOf(data)
		l := drawDeal(t, d, &tries)
		for range 3 {
			if err := checkCase(d, l, features{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// checkCase draws one history and proves everything of it.
func checkCase(d *dice, l *deal, seen features) error {
	r := direct(d, l, "", 4+d.below(8))
	w := newShadow(l, seen)
	for i := range r.steps {
		if err := w.play(&r.steps[i]); err != nil {
			return fmt.Errorf("step %d, %s of %s: %w", i, r.steps[i].do, r.steps[i].name, err)
		}
	}
	for _, p := range after {
		if d.in(p.percent) {
			if err := p.holds(d, w); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	if d.in(20) {
		if err := orderOfRefundsIsNothing(d, r); err != nil {
			return fmt.Errorf("the order of refunds is nothing: %w", err)
		}
	}
	if d.in(10) {
		asked, err := independentSalesDoNotMeet(d, l)
		if err != nil {
			return fmt.Errorf("independent sales do not meet: %w", err)
		}
		if asked {
			seen["independent sales"]++
		}
	}
	return nil
}
