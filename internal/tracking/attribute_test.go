package tracking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

// Each order names one touch less than the one before, so that the next strongest must win.
func TestTheStrongestTouchWins(t *testing.T) {
	m := newMarket(t)
	bound := m.sale("first")
	bound.CustomerID, bound.Coupon = "carol", "BOB"
	m.must(bound)

	in := m.sale("all")
	in.CustomerID, in.ClickID, in.Coupon, in.LinkCode = "carol", clickID(m.click("ada")), "bob", "link-ada"
	methods := []models.AttributionMethod{models.AttributionMethodClick, models.AttributionMethodCoupon, models.AttributionMethodLink, models.AttributionMethodCustomer}
	winners := []models.ID{m.ada.ID, m.bob.ID, m.ada.ID, m.bob.ID}
	for i, weaken := range []func(){func() {}, func() { in.ClickID = "" }, func() { in.Coupon = "" }, func() { in.LinkCode = "" }} {
		weaken()
		in.ExternalID += "-"
		c := m.must(in).Conversion
		a, candidates := m.attribution(c)
		require.Equal(t, methods[i], a.Method)
		require.Equal(t, winners[i], models.Or(a.EnrollmentID))
		require.Equal(t, winners[i], models.Or(c.EnrollmentID))
		require.Equal(t, 30, a.WindowDays)
		require.Len(t, candidates, len(methods)-i)
		for n, candidate := range candidates {
			require.Equal(t, methods[i+n], candidate.Method)
			require.Equal(t, winners[i+n], candidate.EnrollmentID)
			require.False(t, candidate.TouchID.IsZero())
			require.Equal(t, n == 0, candidate.Won)
			require.Equal(t, map[bool]string{true: "the strongest eligible touch", false: "a stronger touch won"}[n == 0], candidate.Reason)
		}
	}
	in.CustomerID, in.ExternalID = "", "nobody's"
	c := m.must(in).Conversion
	a, candidates := m.attribution(c)
	require.Equal(t, models.AttributionMethodNone, a.Method)
	require.Nil(t, c.EnrollmentID)
	require.Empty(t, candidates)
}

// What cannot win says why, and the next touch does.
func TestEveryReasonForWhichATouchLoses(t *testing.T) {
	m := newMarket(t)
	click := m.click("ada")
	m.Do(func(tx *models.Tx) error {
		if err := tx.Model(&models.Coupon{}).Where("code = ?", "ADA").Update("active", false).Error; err != nil {
			return err
		}
		return tx.Model(&models.Link{}).Where("code = ?", "link-ada").Update("active", false).Error
	})
	eve := m.Enroll("eve", models.ID{})
	bound := m.sale("bound")
	bound.CustomerID, bound.LinkCode = "eves", "link-eve"
	m.must(bound)
	m.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Enrollment{}).Where("id = ?", eve.ID).Update("status", models.EnrollmentStatusSuspended).Error
	})
	for name, c := range map[string]struct {
		change func(*tracking.ConversionInput)
		method models.AttributionMethod
		reason string
		touch  bool
	}{
		"made-up click":    {func(in *tracking.ConversionInput) { in.ClickID = models.NewID().Format(models.PrefixClick) }, models.AttributionMethodClick, "no such click in this program", false},
		"a click of no id": {func(in *tracking.ConversionInput) { in.ClickID = "щелчок" }, models.AttributionMethodClick, "no such click in this program", false},
		"the id of a link": {func(in *tracking.ConversionInput) { in.ClickID = click.ID.Format(models.PrefixLink) }, models.AttributionMethodClick, "no such click in this program", false},
		"click later": {func(in *tracking.ConversionInput) {
			in.ClickID, in.OccurredAt = clickID(click), click.ClickedAt.Add(-time.Microsecond)
		}, models.AttributionMethodClick, "the click came after the conversion", true},
		"unknown coupon":    {func(in *tracking.ConversionInput) { in.Coupon = "ÜBER" }, models.AttributionMethodCoupon, "no such active coupon in this program", false},
		"inactive coupon":   {func(in *tracking.ConversionInput) { in.Coupon = "ADA" }, models.AttributionMethodCoupon, "no such active coupon in this program", true},
		"unknown link":      {func(in *tracking.ConversionInput) { in.LinkCode = "ссылка" }, models.AttributionMethodLink, "no such active link in this program", false},
		"inactive link":     {func(in *tracking.ConversionInput) { in.LinkCode = "link-ada" }, models.AttributionMethodLink, "no such active link in this program", true},
		"paused, by link":   {func(in *tracking.ConversionInput) { in.LinkCode = "link-eve" }, models.AttributionMethodLink, "the enrollment is not active", true},
		"paused, by custom": {func(in *tracking.ConversionInput) { in.CustomerID = "eves" }, models.AttributionMethodCustomer, "the enrollment is not active", true},
	} {
		t.Run(name, func(t *testing.T) {
			m.T = t
			in := m.sale(name)
			c.change(&in)
			alone := m.must(in)
			require.Nil(t, alone.Conversion.EnrollmentID)
			a, candidates := m.attribution(alone.Conversion)
			require.Equal(t, models.AttributionMethodNone, a.Method)
			require.Len(t, candidates, 1)
			require.Equal(t, c.method, candidates[0].Method)
			require.Equal(t, c.reason, candidates[0].Reason)
			require.Equal(t, c.touch, !candidates[0].TouchID.IsZero())
			if in.Coupon != "" || c.method == models.AttributionMethodCustomer {
				return
			}
			in.ExternalID, in.Coupon = name+", and a coupon", "BOB"
			require.Equal(t, m.bob.ID, models.Or(m.must(in).Conversion.EnrollmentID))
		})
	}
}

