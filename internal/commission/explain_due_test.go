package commission_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

// payer pays the scene's partners by hand.
type payer struct {
	*testkit.Scene
	payouts *payout.Service
}

func (p payer) plan(period models.Period) models.PayoutBatch {
	p.T.Helper()
	var b models.PayoutBatch
	p.Do(func(tx *models.Tx) (err error) {
		b, err = p.payouts.Plan(tx, p.Owner, period.ID)
		return err
	})
	return b
}

func (p payer) cancel(b models.PayoutBatch) {
	p.T.Helper()
	p.Do(func(tx *models.Tx) error {
		_, err := p.payouts.Cancel(tx, p.Owner, b.ID)
		return err
	})
}

func (p payer) text(id models.ID) string {
	p.T.Helper()
	e, err := p.Commission.Explain(p.T.Context(), p.Owner, id)
	require.NoError(p.T, err)
	return e.Payment.Say(payout.ReasonSentence)
}

// A line tells where its money is, from the open period to the bank.
func TestALineIsFollowedToItsPayout(t *testing.T) {
	p := payer{testkit.NewScene(t), nil}
	p.payouts = payout.New(p.DB, nil, slog.New(slog.DiscardHandler))
	p.Do(func(tx *models.Tx) error {
		_, err := p.Programs.Apply(tx, p.Owner, program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true,
			Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: "50.00", Rail: "manual"}})
		return err
	})
	_, _, seller := family(p.Scene)
	p.Sell("seller", "50.00")
	p.Accrue()
	id := lineFor(p.Scene, models.CommissionKindEarned, 0).ID
	require.Equal(t, "not paid yet: period 2026-01 is open; it ends 2026-02-01 00:00 UTC and is paid after its close", p.text(id))
	first := p.CloseMonth()
	require.Equal(t, "not paid yet: period 2026-01 is closed, and no payout is planned so far", p.text(id))
	b := p.plan(first)
	require.Equal(t, "not paid yet: the balance is carried: the balance is under the program's minimum and is carried to the next period", p.text(id))

	p.cancel(b)
	p.Sell("seller", "100.00")
	second := p.CloseMonth()
	b = p.plan(second)
	require.Equal(t, "not paid yet: the payout is held: the partner has not set up a payout account", p.text(id))
	p.cancel(b)
	p.Do(func(tx *models.Tx) error {
		_, err := p.payouts.SetBankReference(tx, p.Owner, seller.ID, "GB00 TEST 1")
		return err
	})
	require.Contains(t, p.text(id), "not paid yet: the payout is held")
	p.Clock.Advance(72 * time.Hour)
	b = p.plan(second)
	require.Equal(t, "not paid yet: a payout of 15.00 GBP is planned, and waits for approval", p.text(id))
	p.Do(func(tx *models.Tx) error {
		if _, err := p.payouts.Approve(tx, access.System("checker", p.Owner.MerchantID), b.ID, payout.HashText(b.ContentHash)); err != nil {
			return err
		}
		_, err := p.payouts.Execute(tx, p.Owner, b.ID)
		return err
	})
	require.Equal(t, "not paid yet: a payout of 15.00 GBP is under way", p.text(id))
	var paid models.Payout
	require.NoError(t, p.DB.Read(t.Context()).Where("batch_id = ?", b.ID).Where("enrollment_id = ?", seller.ID).Take(&paid).Error)
	p.Do(func(tx *models.Tx) error {
		_, err := p.payouts.MarkPaid(tx, p.Owner, paid.ID, "BANK 1")
		return err
	})
	require.Equal(t, "paid on 2026-03-05 09:00 UTC, as a part of 15.00 GBP", p.text(id))
	e, err := p.Commission.Explain(t.Context(), p.Owner, id)
	require.NoError(t, err)
	require.True(t, e.Payment.Paid)
	require.EqualValues(t, 500, e.Payment.Statement.ClosingMinor)
	require.Equal(t, paid.ID, e.Payment.Payout.ID)
	require.Equal(t, b.ID, e.Payment.Batch.ID)
	own, err := p.Commission.Explain(t.Context(), asPartner(seller), id)
	require.NoError(t, err)
	require.Nil(t, own.Payment.Batch)
	require.Equal(t, paid.ID, own.Payment.Payout.ID)

	_, err = p.payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	p.Sell("seller", "10.00")
	p.plan(p.CloseMonth())
	require.Equal(t, "paid on 2026-03-05 09:00 UTC, as a part of 15.00 GBP", p.text(id), "by the first that paid it, not by a later one")
}

// What came after its period was closed is in the open one, and says why.
func TestALateLineSaysWhyItsPeriod(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	sale := s.Sell("seller", "100.00")
	s.CloseMonth()
	s.Refund("late", sale, "50.00")
	s.Accrue()
	e := requireAgrees(t, s, lineFor(s, models.CommissionKindRefund, 0).ID)
	require.True(t, e.Hold.Late)
	require.Equal(t, "it matures 0 days after the conversion, as the plan holds it; the period of that instant was closed when the line was made, so it is in 2026-02, the first that was open", e.Hold.Text)
	earned := requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, 0).ID)
	require.False(t, earned.Hold.Late)
	require.Equal(t, "5.00 GBP", earned.ComesTo.String())
}

