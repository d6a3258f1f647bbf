package commission_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// send records an order of the seller's at an instant.
func send(s *testkit.Scene, id, amount string, at time.Time, metadata map[string]string) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: amount,
			OccurredAt: at, LinkCode: "link-seller", Metadata: metadata})
		return err
	})
}

// usedIn gives what a month's counter of the rule stands at.
func usedIn(s *testkit.Scene, month string) int64 {
	s.T.Helper()
	var rows []models.CapCounter
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("program_id = ? AND interval_key = ?", s.Program.ID, month).Find(&rows).Error)
	var minor int64
	for _, row := range rows {
		minor += row.UsedMinor
	}
	return minor
}

// A revision that cannot be priced leaves the lines with the one that they are made for: what is worked after it moves the
// counters of that one, whichever batches it falls into.
func TestARevisionThatStopsMovesNoCounter(t *testing.T) {
	february, march := date(2, 3, 9), date(3, 3, 9)
	free, pro := map[string]string{"plan": "free"}, map[string]string{"other": "x"}
	for name, accrues := range map[string][]bool{"in one batch": {false, false}, "a batch for each": {true, true}, "after the stop": {true, false}, "before the stop": {false, true}} {
		t.Run(name, func(t *testing.T) {
			s := testkit.NewScene(t)
			_, _, seller := family(s)
			rule := percent("sales", "", "10%")
			rule.Caps = []engine.CapSpec{{Per: "month", Amount: "50.00"}}
			s.Do(func(tx *models.Tx) error {
				_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "30%", Rules: []commission.RuleSpec{percent("pro", isPro, "20%"), rule}})
				return err
			})
			send(s, "a", "100.00", s.Clock.Now(), free)
			s.Accrue()
			require.EqualValues(t, 1000, usedIn(s, "2026-01"))
			s.Clock.Set(date(3, 20, 9))
			send(s, "a", "100.00", february, pro) // the plan is not told: its condition cannot be answered
			if accrues[0] {
				s.Accrue()
				require.Len(t, stalls(s), 1)
				require.EqualValues(t, 1000, usedIn(s, "2026-01"))
			}
			s.Refund("r", "a", "10.00") // it cannot be taken from what is not priced
			if accrues[1] {
				s.Accrue()
				require.EqualValues(t, 1000, usedIn(s, "2026-01"))
			}
			send(s, "a", "100.00", march, free)
			s.Accrue()
			require.Empty(t, stalls(s))
			require.EqualValues(t, 900, s.Balance(seller.ID, models.AccountAccrued))
			require.Zero(t, usedIn(s, "2026-01"))
			require.Zero(t, usedIn(s, "2026-02"))
			require.EqualValues(t, 900, usedIn(s, "2026-03"))
		})
	}
}

// What is too large to be scaled stops its own conversion and nothing else, and a further refund mends it.
func TestARefundThatCannotBeScaledStopsOneConversion(t *testing.T) {
	s := testkit.NewScene(t)
	top, _, seller := family(s)
	record(s, "x", "USD", "100.00", "1000000")
	s.Accrue()
	before := s.Balance(seller.ID, models.AccountAccrued)
	var c models.Conversion
	require.NoError(t, s.DB.Read(t.Context()).Where("external_id = ?", "x").Take(&c).Error)
	won := func(id string, minor int64) { // a dispute that was won, of a chargeback that nobody knows
		s.Do(func(tx *models.Tx) error {
			row := models.Refund{ID: models.NewID(), ProgramID: s.Program.ID, ConversionID: c.ID, Source: "api", ExternalID: id, OccurredAt: tx.Now, ReceivedAt: tx.Now,
				SourceAmountMinor: minor, AmountMinor: minor, Kind: models.RefundKindChargebackWon, Items: `[{"sku":"a","amountMinor":1}]`}
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			return tx.Create(&models.AccrualItem{ProgramID: s.Program.ID, Shard: int(seller.ID[15]) % tracking.Shards, ID: row.ID, RootID: c.ID, Kind: models.AccrualKindRefund}).Error
		})
	}
	const tooMuch = -(math.MaxInt64 - 100_000_000_000_000_00)
	won("w", tooMuch)
	s.Sell("seller", "100.00")
	s.Accrue()
	found := stalls(s)
	require.Len(t, found, 1)
	require.Equal(t, c.ID, found[0].RootID)
	require.Contains(t, found[0].Detail, "too large")
	require.EqualValues(t, before+1000, s.Balance(seller.ID, models.AccountAccrued), "the other conversions of its queue are priced")
	require.Empty(t, linesOf(s, models.CommissionKindRefund))

	won("corrected", -tooMuch)
	s.Accrue()
	require.Empty(t, stalls(s))
	require.EqualValues(t, before+1000, s.Balance(seller.ID, models.AccountAccrued))
	require.Positive(t, s.Balance(top.ID, models.AccountAccrued))
}

// A restatement that only a refund lets through is a restatement: it moves what it uses to its own month.
func TestARefundLetsAStoppedRevisionThrough(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules[0].Caps = []engine.CapSpec{{Per: "month", Scope: "program", Amount: "90000000000000000.00"}}
	})
	seller := s.Enroll("seller", models.ID{})
	send(s, "x", "100.00", s.Clock.Now(), nil)
	s.Accrue()
	require.EqualValues(t, 1000, usedIn(s, "2026-01"))
	var c models.Conversion
	require.NoError(t, s.DB.Read(t.Context()).Where("external_id = ?", "x").Take(&c).Error)
	put := func(id string, minor int64) {
		s.Do(func(tx *models.Tx) error {
			return tx.Create(&models.Refund{ID: models.NewID(), ProgramID: s.Program.ID, ConversionID: c.ID, Source: "api", ExternalID: id, OccurredAt: tx.Now, ReceivedAt: tx.Now,
				SourceAmountMinor: minor, AmountMinor: minor, Kind: models.RefundKindChargebackWon}).Error
		})
	}
	s.Clock.Set(date(2, 3, 9))
	put("w", -(math.MaxInt64 - 100_000_000_000_000_00))
	send(s, "x", "90000000000000.00", s.Clock.Now(), nil)
	s.Accrue()
	require.Len(t, stalls(s), 1)
	s.Clock.Advance(time.Hour)
	s.Refund("back", "x", "1.00")
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Refund{}).Where("external_id = ?", "back").Update("source_amount_minor", int64(math.MaxInt64-100_000_000_000_000_00)).Error
	})
	s.Accrue()
	require.Empty(t, stalls(s))
	require.EqualValues(t, 900_000_000_000_000, s.Balance(seller.ID, models.AccountAccrued))
	require.Zero(t, usedIn(s, "2026-01"))
	require.EqualValues(t, 900_000_000_000_000, usedIn(s, "2026-02"))
	require.Len(t, linesOf(s, models.CommissionKindRestate), 1)
}
