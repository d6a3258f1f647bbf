package tree_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/internal/tree"
	"tributary/models"
)

// sellAt records a sale of the partner at an instant that may be ahead of the clock.
func sellAt(s *testkit.Scene, name string, at time.Time) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: name + at.String(), OccurredAt: at,
			Currency: "GBP", Amount: "10.00", LinkCode: "link-" + name})
		return err
	})
}

func setAt(s *testkit.Scene, child, sponsor models.ID, at time.Time) error {
	return models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		return tree.SetSponsor(tx, tree.Change{ProgramID: s.Program.ID, ChildID: child, SponsorID: sponsor, MaxDepth: 10, EffectiveAt: at})
	})
}

func TestAFirstSponsorDoesNotReachBackBehindWhatWasSold(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle := s.Enroll("top", models.ID{}), s.Enroll("middle", models.ID{})
	s.Enroll("seller", middle.ID)
	sold := s.Clock.Now()
	sellAt(s, "seller", sold)
	s.Clock.Advance(time.Hour)
	require.ErrorIs(t, setAt(s, middle.ID, top.ID, time.Unix(0, 0).UTC()), tree.ErrPriced, "middle was above the seller")
	require.ErrorIs(t, setAt(s, middle.ID, top.ID, sold), tree.ErrPriced)
	require.NoError(t, setAt(s, middle.ID, top.ID, sold.Add(time.Microsecond)))
	require.NoError(t, setAt(s, s.Enroll("new", models.ID{}).ID, top.ID, time.Unix(0, 0).UTC()), "nothing was sold from there")
}

// What a conversion was priced with must be found again in the edges, also where it is dated ahead of the clock.
func TestASponsorHoldsFromBehindWhatIsDatedAhead(t *testing.T) {
	s := testkit.NewScene(t)
	top, other := s.Enroll("top", models.ID{}), s.Enroll("other", models.ID{})
	seller := s.Enroll("seller", top.ID)
	ahead := s.Clock.Now().Add(3 * time.Hour)
	sellAt(s, "seller", ahead)
	s.Accrue()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.ChangeSponsor(tx, s.Owner, seller.ID, other.ID, "moved")
		return err
	})
	for at, want := range map[time.Time]models.ID{s.Clock.Now(): top.ID, ahead: top.ID, ahead.Add(time.Microsecond): other.ID} {
		chain, err := tree.Upline(s.DB.Read(t.Context()), seller.ID, at, 1)
		require.NoError(t, err)
		require.Equal(t, []models.ID{want}, chain, "at %s", at)
	}
	var back models.SponsorChange
	s.Do(func(tx *models.Tx) error {
		c, err := s.Programs.RequestSponsorChange(tx, s.Owner, program.SponsorRequest{EnrollmentID: seller.ID, SponsorID: top.ID, Reason: "back"})
		if err != nil {
			return err
		}
		by := s.Owner
		by.Name = "system:checker"
		back, err = s.Programs.ApproveSponsorChange(tx, by, c.ID, "")
		return err
	})
	require.Equal(t, models.SponsorChangeStateApproved, back.State, "the edge of three hours ahead stands in the way: it waits")
	s.Clock.Set(ahead.Add(time.Hour))
	require.NoError(t, s.Programs.ApplySponsorChanges(t.Context()))
	back, err := s.Programs.SponsorChange(t.Context(), s.Owner, back.ID)
	require.NoError(t, err)
	require.Equal(t, models.SponsorChangeStateApplied, back.State)
}