// The plan of the customer's first sale prices its renewals where it says so, and the explanation tells.
func TestARenewalSaysWhichPlanHeld(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	publish := func(rate, renewals string) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "30%", Renewals: renewals,
				Rules: []commission.RuleSpec{percent("sales", "", rate)}})
			return err
		})
	}
	publish("10%", "first_sale")
	record(s, "a", "GBP", "100.00", "")
	s.Clock.Advance(time.Hour)
	publish("20%", "")
	record(s, "b", "GBP", "100.00", "")
	s.Accrue()
	lines := linesOf(s, models.CommissionKindEarned)
	require.Len(t, lines, 2)
	require.Equal(t, commission.PlanOfSale, requireAgrees(t, s, lines[0].ID).Plan.Choice)
	second := requireAgrees(t, s, lines[1].ID)
	require.Equal(t, commission.PlanOfFirstSale, second.Plan.Choice)
	require.Equal(t, 2, second.Plan.Number)
}

// Lines of no conversion are explained as well: what a close settled, and what was booked by hand.
func TestWhatAPeriodSettledIsExplained(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "30%",
			Rules: []commission.RuleSpec{{ID: "volume", RewardSpec: commission.RewardSpec{Tiers: &engine.TiersSpec{By: "period", Mode: "marginal",
				Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "100.00", Percent: "10.5%"}}}}}},
			Bonuses:    []engine.BonusSpec{{ID: "hundred", Amount: "25.00", Reach: &engine.ReachSpec{Volume: "100.00"}}, {ID: "first", Amount: "7.00", Once: true, FirstSale: true}},
			Placements: []engine.PlacementSpec{{ID: "banner", Fee: "31.00"}}})
		if err != nil {
			return err
		}
		_, err = s.Commission.AgreePlacement(tx, s.Owner, seller.ID, "banner", time.Date(2026, 1, 22, 0, 0, 0, 0, time.UTC), models.OpenEnd)
		return err
	})
	s.Sell("seller", "100.00")
	s.Sell("seller", "50.50")
	var booked models.Commission
	s.Do(func(tx *models.Tx) error {
		results, err := s.Commission.AddManualLines(tx, s.Owner, s.Program.ID, []commission.ManualInput{{EnrollmentID: seller.ID, Amount: "9.99", Reason: "lost parcel"}})
		if err != nil {
			return err
		}
		booked = results[0].Line
		_, err = s.Commission.ReverseManualLine(tx, s.Owner, booked.ID, "found it")
		return err
	})
	s.CloseMonth()

	tier := requireAgrees(t, s, lineFor(s, models.CommissionKindTier, 0).ID)
	require.Equal(t, []string{"TIERS 10.30: 100.00 x 5% + 50.50 x 10.5% = 10.3025, rounded half to even to 10.30", "DIFFERENCE 2.78: 10.30 less the 7.52 that the period's lines paid before"}, texts(tier))
	require.Equal(t, "50.50", tier.Tiers[1].Part.Decimal())
	require.Equal(t, []string{"volume of the period by rule volume 150.50"}, parts(tier))
	require.Equal(t, "it matures with its period's last instant; period 2026-01 contains that instant", tier.Hold.Text)
	require.Equal(t, commission.PlanOfVolume, tier.Plan.Choice)

	var said []string
	for _, l := range linesOf(s, models.CommissionKindBonus) {
		said = append(said, texts(requireAgrees(t, s, l.ID))...)
	}
	require.ElementsMatch(t, []string{"GOAL 25.00: bonus hundred: the volume of 150.50 reached 100.00", "GOAL 7.00: bonus first: the first sale ever was in the period; paid once"}, said)
	fee := requireAgrees(t, s, lineFor(s, models.CommissionKindPlacement, 0).ID)
	require.Equal(t, []string{"FEE 10.00: 31.00 for the period, by the days on which the agreement was active (from 2026-01-22, until open)"}, texts(fee))

	manual := requireAgrees(t, s, booked.ID)
	require.Equal(t, []string{"BOOKED 9.99: lost parcel, booked by " + s.Owner.Name}, texts(manual))
	require.Equal(t, "a line by hand matures at once; period 2026-01 contains that instant", manual.Hold.Text)
	require.Equal(t, "0.00 GBP", manual.ComesTo.String())
	require.Equal(t, "taken back by hand: found it", manual.Adjustments[0].Cause)
	back := requireAgrees(t, s, manual.Adjustments[0].Line.ID)
	require.Contains(t, texts(back)[0], "takes back "+booked.ID.Format(models.PrefixCommission)+": found it")
	own, err := s.Commission.Explain(t.Context(), asPartner(seller), booked.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"BOOKED 9.99: lost parcel"}, texts(own))

	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Commission{}).Where("id = ?", tier.Line.ID).Update("amount_minor", 279).Error
	})
	e, err := s.Commission.Explain(t.Context(), s.Owner, tier.Line.ID)
	require.NoError(t, err)
	require.False(t, e.Agrees)
	require.Contains(t, e.Problem, "worked out again it comes to 2.78 GBP, and 2.79 GBP is stored")
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Commission{}).Where("id = ?", tier.Line.ID).Update("amount_minor", 278).Error
	})
}
