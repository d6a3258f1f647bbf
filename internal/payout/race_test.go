package payout_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// Payouts that end at the same time, in whatever way, end their batch too.
func TestTheLastOfManyPayoutsEndsTheBatch(t *testing.T) {
	s := newStage(t)
	const partners = 10
	for i := range partners {
		name := fmt.Sprintf("partner-%d", i)
		e := s.partner(t, name)
		s.Sell(name, "200.00")
		if i%5 != 0 {
			var a models.PayoutAccount
			require.NoError(t, s.DB.Read(t.Context()).Where("partner_id = ?", e.PartnerID).Take(&a).Error)
			require.NoError(t, s.sim.Reject(a.Destination)) // after it was found ready
		}
	}
	b := s.plan(t, s.CloseMonth())
	require.Equal(t, partners, b.PayoutCount)
	require.NoError(t, s.sim.Fund("gbp", 100_000))
	s.execute(b)
	var ids []models.ID
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Payout{}).Where("batch_id = ?", b.ID).Pluck("id", &ids).Error)
	var group sync.WaitGroup
	failures := make([]error, len(ids))
	for i, id := range ids {
		group.Go(func() { failures[i] = s.payouts.Send(t.Context(), id) })
	}
	group.Wait()
	require.NoError(t, errors.Join(failures...))
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	totals, err := s.payouts.Totals(t.Context(), s.Owner, b.ID)
	require.NoError(t, err)
	require.Equal(t, []payout.Total{
		{State: models.PayoutStateHeld, Rail: models.RailNameStripe, Reason: "insufficient_capabilities_for_transfer", Count: 8, Minor: 16_000},
		{State: models.PayoutStateTransferred, Rail: models.RailNameStripe, Count: 2, Minor: 4_000}}, totals)
	_, err = s.payouts.Totals(t.Context(), access.System("stranger", models.NewID()), b.ID)
	require.ErrorIs(t, err, payout.ErrBatchMissing)
}

// Two closed periods planned at once must not both reserve the same balances.
func TestTwoPlansOfOneProgramReserveABalanceOnce(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	s.Sell("ada", "1000.00")
	first := s.CloseMonth()
	s.Sell("ada", "1000.00")
	second := s.CloseMonth()
	var group sync.WaitGroup
	results := make([]error, 6)
	for i := range results {
		period := []models.ID{first.ID, second.ID}[i%2]
		group.Go(func() {
			results[i] = models.InTx(t.Context(), s.DB, func(tx *models.Tx) error { _, err := s.payouts.Plan(tx, s.Owner, period); return err })
		})
	}
	group.Wait()
	planned := 0
	for _, err := range results {
		if err == nil {
			planned++
			continue
		}
		require.ErrorIs(t, err, payout.ErrBatchExists)
	}
	require.Equal(t, 1, planned)
	require.EqualValues(t, 20_000, s.Balance(e.ID, models.AccountInTransit))
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))
}

// What the rail cannot move stays payable: the last digit of a dinar is never sent.
func TestTheRestOfAnAmountThatTheRailCannotMoveStaysPayable(t *testing.T) {
	s := newStage(t)
	s.Do(func(tx *models.Tx) error {
		var err error
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "dinar", Name: "Dinar", Currency: "KWD", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true})
		if err != nil {
			return err
		}
		_, err = s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now.AddDate(-1, 0, 0), MaxTotal: "10%", Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
	ada, bob := s.partner(t, "ada"), s.partner(t, "bob")
	for name, amount := range map[string]string{"ada": "123.450", "bob": "0.090"} {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: name, OccurredAt: tx.Now, Currency: "KWD", Amount: amount, LinkCode: "link-" + name})
			return err
		})
	}
	b := s.plan(t, s.CloseMonth())
	require.EqualValues(t, 12_340, b.TotalMinor)
	require.Equal(t, payout.ReasonBelowMinimum, s.payoutOf(t, b, bob).Reason)
	require.EqualValues(t, 9, s.payoutOf(t, b, bob).AmountMinor)
	require.EqualValues(t, 5, s.Balance(ada.ID, models.AccountPayable))
	require.NoError(t, s.sim.Fund("kwd", 100_000))
	s.execute(b)
	require.NoError(t, s.payouts.Send(t.Context(), s.payoutOf(t, b, ada).ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, ada).State)
}

