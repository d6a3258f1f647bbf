package engine

import (
	"math/big"
	"slices"
	"testing"

	"tributary/internal/money"
)

// drawTiers draws tiers whose rates may go down as well as up. None pays all: of a whole unit more, rounding half to even
// makes none or two.
func drawTiers(d *dice, marginal bool) Reward {
	w := Reward{Marginal: marginal, ByPeriod: true}
	from := int64(0)
	for range 2 + d.below(5) {
		w.Tiers = append(w.Tiers, Tier{FromMinor: from, Rate: pick(d, money.Rate(0), 1, 33_333, 100_000, 333_333, 999_999)})
		from += d.between(1, pick(d, int64(5), 3_000, 1<<40))
	}
	return w
}

func drawVolume(d *dice, w *Reward) int64 {
	near := pick(d, w.Tiers...).FromMinor
	return pick(d, d.between(0, 10), d.between(0, 100_000), d.between(0, 1<<60), max(near+d.between(-2, 2), 0))
}

func tieredAs(t *testing.T, w *Reward, volume int64) int64 {
	t.Helper()
	amount, err := w.Tiered(volume)
	if err != nil {
		t.Fatalf("tiers %v of %d: %v", w.Tiers, volume, err)
	}
	return amount
}

// TestMarginalTiersAreMonotonicAndContinuous proves that a unit more of volume earns the same or a unit more, at the
// edges of tiers too, and that the sum of the parts is exact before it is rounded.
func TestMarginalTiersAreMonotonicAndContinuous(t *testing.T) {
	d := numbered(testTiers, 0)
	for range 20_000 {
		w := drawTiers(d, true)
		volume := drawVolume(d, &w)
		amount, next := tieredAs(t, &w, volume), tieredAs(t, &w, volume+1)
		if next < amount || next > amount+1 {
			t.Fatalf("tiers %v: %d earns %d, one more earns %d", w.Tiers, volume, amount, next)
		}
		exact := new(big.Rat)
		for i, tier := range w.Tiers {
			to := volume
			if i+1 < len(w.Tiers) {
				to = min(to, w.Tiers[i+1].FromMinor)
			}
			exact.Add(exact, of(max(to-tier.FromMinor, 0), big.NewRat(int64(tier.Rate), 1_000_000)))
		}
		if want := halfEven(exact); amount != want {
			t.Fatalf("tiers %v: %d earns %d, not %d", w.Tiers, volume, amount, want)
		}
	}
}

// TestRetroactiveTiersPayTheRateReachedOnAll proves that all of a volume earns the rate of the tier that it reaches, and
// one below zero gives back at the first rate.
func TestRetroactiveTiersPayTheRateReachedOnAll(t *testing.T) {
	d := numbered(testTiers, 1)
	for range 20_000 {
		w := drawTiers(d, d.in(20))
		volume := drawVolume(d, &w)
		if w.Marginal {
			volume = -volume
		}
		rate := w.Tiers[0].Rate
		for _, tier := range w.Tiers {
			if tier.FromMinor <= volume {
				rate = tier.Rate
			}
		}
		if amount, want := tieredAs(t, &w, volume), halfEven(of(volume, big.NewRat(int64(rate), 1_000_000))); amount != want {
			t.Fatalf("tiers %v: %d earns %d, not %d", w.Tiers, volume, amount, want)
		}
	}
}

// TestSettlingTwiceOwesNothingMore settles a volume, and again with what the first settlement paid.
func TestSettlingTwiceOwesNothingMore(t *testing.T) {
	d := numbered(testTiers, 2)
	for range 5_000 {
		r := Rule{Reward: drawTiers(d, d.in(50))}
		volume, paid := drawVolume(d, &r.Reward), d.between(0, 1000)
		owed, err := r.SettleTier(&Member{}, volume, paid, newYear)
		if err != nil || owed+paid != tieredAs(t, &r.Reward, volume) {
			t.Fatalf("tiers %v: %d owes %d besides %d (%v)", r.Reward.Tiers, volume, owed, paid, err)
		}
		if more, err := r.SettleTier(&Member{}, volume, paid+owed, newYear); more != 0 || err != nil {
			t.Fatalf("tiers %v: settled once, %d owes %d more (%v)", r.Reward.Tiers, volume, more, err)
		}
		r.Reward.ByPeriod = false
		if owed, err := r.SettleTier(&Member{}, volume, paid, newYear); owed != 0 || err != nil {
			t.Fatalf("what is not settled by the period owes %d (%v)", owed, err)
		}
	}
}

