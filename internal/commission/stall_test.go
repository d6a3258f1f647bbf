package commission_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// planned publishes a plan that holds from now on.
func planned(s *testkit.Scene, rules ...commission.RuleSpec) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "30%",
			Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}}, Rules: rules})
		return err
	})
}

func percent(id, when, percent string) commission.RuleSpec {
	return commission.RuleSpec{ID: id, When: when, RewardSpec: commission.RewardSpec{Percent: percent}}
}

// order sends an order of 100.00 through the seller's link.
func order(s *testkit.Scene, id string, metadata map[string]string) models.Conversion {
	s.T.Helper()
	var r tracking.ConversionResult
	s.Do(func(tx *models.Tx) (err error) {
		r, err = s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: "100.00",
			OccurredAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), LinkCode: "link-seller", Metadata: metadata})
		return err
	})
	return r.Conversion
}

func stalls(s *testkit.Scene) []models.StalledConversion {
	s.T.Helper()
	found, err := s.Commission.Stalls(s.T.Context(), s.Owner, s.Program.ID, models.Page{})
	require.NoError(s.T, err)
	return found.Rows
}

func retry(s *testkit.Scene, by access.Caller, id models.ID) error {
	return models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		_, err := s.Commission.RetryConversion(tx, by, s.Tracking, id)
		return err
	})
}

const isPro = `order.metadata["plan"] == "pro"`

// A condition that cannot be answered stops its own conversion, where everybody who may can see it, and nothing else.
func TestAConditionThatCannotBeAnsweredStopsOneConversion(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	planned(s, percent("pro", isPro, "20%"), percent("sales", "", "10%"))
	order(s, "a", map[string]string{"plan": "pro"})
	b := order(s, "b", nil)
	order(s, "c", map[string]string{"plan": "free"})
	s.Accrue()
	require.EqualValues(t, 3000, s.Balance(seller.ID, models.AccountAccrued))
	found := stalls(s)
	require.Len(t, found, 1)
	require.Equal(t, b.ID, found[0].RootID)
	require.Equal(t, "pro", found[0].RuleID)
	require.Equal(t, "no such key: plan", found[0].Detail)
	require.Equal(t, s.Clock.Now(), found[0].StalledAt)

	s.Clock.Advance(time.Hour)
	s.Refund("r", "b", "40.00")
	s.Accrue()
	require.Len(t, stalls(s), 1, "a refund of what was not priced mends nothing")
	require.EqualValues(t, 3000, s.Balance(seller.ID, models.AccountAccrued))

	order(s, "b", map[string]string{"plan": "pro"})
	s.Accrue()
	require.Empty(t, stalls(s))
	require.EqualValues(t, 3000+1200, s.Balance(seller.ID, models.AccountAccrued), "20 % of the 60.00 that are left")
}

// One revision may stop and the next be priced in one batch, in either order.
func TestARevisionOfTheSameBatchMendsOrBreaks(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	planned(s, percent("pro", isPro, "20%"), percent("sales", "", "10%"))
	order(s, "a", nil)
	order(s, "a", map[string]string{"plan": "pro"})
	s.Accrue()
	require.Empty(t, stalls(s))
	require.EqualValues(t, 2000, s.Balance(seller.ID, models.AccountAccrued))
	earned := linesOf(s, models.CommissionKindEarned)
	require.NotNil(t, earned[0].CauseID, "the revision that was priced is named, since it is not the first")

	order(s, "b", nil)
	order(s, "b", map[string]string{"other": "x"})
	s.Accrue()
	require.Len(t, stalls(s), 1)
	require.EqualValues(t, 2000, s.Balance(seller.ID, models.AccountAccrued))

	order(s, "a", nil)
	s.Accrue()
	require.Len(t, stalls(s), 2, "a restatement may stop as well")
	require.EqualValues(t, 2000, s.Balance(seller.ID, models.AccountAccrued), "and what was priced before it stands")
}

// Whoever mended the cause has the conversion priced again, with what was refunded meanwhile.
func TestAConversionIsTriedAgain(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	planned(s, percent("gold", `"gold" in partner.tags && order.metadata["plan"] == "pro"`, "20%"), percent("sales", "", "10%"))
	tag := func(tags ...string) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Programs.UpdateEnrollment(tx, s.Owner, seller.ID, program.Change{Tags: &tags})
			return err
		})
	}
	tag("gold")
	c := order(s, "a", nil)
	s.Accrue()
	s.Refund("r", "a", "50.00")
	s.Accrue()
	require.Len(t, stalls(s), 1)

	stranger := access.System("rival", models.NewID())
	require.Equal(t, "CONVERSION_NOT_FOUND", fault.CodeOf(retry(s, stranger, c.ID)))
	require.NoError(t, retry(s, s.Owner, c.ID))
	s.Accrue()
	require.Len(t, stalls(s), 1, "nothing is mended yet")

	tag("silver")
	require.NoError(t, retry(s, s.Owner, c.ID))
	require.ErrorIs(t, retry(s, s.Owner, c.ID), commission.ErrNotStalled)
	require.Empty(t, stalls(s))
	s.Accrue()
	require.EqualValues(t, 500, s.Balance(seller.ID, models.AccountAccrued))
	refund := linesOf(s, models.CommissionKindRefund)
	require.Len(t, refund, 3)
	var r models.Refund
	require.NoError(t, s.DB.Read(t.Context()).Take(&r).Error)
	require.Equal(t, r.ID, *refund[0].CauseID)
	require.ErrorIs(t, retry(s, s.Owner, c.ID), commission.ErrNotStalled)
	s.Accrue()
	require.EqualValues(t, 500, s.Balance(seller.ID, models.AccountAccrued))
}

// A restatement that stopped is tried again as such.
func TestARestatementIsTriedAgain(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	planned(s, percent("pro", isPro, "20%"), percent("sales", "", "10%"))
	c := order(s, "a", map[string]string{"plan": "pro"})
	s.Accrue()
	order(s, "a", nil)
	s.Refund("r", "a", "50.00")
	s.Accrue()
	require.Len(t, stalls(s), 1)
	require.NoError(t, retry(s, s.Owner, c.ID))
	s.Accrue()
	require.Len(t, stalls(s), 1)
	order(s, "a", map[string]string{"plan": "free"})
	s.Accrue()
	require.Empty(t, stalls(s))
	require.EqualValues(t, 500, s.Balance(seller.ID, models.AccountAccrued))
}