func TestOneBankReferenceMayPayManyByHand(t *testing.T) {
	s := newStage(t)
	enrolled := []models.Enrollment{s.Enroll("ada", models.ID{}), s.Enroll("bob", models.ID{})}
	for _, e := range enrolled {
		s.Do(func(tx *models.Tx) error {
			if _, err := s.payouts.SetBankReference(tx, s.Owner, e.ID, strings.Repeat("x", 60)); err != nil {
				return err
			}
			return tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("rail", models.RailNameManual).Error
		})
	}
	s.Sell("ada", "1000.00")
	s.Sell("bob", "500.00")
	b := s.plan(t, s.CloseMonth())
	s.execute(b)
	reference := strings.Repeat("7", 60)
	mark := func(e models.Enrollment, reference string) error {
		id := s.payoutOf(t, b, e).ID
		return models.InTx(t.Context(), s.DB, func(tx *models.Tx) error { _, err := s.payouts.MarkPaid(tx, s.Owner, id, reference); return err })
	}
	for _, bad := range []string{"", "  ", strings.Repeat("7", 61)} {
		require.ErrorIs(t, mark(enrolled[0], bad), payout.ErrReferenceBad, "%q", bad)
	}
	for _, e := range enrolled {
		require.NoError(t, mark(e, reference))
		require.ErrorIs(t, mark(e, reference), payout.ErrPayoutState)
		require.Equal(t, reference, s.payoutOf(t, b, e).BankReference)
	}
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
}

func TestWhatWasNotPaidByHandIsOwedAgain(t *testing.T) {
	s := newStage(t)
	enrolled := []models.Enrollment{s.Enroll("ada", models.ID{}), s.Enroll("bob", models.ID{})}
	for _, e := range enrolled {
		s.Do(func(tx *models.Tx) error {
			if _, err := s.payouts.SetBankReference(tx, s.Owner, e.ID, "GB33"); err != nil {
				return err
			}
			return tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("rail", models.RailNameManual).Error
		})
	}
	s.Clock.Advance(49 * time.Hour)
	s.Sell("ada", "1000.00")
	s.Sell("bob", "1000.00")
	b := s.plan(t, s.CloseMonth())
	s.execute(b)
	unpaid := func(e models.Enrollment, reason string) string {
		id := s.payoutOf(t, b, e).ID
		return s.try(t, func(tx *models.Tx) error { _, err := s.payouts.MarkUnpaid(tx, s.Owner, id, reason); return err })
	}
	ada, bob := enrolled[0], enrolled[1]
	adas, bobs := s.payoutOf(t, b, ada).ID, s.payoutOf(t, b, bob).ID
	require.Equal(t, "PAYOUT_MANUAL", s.try(t, func(tx *models.Tx) error {
		_, err := s.payouts.HoldPayout(tx, s.Owner, adas, "x")
		return err
	}))
	require.Equal(t, "REASON_MISSING", unpaid(ada, " "))
	require.Empty(t, unpaid(ada, "no such account"))
	require.Equal(t, []any{models.PayoutStateHeld, payout.ReasonUnpaid}, []any{s.payoutOf(t, b, ada).State, s.payoutOf(t, b, ada).Reason})
	require.Equal(t, "PAYOUT_STATE", unpaid(ada, "again"))
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.MarkPaid(tx, s.Owner, bobs, "B1"); return err })
	s.reconcile(t, b)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	require.Empty(t, unpaid(bob, "the bank sent it back"))
	require.Equal(t, []any{models.PayoutStateReversed, payout.ReasonReturned}, []any{s.payoutOf(t, b, bob).State, s.payoutOf(t, b, bob).Reason})
	require.Equal(t, "PAYOUT_STATE", unpaid(bob, "again"))
	require.Zero(t, s.Balance(s.Program.ID, models.AccountPaidOut))
	for _, e := range enrolled {
		require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	}
}
