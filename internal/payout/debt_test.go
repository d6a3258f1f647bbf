package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// capDebts lets debts of the scene's program take no more than a share, in percent.
func (s *stage) capDebts(share string) {
	rate, err := money.ParseRate(share)
	require.NoError(s.T, err)
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Program{}).Where("id = ?", s.Program.ID).Update("debt_share_ppm", int64(rate)).Error
	})
}

// indebted is a partner that was paid 100.00 and lost the sale: at the end of January it owes 100.00.
func (s *stage) indebted(t *testing.T) models.Enrollment {
	t.Helper()
	ann := s.partner(t, "ann")
	sale := s.Sell("ann", "1000.00")
	s.pay(t, s.CloseMonth())
	s.Refund("r-1", sale, "1000.00")
	s.CloseMonth()
	require.EqualValues(t, -10_000, s.Balance(ann.ID, models.AccountPayable))
	return ann
}

// pay takes a period's batch to its end.
func (s *stage) pay(t *testing.T, period models.Period) models.PayoutBatch {
	t.Helper()
	require.NoError(t, s.sim.Fund("gbp", 1_000_000))
	b := s.plan(t, period)
	s.execute(b)
	var ready []models.ID
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Payout{}).Where("batch_id = ? AND state = ?", b.ID, models.PayoutStateReady).Pluck("id", &ready).Error)
	for _, id := range ready {
		require.NoError(t, s.payouts.Send(t.Context(), id))
	}
	_, err := s.payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	b, err = s.payouts.Batch(t.Context(), s.Owner, b.ID)
	require.NoError(t, err)
	require.Equal(t, models.BatchStateClosed, b.State)
	return b
}

func TestACappedDebtLeavesThePartnerItsPart(t *testing.T) {
	for name, c := range map[string]struct {
		share, sale   string
		amount, taken int64
		left          int64 // payable after the payout
	}{
		"a quarter":             {"25%", "400.00", 3_000, 1_000, -9_000},
		"rounded down":          {"33.3333%", "400.00", 2_667, 1_333, -8_667},
		"nothing":               {"0%", "400.00", 4_000, 0, -10_000},
		"the debt is settled":   {"50%", "1000.00", 5_000, 5_000, -5_000},
		"the balance is more":   {"75%", "4000.00", 30_000, 0, 0},
		"more than a debt left": {"99%", "2000.00", 10_000, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.capDebts(c.share)
			ann := s.indebted(t)
			s.Sell("ann", c.sale)
			p := s.payoutOf(t, s.pay(t, s.CloseMonth()), ann)
			require.Equal(t, models.PayoutStateTransferred, p.State)
			require.Equal(t, c.amount, p.AmountMinor)
			require.Equal(t, c.taken, p.DebtTakenMinor)
			require.Equal(t, c.left, s.Balance(ann.ID, models.AccountPayable))
			require.Equal(t, c.left, p.PayableMinor-p.AmountMinor)
			require.Equal(t, c.left < 0, payout.DebtSentence(p) != "")
		})
	}
}

func TestTheSentenceTellsWhatADebtTook(t *testing.T) {
	require.Equal(t, "a debt took 10.00 GBP of what the period earned; 90.00 GBP of it stays owed",
		payout.DebtSentence(models.Payout{AmountMinor: 3_000, PayableMinor: -6_000, DebtTakenMinor: 1_000, Currency: "GBP"}))
}

func TestWithoutACapADebtTakesAll(t *testing.T) {
	s := newStage(t)
	ann := s.indebted(t)
	s.Sell("ann", "400.00")
	p := s.payoutOf(t, s.plan(t, s.CloseMonth()), ann)
	require.Equal(t, models.PayoutStateCarried, p.State)
	require.Equal(t, payout.ReasonDebt, p.Reason)
	require.EqualValues(t, -6_000, p.AmountMinor)
}

func TestABalanceOfZeroMayHideAPart(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "1000.00")
	period := s.CloseMonth()
	require.Zero(t, s.Balance(ann.ID, models.AccountPayable))
	require.EqualValues(t, 7_500, s.payoutOf(t, s.pay(t, period), ann).AmountMinor)
	require.EqualValues(t, -7_500, s.Balance(ann.ID, models.AccountPayable))
}