func TestTheWindowAtItsEdges(t *testing.T) {
	m := newMarket(t)
	click := m.click("ada")
	for at, wins := range map[time.Duration]bool{0: true, 30 * day: true, 30*day + time.Microsecond: false} {
		m.Clock.Set(click.ClickedAt.Add(at))
		in := m.sale("after " + at.String())
		in.ClickID = clickID(click)
		c := m.must(in).Conversion
		require.Equal(t, wins, c.EnrollmentID != nil, "%s", at)
		if !wins {
			_, candidates := m.attribution(c)
			require.Equal(t, "the click is older than the window", candidates[0].Reason)
		}
	}
}

func TestAClickOfAnotherProgramCountsForNothing(t *testing.T) {
	m := newMarket(t)
	stranger := models.Click{ID: models.NewID(), ProgramID: models.NewID(), LinkID: models.NewID(), EnrollmentID: m.ada.ID, ClickedAt: m.Clock.Now()}
	m.Do(func(tx *models.Tx) error { return tx.Create(&stranger).Error })
	in := m.sale("1")
	in.ClickID = clickID(stranger)
	require.Nil(t, m.must(in).Conversion.EnrollmentID)
}

func TestASelfReferralIsHeldAndExplained(t *testing.T) {
	m := newMarket(t)
	in := m.sale("own")
	in.CustomerID, in.LinkCode = " ADA@partners.example ", "link-ada"
	c := m.must(in).Conversion
	a, _ := m.attribution(c)
	require.Equal(t, m.ada.ID, models.Or(a.EnrollmentID))
	require.Equal(t, "SELF_REFERRAL", a.HoldReason)
	require.Zero(t, m.waiting(), "it earns nothing")
	require.Nil(t, m.customer("ADA@partners.example").EnrollmentID, "and binds nobody")
	in.Amount = "20.00"
	require.Equal(t, tracking.OutcomeRestated, m.must(in).Outcome)
	_, _, err := m.refund(tracking.RefundInput{ExternalID: "r", ConversionExternalID: "own", Amount: "1.00"})
	require.NoError(t, err)
	require.Zero(t, m.waiting(), "nor do its corrections")

	other := m.sale("bob's link")
	other.CustomerID, other.LinkCode = "ada@partners.example", "link-bob"
	a, _ = m.attribution(m.must(other).Conversion)
	require.Empty(t, a.HoldReason, "ada is a customer of bob like anybody")
}

func TestTheFirstWinnerBindsTheCustomer(t *testing.T) {
	m := newMarket(t)
	unattributed := m.sale("0")
	unattributed.CustomerID = "carol"
	m.must(unattributed)
	require.Nil(t, m.customer("carol").EnrollmentID)

	first, second, third := m.sale("1"), m.sale("2"), m.sale("3")
	first.CustomerID, first.LinkCode = "carol", "link-ada"
	second.CustomerID = "carol"
	third.CustomerID, third.Coupon = "carol", "BOB"
	results, err := m.recordAll([]tracking.ConversionInput{first, second, third})
	require.NoError(t, err)
	require.Equal(t, m.ada.ID, models.Or(results[0].Conversion.EnrollmentID))
	require.Equal(t, m.ada.ID, models.Or(results[1].Conversion.EnrollmentID), "bound within the batch")
	require.Equal(t, m.bob.ID, models.Or(results[2].Conversion.EnrollmentID), "a stronger touch still wins its own order")
	carol := m.customer("carol")
	require.Equal(t, m.ada.ID, models.Or(carol.EnrollmentID), "but the binding stays")
	require.Equal(t, m.Clock.Now(), carol.BoundAt.UTC())
}
