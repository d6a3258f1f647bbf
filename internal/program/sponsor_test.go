package program_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/internal/tree"
	"tributary/models"
)

// family is a scene in which cid was recruited by ann; bea may become its sponsor.
type family struct {
	*scene
	ann, bea, cid models.Enrollment
	partner       access.Caller // cid's
	checker       access.Caller
	key           access.Caller
}

func newFamily(t *testing.T) *family {
	f := &family{scene: newScene(t)}
	f.partner = f.mustSignUp("cid@x.cz")
	f.ann, f.bea = f.mustEnroll(program.EnrollInput{Email: "ann@x.cz"}), f.mustEnroll(program.EnrollInput{Email: "bea@x.cz"})
	f.cid = f.mustEnroll(program.EnrollInput{Email: "cid@x.cz", SponsorID: f.ann.ID})
	f.checker = access.System("checker", f.merchant.ID)
	text := must(t, f.db, func(tx *models.Tx) (string, error) {
		_, text, err := f.access.CreateAPIKey(tx, f.owner, access.APIKeyInput{Name: "server", Scopes: []access.Scope{access.PartnersWrite}})
		return text, err
	})
	var err error
	f.key, err = f.access.Authenticate(t.Context(), text)
	require.NoError(t, err)
	return f
}

func (f *family) ask(by access.Caller, in program.SponsorRequest) (models.SponsorChange, error) {
	f.t.Helper()
	if in.EnrollmentID.IsZero() {
		in.EnrollmentID = f.cid.ID
	}
	if in.SponsorID.IsZero() && in.SponsorCode == "" {
		in.SponsorID = f.bea.ID
	}
	if in.Reason == "" {
		in.Reason = "moved"
	}
	return try(f.t, f.db, func(tx *models.Tx) (models.SponsorChange, error) { return f.service.RequestSponsorChange(tx, by, in) })
}

func (f *family) mustAsk(by access.Caller, in program.SponsorRequest) models.SponsorChange {
	f.t.Helper()
	c, err := f.ask(by, in)
	require.NoError(f.t, err)
	return c
}

func (f *family) approve(by access.Caller, id models.ID) (models.SponsorChange, error) {
	return try(f.t, f.db, func(tx *models.Tx) (models.SponsorChange, error) {
		return f.service.ApproveSponsorChange(tx, by, id, "fine")
	})
}

func (f *family) decline(by access.Caller, id models.ID, reason string) (models.SponsorChange, error) {
	return try(f.t, f.db, func(tx *models.Tx) (models.SponsorChange, error) {
		return f.service.DeclineSponsorChange(tx, by, id, reason)
	})
}

func (f *family) cancel(by access.Caller, id models.ID) (models.SponsorChange, error) {
	return try(f.t, f.db, func(tx *models.Tx) (models.SponsorChange, error) { return f.service.CancelSponsorChange(tx, by, id) })
}

// stored reads a change and requires it to be what was answered.
func (f *family) stored(answer models.SponsorChange) models.SponsorChange {
	f.t.Helper()
	c, err := f.service.SponsorChange(f.t.Context(), f.owner, answer.ID)
	require.NoError(f.t, err)
	require.Equal(f.t, answer, c)
	return c
}

func (f *family) sponsorAt(id models.ID, at time.Time) models.ID {
	f.t.Helper()
	chain, err := tree.Upline(f.db.Read(f.t.Context()), id, at, 1)
	require.NoError(f.t, err)
	if len(chain) == 0 {
		return models.ID{}
	}
	return chain[0]
}