func TestALinesPartIsPaidOnce(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "400.00")
	period := s.CloseMonth()
	first := s.plan(t, period)
	require.EqualValues(t, 3_000, s.payoutOf(t, first, ann).AmountMinor)
	s.Do(func(tx *models.Tx) error {
		_, err := s.payouts.Cancel(tx, s.Owner, first.ID)
		return err
	})
	require.EqualValues(t, 3_000, s.payoutOf(t, s.pay(t, period), ann).AmountMinor, "a batch that was canceled used nothing up")
	again := s.payoutOf(t, s.plan(t, period), ann)
	require.Equal(t, models.PayoutStateCarried, again.State)
	require.Equal(t, payout.ReasonDebt, again.Reason)
	require.EqualValues(t, -9_000, again.AmountMinor)
}

func TestOnlyTheLatestClosedPeriodIsParted(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "400.00")
	skipped := s.CloseMonth()
	s.Sell("ann", "200.00")
	latest := s.CloseMonth()
	require.EqualValues(t, 1_500, s.payoutOf(t, s.pay(t, skipped), ann).AmountMinor, "whichever period the batch is of")
	require.Equal(t, models.PayoutStateCarried, s.payoutOf(t, s.plan(t, latest), ann).State, "and once")
	require.EqualValues(t, -5_500, s.Balance(ann.ID, models.AccountPayable))
}

func TestAPartUnderTheMinimumGoesToTheDebt(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "133.30") // of 13.33 the debt takes 3.33, and 10.00 is the minimum
	require.EqualValues(t, 1_000, s.payoutOf(t, s.pay(t, s.CloseMonth()), ann).AmountMinor)
	s.Sell("ann", "133.20")
	carried := s.payoutOf(t, s.plan(t, s.CloseMonth()), ann)
	require.Equal(t, payout.ReasonDebt, carried.Reason)
	require.EqualValues(t, -8_335, carried.AmountMinor)
}

func TestTheGatesHoldAPartToo(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.HoldPayouts(tx, s.Owner, ann.ID, "a closer look")
		return err
	})
	s.Sell("ann", "400.00")
	period := s.CloseMonth()
	held := s.payoutOf(t, s.plan(t, period), ann)
	require.Equal(t, models.PayoutStateHeld, held.State)
	require.False(t, held.Reserved)
	require.EqualValues(t, -6_000, s.Balance(ann.ID, models.AccountPayable))
}

// A payout that the rail refused leaves the part to the next batch.
func TestARefusedPartIsPaidByTheNextBatch(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "400.00")
	period := s.CloseMonth()
	leadTo := func(destination string) {
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", ann.PartnerID).Update("destination", destination).Error
		})
	}
	destination := s.payoutOf(t, s.firstBatch(t), ann).Destination
	leadTo("acct_gone")
	refused := s.payoutOf(t, s.pay(t, period), ann)
	require.Equal(t, models.PayoutStateHeld, refused.State)
	require.EqualValues(t, -6_000, s.Balance(ann.ID, models.AccountPayable))
	leadTo(destination)
	require.EqualValues(t, 3_000, s.payoutOf(t, s.pay(t, period), ann).AmountMinor)
}

// firstBatch gives the oldest batch there is.
func (s *stage) firstBatch(t *testing.T) models.PayoutBatch {
	t.Helper()
	var b models.PayoutBatch
	require.NoError(t, s.DB.Read(t.Context()).Order("id").First(&b).Error)
	return b
}

// The part that a debt left was given up and paid by a later batch; then the first transfer comes up after all. It is a debt,
// and the ledger holds: the part was kept from the debt once, and paid twice.
func TestATransferFoundLateOfAPartThatWasPaidAgain(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "400.00")
	period := s.CloseMonth()
	require.NoError(t, s.sim.Fund("gbp", 1_000_000))
	b := s.plan(t, period)
	s.execute(b)
	p := s.payoutOf(t, b, ann)
	require.EqualValues(t, 3_000, p.AmountMinor)
	s.sim.Script(stripesim.Fault{Kind: stripesim.DropBefore, Method: "POST", Path: "/v1/transfers", Count: 1})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	for range 2 {
		s.Clock.Advance(25 * time.Hour)
		require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	}
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "not there"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.EqualValues(t, 3_000, s.payoutOf(t, s.pay(t, period), ann).AmountMinor)
	require.EqualValues(t, -9_000, s.Balance(ann.ID, models.AccountPayable))
	s.Prove()

	late := s.transferFor(t, p, "tributary:late", p.AmountMinor)
	s.happens(t, transferEvent("transfer.created", late, p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, ann).State)
	require.EqualValues(t, -12_000, s.Balance(ann.ID, models.AccountPayable), "it was paid twice, and owes it")
	s.Prove()
	s.reverse(t, late, "1000")
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.PayoutStatePartlyReversed, s.payoutOf(t, b, ann).State)
	require.EqualValues(t, -11_000, s.Balance(ann.ID, models.AccountPayable))
}
