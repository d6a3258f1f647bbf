package notify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

// types lists what a caller reads of a log, all of it.
func types(t *testing.T, slice models.Slice[models.Event], err error) []string {
	t.Helper()
	require.NoError(t, err)
	found := []string{}
	for _, e := range slice.Rows {
		found = append(found, e.Type)
	}
	return found
}

// A partner joins, sells, is refunded and gets its statement: the merchant reads all of it, the partner its own.
func TestTheLogTellsWhatHappened(t *testing.T) {
	s := testkit.NewScene(t)
	ann := s.Enroll("ann", models.ID{})
	bob := s.Enroll("bob", models.ID{})
	sale := s.Sell("ann", "100.00")
	s.Sell("bob", "50.00")
	s.Accrue()
	s.Refund("back", sale, "40.00")
	s.CloseMonth()
	all := notify.After{Page: models.Page{Size: models.MaxPageSize}}
	slice, err := s.Notify.Events(t.Context(), s.Owner, s.Program.ID, all)
	require.Empty(t, types(t, slice, err), "nothing is seen before it has a number")
	require.NoError(t, s.Notify.Sweep(t.Context()))
	slice, err = s.Notify.Events(t.Context(), s.Owner, s.Program.ID, all)
	require.Equal(t, []string{"program.created", "plan.published", "enrollment.approved", "link.created", "enrollment.approved", "link.created",
		"conversion.recorded", "conversion.recorded", "commission.posted", "commission.posted", "refund.recorded", "commission.posted",
		"period.closed", "statement.ready", "statement.ready"}, types(t, slice, err))
	requireWhole(t, slice.Rows, 15)

	partner := access.Caller{Name: "user:ann", UserID: models.NewID(), PartnerID: ann.PartnerID}
	own := []string{"enrollment.approved", "link.created", "conversion.recorded", "commission.posted", "refund.recorded", "commission.posted", "statement.ready"}
	slice, err = s.Notify.EventsOf(t.Context(), partner, ann.ID, all)
	require.Equal(t, own, types(t, slice, err))
	merchants, err := s.Notify.EventsOf(t.Context(), s.Owner, ann.ID, all)
	require.NoError(t, err)
	require.Equal(t, slice.Rows, merchants.Rows)
	require.JSONEq(t, `{"periodId":"`+periodOf(t, s)+`","key":"2026-01","number":1,"opening":{"amount":"0.00","currencyCode":"GBP"},
		"lines":{"amount":"6.00","currencyCode":"GBP"},"closing":{"amount":"6.00","currencyCode":"GBP"}}`, slice.Rows[6].Data)

	_, err = s.Notify.Events(t.Context(), partner, s.Program.ID, all)
	require.ErrorIs(t, err, access.ErrForbidden)
	slice, err = s.Notify.EventsOf(t.Context(), partner, bob.ID, all)
	require.Empty(t, types(t, slice, err), "another partner's events do not exist")
}

func periodOf(t *testing.T, s *testkit.Scene) string {
	t.Helper()
	var p models.Period
	require.NoError(t, s.DB.Read(t.Context()).Where("program_id = ?", s.Program.ID).Take(&p).Error)
	return p.ID.Format(models.PrefixPeriod)
}

func TestTheLogIsReadFromAnyNumberBothWays(t *testing.T) {
	s := testkit.NewScene(t)
	require.NoError(t, emit(t, s.DB, s.Program.ID, 23)) // beside the program and its plan
	require.NoError(t, s.Notify.Number(t.Context()))
	read := func(after notify.After) ([]int64, bool) {
		slice, err := s.Notify.Events(t.Context(), s.Owner, s.Program.ID, after)
		require.NoError(t, err)
		numbers := make([]int64, len(slice.Rows))
		for i, e := range slice.Rows {
			numbers[i] = e.Number
		}
		return numbers, slice.HasMore
	}
	rows := logOf(t, s.DB, s.Program.ID)
	numbers, more := read(notify.After{Number: 20, Page: models.Page{Size: 3}})
	require.Equal(t, []int64{21, 22, 23}, numbers)
	require.True(t, more)
	numbers, more = read(notify.After{Number: 20, Page: models.Page{Size: 3, After: rows[22].ID}})
	require.Equal(t, []int64{24, 25}, numbers)
	require.False(t, more)
	numbers, more = read(notify.After{Number: 20, Page: models.Page{Size: 9, After: rows[23].ID, Backward: true}})
	require.Equal(t, []int64{21, 22, 23}, numbers)
	require.False(t, more)
	numbers, _ = read(notify.After{Number: 25})
	require.Empty(t, numbers)
	_, err := s.Notify.Events(t.Context(), s.Owner, s.Program.ID, notify.After{Number: -1})
	require.ErrorIs(t, err, notify.ErrNumber)
}

func TestEventsOfOthersDoNotExist(t *testing.T) {
	s := testkit.NewScene(t)
	require.NoError(t, s.Notify.Number(t.Context()))
	first := logOf(t, s.DB, s.Program.ID)[0]
	found, err := s.Notify.Event(t.Context(), s.Owner, first.ID)
	require.NoError(t, err)
	require.Equal(t, first, found)
	stranger := access.System("stranger", models.NewID())
	_, err = s.Notify.Event(t.Context(), stranger, first.ID)
	require.Equal(t, "EVENT_NOT_FOUND", fault.CodeOf(err))
	slice, err := s.Notify.Events(t.Context(), stranger, s.Program.ID, notify.After{})
	require.Empty(t, types(t, slice, err))
	_, err = s.Notify.Events(t.Context(), access.Caller{}, s.Program.ID, notify.After{})
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	_, err = s.Notify.EventsOf(t.Context(), access.Caller{Name: "apikey:1", MerchantID: s.Owner.MerchantID}, models.NewID(), notify.After{})
	require.ErrorIs(t, err, access.ErrForbidden)
}

// What is asked twice changes once, and is told once.
func TestWhatChangesNothingIsNoEvent(t *testing.T) {
	s := testkit.NewScene(t)
	ann := s.Enroll("ann", models.ID{})
	s.Sell("ann", "1.00")
	var link models.Link
	require.NoError(t, s.DB.Read(t.Context()).Where("enrollment_id = ?", ann.ID).Take(&link).Error)
	before := queued(t, s.DB)
	s.Do(func(tx *models.Tx) error {
		for _, active := range []bool{true, false, false} {
			if _, err := s.Programs.SetLinkActive(tx, s.Owner, link.ID, active); err != nil {
				return err
			}
		}
		_, err := s.Programs.UpdateEnrollment(tx, s.Owner, ann.ID, program.Change{})
		return err
	})
	require.Equal(t, before+1, queued(t, s.DB))
}
