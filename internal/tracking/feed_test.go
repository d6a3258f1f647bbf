package tracking_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// fed looks at the feed and gives the external ids of what is new.
func fed(t *testing.T, f *tracking.Feed) []string {
	t.Helper()
	rows, err := f.Next(t.Context())
	require.NoError(t, err)
	ids := []string{}
	for _, c := range rows {
		ids = append(ids, c.ExternalID)
	}
	return ids
}

// late writes a copy of a conversion under another id, as a transaction does that was open for long.
func late(s *testkit.Scene, sale, as string, id models.ID) {
	s.T.Helper()
	var c models.Conversion
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("external_id = ?", sale).Take(&c).Error)
	c.ID, c.RootID, c.ExternalID = id, id, as
	s.Do(func(tx *models.Tx) error { return tx.Create(&c).Error })
	s.LeaveOut(s.Program.ID, "a conversion is written behind the services' backs")
}

func TestAFeedGivesEveryConversionOnce(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "1.00")
	f := s.Tracking.Feed(s.Program.ID)
	require.Empty(t, fed(t, f), "what was there before is not new")
	early := models.NewID()
	first, second := s.Sell("ann", "2.00"), s.Sell("ann", "3.00")
	require.Equal(t, []string{first, second}, fed(t, f))
	require.Empty(t, fed(t, f))
	late(s, first, "late", early)
	third := s.Sell("ann", "4.00")
	require.Equal(t, []string{"late", third}, fed(t, f), "what is committed late is not lost")
	require.Empty(t, fed(t, f))
}

func TestAFeedThatIsFullGivesNothingTwice(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	f := s.Tracking.Feed(s.Program.ID)
	f.Limit(3)
	require.Empty(t, fed(t, f))
	var sold []string
	for range 5 {
		sold = append(sold, s.Sell("ann", "1.00"))
	}
	require.Equal(t, sold[2:], fed(t, f), "the newest")
	f.Limit(100)
	require.Empty(t, fed(t, f), "a later look does not go back behind an earlier one")
	next := s.Sell("ann", "1.00")
	require.Equal(t, []string{next}, fed(t, f))
}

func TestAPartnerHearsOfItsOwnConversions(t *testing.T) {
	s := testkit.NewScene(t)
	ann, ben := s.Enroll("ann", models.ID{}), s.Enroll("ben", models.ID{})
	ctx := t.Context()
	all, err := s.Tracking.Listen(ctx, s.Owner, s.Program.ID)
	require.NoError(t, err)
	own, err := s.Tracking.Listen(ctx, access.Caller{Name: "user:ann", PartnerID: ann.PartnerID}, s.Program.ID)
	require.NoError(t, err)
	for e, heard := range map[*models.ID]bool{&ann.ID: true, &ben.ID: false, nil: false} {
		require.True(t, all.Hears(models.Conversion{EnrollmentID: e}))
		require.Equal(t, heard, own.Hears(models.Conversion{EnrollmentID: e}))
	}
	for code, by := range map[string]access.Caller{"UNAUTHENTICATED": {}, "FORBIDDEN": {Name: "apikey:x", MerchantID: s.Owner.MerchantID}} {
		_, err := s.Tracking.Listen(ctx, by, s.Program.ID)
		require.ErrorContains(t, err, code)
	}
	for _, by := range []access.Caller{access.System("rival", models.NewID()), {Name: "user:eve", PartnerID: models.NewID()}} {
		_, err := s.Tracking.Listen(ctx, by, s.Program.ID)
		require.ErrorContains(t, err, "PROGRAM_NOT_FOUND")
	}
}
