package commission_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func oneLevel(p *commission.PlanSpec) {
	p.MaxTotal, p.Levels = "15%", []commission.LevelSpec{{Rate: "5%", Of: "sale"}}
}

// Who may not earn is skipped, so the member that takes the level may be farther up than the plan has levels.
func TestTheNextInPlaceOfWhoMayNotEarn(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*commission.PlanSpec)
		prepare func(s *testkit.Scene, middle models.Enrollment)
		top     int64
	}{
		"all may earn": {oneLevel, func(*testkit.Scene, models.Enrollment) {}, 0},
		"suspended": {oneLevel, func(s *testkit.Scene, middle models.Enrollment) {
			s.Do(func(tx *models.Tx) error {
				_, err := s.Programs.Suspend(tx, s.Owner, middle.ID)
				return err
			})
		}, 500},
		"without sales of its own": {func(p *commission.PlanSpec) {
			oneLevel(p)
			p.Eligible = &engine.EligibleSpec{Days: 30, Volume: "40.00"}
		}, func(s *testkit.Scene, _ models.Enrollment) { s.Sell("top", "40.00") }, 400 + 500},
	} {
		s := openProgram(t, "UTC", models.PeriodKindMonth, c.change)
		top, middle, seller := family(s)
		c.prepare(s, middle)
		s.Clock.Advance(time.Hour)
		s.Sell("seller", "100.00")
		s.Accrue()
		require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued), name)
		require.EqualValues(t, c.top, s.Balance(top.ID, models.AccountAccrued), name)
		if c.top == 0 {
			require.EqualValues(t, 500, s.Balance(middle.ID, models.AccountAccrued), name)
		}
	}
}

// The upline is measured by its own sales of the days before: their latest revisions together, and whom they were to.
func TestWhoSoldEnoughMayEarn(t *testing.T) {
	type sale struct {
		amount, customer string
		daysAgo          int
	}
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		oneLevel(p)
		p.Eligible = &engine.EligibleSpec{Days: 30, Volume: "40.00", Customers: 2}
		p.Rules = append([]commission.RuleSpec{percent("proven", `partner.lifetime_volume > money("1000000.00")`, "10%")}, p.Rules...) // asks for sales of all time
	})
	now, n := s.Clock.Now(), 0
	sell := func(id, by string, in sale) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: in.amount,
				OccurredAt: now.AddDate(0, 0, -in.daysAgo), LinkCode: "link-" + by, CustomerID: in.customer})
			return err
		})
	}
	for name, c := range map[string]struct {
		sales []sale
		may   bool
	}{
		"enough of both":            {[]sale{{"20.00", "c1", 1}, {"20.00", "c2", 30}}, true},
		"a penny less":              {[]sale{{"20.00", "c1", 1}, {"19.99", "c2", 2}}, false},
		"too long ago":              {[]sale{{"20.00", "c1", 1}, {"20.00", "c2", 31}}, false},
		"one customer":              {[]sale{{"20.00", "c1", 1}, {"20.00", "c1", 2}}, false},
		"customers without a name":  {[]sale{{"20.00", "c1", 1}, {"20.00", "", 2}}, false},
		"three sales":               {[]sale{{"10.00", "c1", 1}, {"10.00", "", 2}, {"20.00", "c2", 3}}, true},
		"what another day added to": {[]sale{{"20.00", "c1", 1}, {"20.00", "c2", 31}, {"20.00", "c3", 3}}, true},
	} {
		n++
		by, below := fmt.Sprint("top-", n), fmt.Sprint("seller-", n)
		top := s.Enroll(by, models.ID{})
		s.Enroll(below, top.ID)
		for i, in := range c.sales {
			id := fmt.Sprint(by, "-", i)
			more := in
			more.amount = "90.00"
			sell(id, by, more)
			sell(id, by, in) // restated
		}
		s.Accrue()
		own := s.Balance(top.ID, models.AccountAccrued)
		sell(below, below, sale{"100.00", "", 0})
		s.Accrue()
		require.Equal(t, c.may, s.Balance(top.ID, models.AccountAccrued) == own+500, name)
	}
}

// A condition knows what the seller sold before, whoever it is, and not what its upline did.
func TestARuleForSellersThatSoldBefore(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.MaxTotal = "20%"
		p.Rules = append([]commission.RuleSpec{percent("proven", `partner.group == "" && partner.lifetime_volume >= money("100.00")`, "20%")}, p.Rules...)
	})
	_, _, seller := family(s)
	s.Sell("top", "500.00")
	for _, c := range []struct {
		amount string
		earned int64
	}{{"99.90", 999}, {"0.10", 999 + 1}, {"100.00", 999 + 1 + 2000}} {
		s.Clock.Advance(time.Hour)
		s.Sell("seller", c.amount)
		s.Accrue()
		require.Equal(t, c.earned, s.Balance(seller.ID, models.AccountAccrued))
	}
}

// A condition knows the sub ids of the click.
func TestARuleForASubID(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.MaxTotal = "20%"
		p.Rules = append([]commission.RuleSpec{percent("sub", `"s1" in touch.subs && touch.subs["s1"] == "a"`, "20%")}, p.Rules...)
	})
	_, _, seller := family(s)
	s.Sell("seller", "100.00")
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Attribution{}).Where("1 = 1").Update("sub_ids", `{"s1":"a"}`).Error
	})
	s.Sell("seller", "100.00")
	s.Accrue()
	require.EqualValues(t, 2000+1000, s.Balance(seller.ID, models.AccountAccrued))
}

// buy records a conversion of carol's at an instant.
func buy(s *testkit.Scene, id, kind string, at time.Time) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Kind: kind, Currency: "GBP", Amount: "100.00",
			OccurredAt: at, LinkCode: "link-seller", CustomerID: "carol"})
		return err
	})
}

// The customer's conversions count in the order in which they occurred, not in which they came.
func TestALimitGoesByWhenThingsOccurred(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.Rules[0].Recurring = &commission.RecurringSpec{Count: 1} })
	family(s)
	now := s.Clock.Now()
	buy(s, "second", "", now)
	buy(s, "first", "", now.Add(-time.Hour))
	s.Accrue()
	earned := linesOf(s, models.CommissionKindEarned)
	require.Equal(t, []int64{0, 1000}, amountsOf(earned))
}

// A unique customer is one that had no conversion of the kind before.
func TestAUniqueCustomerIsPaidOnceOfAKind(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules[0].Valid = &engine.ValidSpec{UniqueCustomer: true}
	})
	family(s)
	now := s.Clock.Now()
	for i, kind := range []string{"SIGNUP", "SALE", "SIGNUP", "SALE", "SALE"} {
		buy(s, fmt.Sprint("c", i), kind, now.Add(time.Duration(i-9)*time.Minute))
	}
	s.Accrue()
	require.Equal(t, []int64{1000, 1000, 0, 0, 0}, amountsOf(linesOf(s, models.CommissionKindEarned)))
}