// TestVersionsTogetherOweWhatOneWould cuts a volume into those of several versions with the same tiers: together they owe
// what one would, to the unit, and what comes after a version changes only the tier that it reaches.
func TestVersionsTogetherOweWhatOneWould(t *testing.T) {
	d := numbered(testTiers, 4)
	for range 5_000 {
		r := Rule{Reward: drawTiers(d, d.in(50))}
		volumes, whole, paid, owes := make([]TierVolume, d.between(1, 4)), int64(0), int64(0), int64(0)
		for i := range volumes {
			volumes[i] = TierVolume{&r, drawVolume(d, &r.Reward), d.between(0, 1000)}
			if d.in(25) {
				volumes[i].Volume = -volumes[i].Volume
			}
			whole, paid = whole+volumes[i].Volume, paid+volumes[i].Paid
		}
		owed, err := SettleTiers(&Member{}, volumes, newYear)
		for _, o := range owed {
			owes += o.Owed
		}
		if want := tieredAs(t, &r.Reward, whole) - paid; err != nil || owes != want {
			t.Fatalf("tiers %v: %+v owe %d, not %d (%v)", r.Reward.Tiers, volumes, owes, want, err)
		}
		last := &volumes[len(volumes)-1]
		other := Rule{Reward: drawTiers(d, d.in(50))}
		last.Rule = &other
		again, err := SettleTiers(&Member{}, volumes, newYear)
		if n := len(owed) - 1; err != nil || !slices.Equal(again[:n], owed[:n]) {
			t.Fatalf("other tiers of a later version change what is owed before: %+v, not %+v (%v)", again[:n], owed[:n], err)
		}
	}
}

// TestPlacementsPayByTheDay proves that an agreement cut in two pays what the whole pays, to the unit, never more than
// the fee, and all of it for a whole period.
func TestPlacementsPayByTheDay(t *testing.T) {
	d := numbered(testTiers, 3)
	for range 5_000 {
		zone := pick(d, zones...)
		_, from, to := SpanOf(pick(d, Monthly, Weekly), zone, newYear.AddDate(0, 0, d.below(400)))
		p := Placement{FeeMinor: d.between(1, 100_000)}
		fee := func(a Agreement) int64 {
			minor, err := p.FeeFor(a, from, to, zone)
			if err != nil || minor < 0 || minor > p.FeeMinor {
				t.Fatalf("fee %d: %d (%v)", p.FeeMinor, minor, err)
			}
			return minor
		}
		a := Agreement{From: from.AddDate(0, 0, d.below(60)-30), Until: to.AddDate(0, 0, d.below(60)-30)}
		cut := from.AddDate(0, 0, d.below(31))
		first, second := Agreement{From: a.From, Until: cut}, Agreement{From: cut, Until: a.Until}
		if whole, parts := fee(a), fee(first)+fee(second); a.From.Before(cut) && cut.Before(a.Until) && (whole-parts > 1 || parts-whole > 1) {
			t.Fatalf("fee %d from %s to %s: the whole pays %d, its parts %d", p.FeeMinor, a.From, a.Until, whole, parts)
		}
		if all := fee(Agreement{From: from}); all != p.FeeMinor {
			t.Fatalf("a whole period pays %d, not %d", all, p.FeeMinor)
		}
		if none := fee(Agreement{From: to}) + fee(Agreement{From: from.AddDate(0, -2, 0), Until: from}); none != 0 {
			t.Fatalf("a placement outside of the period pays %d", none)
		}
	}
}