func TestAChangeForNowIsAppliedWhenItIsApproved(t *testing.T) {
	f := newFamily(t)
	c := f.stored(f.mustAsk(f.owner, program.SponsorRequest{SponsorCode: f.bea.Code}))
	require.Equal(t, models.SponsorChangeStateRequested, c.State)
	require.Equal(t, f.ann.ID, f.sponsorAt(f.cid.ID, f.db.Now()), "asking changes nothing")
	f.clock.Advance(time.Hour)
	c, err := f.approve(f.checker, c.ID)
	require.NoError(t, err)
	c = f.stored(c)
	require.Equal(t, models.SponsorChangeStateApplied, c.State)
	require.Nil(t, c.OpenChildID)
	require.Equal(t, f.db.Now(), *c.AppliedAt)
	require.Equal(t, f.bea.ID, f.sponsorAt(f.cid.ID, f.db.Now()))
	require.Equal(t, f.ann.ID, f.sponsorAt(f.cid.ID, f.db.Now().Add(-time.Microsecond)), "it holds from the approval, not from the request")

	history, err := f.service.SponsorHistory(t.Context(), f.owner, f.cid.ID, models.Page{})
	require.NoError(t, err)
	require.Len(t, history.Rows, 2)
	require.Equal(t, f.checker.Name, history.Rows[1].Actor)
	require.Equal(t, "moved", history.Rows[1].Reason)
	_, err = f.service.SponsorHistory(t.Context(), f.stranger, f.cid.ID, models.Page{})
	requireCode(t, "ENROLLMENT_NOT_FOUND", err)
	_, err = f.service.SponsorHistory(t.Context(), f.partner, f.cid.ID, models.Page{})
	requireCode(t, "FORBIDDEN", err)
}

func TestAChangeForLaterIsAppliedWhenItsInstantComes(t *testing.T) {
	f := newFamily(t)
	due := f.db.Now().Add(48 * time.Hour)
	c, err := f.approve(f.checker, f.mustAsk(f.owner, program.SponsorRequest{EffectiveAt: due}).ID)
	require.NoError(t, err)
	require.Equal(t, models.SponsorChangeStateApproved, f.stored(c).State)
	f.clock.Set(due.Add(-time.Microsecond))
	require.NoError(t, f.service.ApplySponsorChanges(t.Context()))
	f.stored(c)
	f.clock.Set(due.Add(time.Minute))
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			if err := f.service.ApplySponsorChanges(f.t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	c, err = f.service.SponsorChange(t.Context(), f.owner, c.ID)
	require.NoError(t, err)
	require.Equal(t, models.SponsorChangeStateApplied, c.State)
	require.Equal(t, f.bea.ID, f.sponsorAt(f.cid.ID, f.db.Now()))
	require.Equal(t, f.ann.ID, f.sponsorAt(f.cid.ID, due), "what was priced since it was due used the old sponsor")
	history, err := f.service.SponsorHistory(t.Context(), f.owner, f.cid.ID, models.Page{})
	require.NoError(t, err)
	require.Len(t, history.Rows, 2, "however many workers apply it")
}

func TestAChangeThatBecameImpossibleIsRefusedForAllToSee(t *testing.T) {
	f := newFamily(t)
	due := f.db.Now().Add(time.Hour)
	c, err := f.approve(f.checker, f.mustAsk(f.owner, program.SponsorRequest{EffectiveAt: due}).ID)
	require.NoError(t, err)
	_, err = f.approve(f.checker, f.mustAsk(f.owner, program.SponsorRequest{EnrollmentID: f.bea.ID, SponsorID: f.cid.ID}).ID)
	require.NoError(t, err)
	f.clock.Set(due)
	require.NoError(t, f.service.ApplySponsorChanges(t.Context()))
	c, err = f.service.SponsorChange(t.Context(), f.owner, c.ID)
	require.NoError(t, err)
	require.Equal(t, models.SponsorChangeStateRefused, c.State)
	require.Equal(t, "SPONSOR_CYCLE", c.RefusalCode)
	require.NotEmpty(t, c.Refusal)
	require.Nil(t, c.AppliedAt)
	require.Equal(t, f.ann.ID, f.sponsorAt(f.cid.ID, f.db.Now()))
	f.mustAsk(f.owner, program.SponsorRequest{SponsorID: f.mustEnroll(program.EnrollInput{Email: "dan@x.cz"}).ID})
}

func TestRequestsOfSponsorsAreRefused(t *testing.T) {
	f := newFamily(t)
	now := f.db.Now()
	for name, c := range map[string]struct {
		by   access.Caller
		in   program.SponsorRequest
		code string
	}{
		"the past":       {f.owner, program.SponsorRequest{EffectiveAt: now.Add(-time.Microsecond)}, "SPONSOR_CHANGE_PAST"},
		"too far":        {f.owner, program.SponsorRequest{EffectiveAt: now.AddDate(0, 0, 366).Add(time.Microsecond)}, "SPONSOR_CHANGE_TOO_FAR"},
		"itself":         {f.owner, program.SponsorRequest{SponsorID: f.cid.ID}, "SPONSOR_SELF"},
		"the same":       {f.owner, program.SponsorRequest{SponsorID: f.ann.ID}, "SPONSOR_SAME"},
		"a cycle":        {f.owner, program.SponsorRequest{EnrollmentID: f.ann.ID, SponsorID: f.cid.ID}, "SPONSOR_CYCLE"},
		"nobody":         {f.owner, program.SponsorRequest{SponsorID: models.NewID()}, "ENROLLMENT_NOT_FOUND"},
		"no code":        {f.owner, program.SponsorRequest{SponsorCode: "nobody"}, "ENROLLMENT_NOT_FOUND"},
		"no reason":      {f.owner, program.SponsorRequest{Reason: " "}, "REASON_MISSING"},
		"a long reason":  {f.owner, program.SponsorRequest{Reason: strings.Repeat("r", 201)}, "REASON_TOO_LONG"},
		"another tenant": {f.stranger, program.SponsorRequest{}, "ENROLLMENT_NOT_FOUND"},
		"another's own":  {f.partner, program.SponsorRequest{EnrollmentID: f.ann.ID}, "ENROLLMENT_NOT_FOUND"},
		"nobody at all":  {access.Caller{}, program.SponsorRequest{}, "UNAUTHENTICATED"},
	} {
		_, err := f.ask(c.by, c.in)
		requireCode(t, c.code, err, name)
	}
	deep := f.cid.ID
	for _, email := range []string{"d@x.cz", "e@x.cz"} {
		deep = f.mustEnroll(program.EnrollInput{Email: email, SponsorID: deep}).ID
	}
	_, err := f.ask(f.owner, program.SponsorRequest{EnrollmentID: f.bea.ID, SponsorID: deep})
	requireCode(t, "SPONSOR_TOO_DEEP", err)
	f.mustAsk(f.owner, program.SponsorRequest{EffectiveAt: now.AddDate(0, 0, 366)})
}

func TestWhoDecides(t *testing.T) {
	f := newFamily(t)
	decides := func(by access.Caller, c models.SponsorChange, code string) {
		t.Helper()
		_, err := f.approve(by, c.ID)
		requireCode(t, code, err)
		_, err = f.decline(by, c.ID, "no")
		requireCode(t, code, err)
	}
	c := f.mustAsk(f.owner, program.SponsorRequest{})
	decides(f.owner, c, "REQUESTER_IS_APPROVER")
	decides(f.key, c, "APPROVER_NOT_A_PERSON")
	decides(f.partner, c, "FORBIDDEN")
	decides(f.stranger, c, "SPONSOR_CHANGE_NOT_FOUND")
	_, err := f.decline(f.checker, c.ID, " ")
	requireCode(t, "REASON_MISSING", err)
	_, err = f.cancel(f.partner, c.ID)
	requireCode(t, "FORBIDDEN", err, "the merchant asked")
	_, err = f.cancel(f.stranger, c.ID)
	requireCode(t, "SPONSOR_CHANGE_NOT_FOUND", err)
	c, err = f.decline(f.checker, c.ID, " no ")
	require.NoError(t, err)
	require.Equal(t, "no", f.stored(c).DecisionReason)
	decides(f.checker, c, "SPONSOR_CHANGE_STATE")
	_, err = f.cancel(f.owner, c.ID)
	requireCode(t, "SPONSOR_CHANGE_STATE", err)

	own := f.mustAsk(f.key, program.SponsorRequest{})
	decides(f.key, own, "REQUESTER_IS_APPROVER")
	decides(f.owner, own, "REQUESTER_IS_APPROVER") // it made the key
	_, err = f.cancel(f.owner, own.ID)
	require.NoError(t, err)

	wish := f.mustAsk(f.partner, program.SponsorRequest{EffectiveAt: f.db.Now().Add(time.Hour)})
	require.True(t, wish.ByPartner)
	wish, err = f.approve(f.key, wish.ID)
	require.NoError(t, err)
	wish, err = f.cancel(f.partner, wish.ID)
	require.NoError(t, err, "approved, and not applied yet")
	f.clock.Advance(2 * time.Hour)
	require.NoError(t, f.service.ApplySponsorChanges(t.Context()))
	require.Equal(t, models.SponsorChangeStateCanceled, f.stored(wish).State)
	require.Equal(t, f.ann.ID, f.sponsorAt(f.cid.ID, f.db.Now()))
}

func TestOneChangeOfAnEnrollmentIsOpen(t *testing.T) {
	f := newFamily(t)
	const people = 8
	errs := make([]error, people)
	var done sync.WaitGroup
	for i := range people {
		done.Go(func() { _, errs[i] = f.ask(f.owner, program.SponsorRequest{EffectiveAt: f.db.Now().Add(time.Hour)}) })
	}
	done.Wait()
	taken := 0
	for _, err := range errs {
		if err == nil {
			taken++
			continue
		}
		requireCode(t, "SPONSOR_CHANGE_OPEN", err)
	}
	require.Equal(t, 1, taken)
	_, err := try(t, f.db, func(tx *models.Tx) (models.SponsorChange, error) {
		return f.service.ChangeSponsor(tx, f.owner, f.cid.ID, f.bea.ID, "at once")
	})
	requireCode(t, "SPONSOR_CHANGE_OPEN", err)

	open, err := f.service.SponsorChanges(t.Context(), f.owner, f.program.ID, models.SponsorChangeStateRequested, models.Page{})
	require.NoError(t, err)
	require.Len(t, open.Rows, 1)
	for i := range people {
		done.Go(func() {
			if i%2 == 0 {
				_, errs[i] = f.approve(f.checker, open.Rows[0].ID)
			} else {
				_, errs[i] = f.decline(f.checker, open.Rows[0].ID, "no")
			}
		})
	}
	done.Wait()
	decided := 0
	for _, err := range errs {
		if err == nil {
			decided++
			continue
		}
		requireCode(t, "SPONSOR_CHANGE_STATE", err)
	}
	require.Equal(t, 1, decided)
}

func TestAChangeAtOnceLeavesARecord(t *testing.T) {
	f := newFamily(t)
	change := func(by access.Caller, sponsor models.ID) (models.SponsorChange, error) {
		return try(t, f.db, func(tx *models.Tx) (models.SponsorChange, error) {
			return f.service.ChangeSponsor(tx, by, f.cid.ID, sponsor, "at once")
		})
	}
	_, err := change(f.key, f.bea.ID)
	requireCode(t, "FORBIDDEN", err)
	_, err = change(f.owner, f.ann.ID)
	requireCode(t, "SPONSOR_SAME", err)
	none, err := f.service.SponsorChanges(t.Context(), f.owner, f.program.ID, "", models.Page{})
	require.NoError(t, err)
	require.Empty(t, none.Rows, "what is refused leaves nothing")
	c, err := change(f.owner, f.bea.ID)
	require.NoError(t, err)
	c = f.stored(c)
	require.Equal(t, models.SponsorChangeStateApplied, c.State)
	require.Equal(t, []string{f.owner.Name, f.owner.Name}, []string{c.RequestedBy, c.DecidedBy})
	mine, err := f.service.SponsorChanges(t.Context(), f.partner, f.program.ID, "", models.Page{})
	require.NoError(t, err)
	require.Equal(t, []models.SponsorChange{c}, mine.Rows, "the partner sees its own")
	others, err := f.service.SponsorChanges(t.Context(), f.stranger, f.program.ID, "", models.Page{})
	require.NoError(t, err)
	require.Empty(t, others.Rows)
}
