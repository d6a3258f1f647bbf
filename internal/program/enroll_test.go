package program_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/tree"
	"tributary/models"
)

func TestEnroll(t *testing.T) {
	s := newScene(t)
	ann := s.mustEnroll(program.EnrollInput{Email: " Ann@Example.com", ExternalID: "crm-1", GroupCode: "gold", Code: "Ann_1", Country: "CZ"})
	require.Equal(t, models.EnrollmentStatusActive, ann.Status)
	require.Equal(t, "Ann_1", ann.Code)
	require.Equal(t, "system:owner", ann.DecidedBy)
	require.NotNil(t, ann.GroupID)

	bob := s.mustEnroll(program.EnrollInput{Email: "bob@example.com", SponsorID: ann.ID})
	require.Len(t, bob.Code, 10)
	chain, err := tree.Upline(s.db.Read(t.Context()), bob.ID, s.db.Now(), 10)
	require.NoError(t, err)
	require.Equal(t, []models.ID{ann.ID}, chain)

	read, err := s.service.Enrollment(t.Context(), s.owner, ann.ID)
	require.NoError(t, err)
	require.Equal(t, "crm-1", *read.ExternalID)
	lower := s.mustEnroll(program.EnrollInput{Email: "low@example.com", Code: "ann_1"})
	require.Equal(t, "ann_1", lower.Code, "codes are case-exact")
}

func TestEnrollRefuses(t *testing.T) {
	s := newScene(t)
	s.mustEnroll(program.EnrollInput{Email: "ann@example.com", ExternalID: "crm-1", Code: "ann"})
	foreign := must(t, s.db, func(tx *models.Tx) (models.Enrollment, error) {
		p, err := s.service.Apply(tx, s.stranger, spec())
		if err != nil {
			return models.Enrollment{}, err
		}
		return s.service.Enroll(tx, s.stranger, program.EnrollInput{ProgramID: p.ID, Email: "far@example.com", Name: "Far"})
	})
	for name, c := range map[string]struct {
		field, code string
		in          program.EnrollInput
	}{
		"address":         {"email", "EMAIL_INVALID", program.EnrollInput{Email: "nobody"}},
		"name":            {"name", "NAME_TOO_LONG", program.EnrollInput{Name: strings.Repeat("n", 201)}},
		"country":         {"country", "COUNTRY_INVALID", program.EnrollInput{Country: "cz"}},
		"external id":     {"externalId", "EXTERNAL_ID_INVALID", program.EnrollInput{ExternalID: strings.Repeat("x", 191)}},
		"same external":   {"externalId", "EXTERNAL_ID_TAKEN", program.EnrollInput{ExternalID: "crm-1"}},
		"same partner":    {"", "PARTNER_ENROLLED", program.EnrollInput{Email: "ANN@example.com"}},
		"same code":       {"code", "CODE_TAKEN", program.EnrollInput{Code: "ann"}},
		"short code":      {"code", "CODE_INVALID", program.EnrollInput{Code: "ab"}},
		"odd code":        {"code", "CODE_INVALID", program.EnrollInput{Code: "ab/c"}},
		"group":           {"groupCode", "GROUP_NOT_FOUND", program.EnrollInput{GroupCode: "GOLD"}},
		"unknown sponsor": {"sponsorId", "ENROLLMENT_NOT_FOUND", program.EnrollInput{SponsorID: models.NewID()}},
		"foreign sponsor": {"sponsorId", "ENROLLMENT_NOT_FOUND", program.EnrollInput{SponsorID: foreign.ID}},
		"foreign program": {"", "PROGRAM_NOT_FOUND", program.EnrollInput{ProgramID: foreign.ProgramID}},
		"unknown program": {"", "PROGRAM_NOT_FOUND", program.EnrollInput{ProgramID: models.NewID()}},
	} {
		if c.in.Email == "" {
			c.in.Email = "new@example.com"
		}
		_, err := s.enroll(c.in)
		requireCode(t, c.code, err, name)
		require.Equal(t, c.field, fault.FieldOf(err), name)
	}
	var n int64
	require.NoError(t, s.db.Read(t.Context()).Model(&models.Partner{}).Where("email = ?", "new@example.com").Count(&n).Error)
	require.Zero(t, n, "a refused enrollment leaves no partner")
}

func TestEnrollStopsAtTheProgramsDepth(t *testing.T) {
	s := newScene(t) // three levels
	var sponsor models.ID
	for i, email := range []string{"a@x.cz", "b@x.cz", "c@x.cz", "d@x.cz"} {
		e := s.mustEnroll(program.EnrollInput{Email: email, SponsorID: sponsor})
		require.NotZero(t, e.ID, "level %d", i)
		sponsor = e.ID
	}
	_, err := s.enroll(program.EnrollInput{Email: "e@x.cz", SponsorID: sponsor})
	require.ErrorIs(t, err, tree.ErrTooDeep)
}

func TestParallelEnrollmentsOfANewPartner(t *testing.T) {
	s := newScene(t)
	var done sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		done.Go(func() {
			results[i] = models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
				_, err := s.service.Enroll(tx, s.owner, program.EnrollInput{ProgramID: s.program.ID, Email: "new@example.com", Name: "New"})
				return err
			})
		})
	}
	done.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, program.ErrEnrolled)
	}
	require.Equal(t, 1, made, errors.Join(results...))
}

func TestJoinAndDecide(t *testing.T) {
	s := newScene(t)
	ann, bob := s.mustSignUp("ann@example.com"), s.mustSignUp("bob@example.com")
	join := func(by access.Caller) (models.Enrollment, error) {
		return try(t, s.db, func(tx *models.Tx) (models.Enrollment, error) {
			return s.service.Join(tx, by, s.program.ID, models.ID{})
		})
	}
	decide := func(by access.Caller, id models.ID, approve bool) (models.Enrollment, error) {
		return try(t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.Decide(tx, by, id, approve) })
	}
	first, err := join(ann)
	require.NoError(t, err)
	require.Equal(t, models.EnrollmentStatusPending, first.Status)
	_, err = join(ann)
	require.ErrorIs(t, err, program.ErrEnrolled)
	second, err := join(bob)
	require.NoError(t, err)

	_, err = try(t, s.db, func(tx *models.Tx) (models.Link, error) {
		return s.service.CreateLink(tx, ann, program.CreateLinkInput{EnrollmentID: first.ID, DestinationURL: "https://example.com"})
	})
	require.ErrorIs(t, err, program.ErrNotActive)

	_, err = decide(s.stranger, first.ID, true)
	requireCode(t, "ENROLLMENT_NOT_FOUND", err)
	_, err = decide(ann, first.ID, true)
	requireCode(t, "FORBIDDEN", err)
	_, err = decide(access.Caller{}, first.ID, true)
	requireCode(t, "UNAUTHENTICATED", err)
	first, err = decide(s.owner, first.ID, true)
	require.NoError(t, err)
	require.Equal(t, models.EnrollmentStatusActive, first.Status)
	second, err = decide(s.owner, second.ID, false)
	require.NoError(t, err)
	require.Equal(t, models.EnrollmentStatusDeclined, second.Status)
	for _, id := range []models.ID{first.ID, second.ID} {
		_, err = decide(s.owner, id, true)
		require.ErrorIs(t, err, program.ErrNotPending)
	}

	_, err = join(s.owner)
	requireCode(t, "FORBIDDEN", err)
	_, err = try(t, s.db, func(tx *models.Tx) (models.Enrollment, error) {
		return s.service.Join(tx, ann, models.NewID(), models.ID{})
	})
	requireCode(t, "PROGRAM_NOT_FOUND", err)
	_, err = s.apply(s.owner, func(w *program.Spec) { w.AutoApprove = true })
	require.NoError(t, err)
	auto, err := join(s.mustSignUp("cid@example.com"))
	require.NoError(t, err)
	require.Equal(t, models.EnrollmentStatusActive, auto.Status)
}

func TestChangeSponsor(t *testing.T) {
	s := newScene(t)
	a := s.mustEnroll(program.EnrollInput{Email: "a@x.cz"})
	b := s.mustEnroll(program.EnrollInput{Email: "b@x.cz"})
	c := s.mustEnroll(program.EnrollInput{Email: "c@x.cz", SponsorID: a.ID})
	change := func(by access.Caller, id, sponsor models.ID, reason string) error {
		_, err := try(t, s.db, func(tx *models.Tx) (models.SponsorChange, error) {
			return s.service.ChangeSponsor(tx, by, id, sponsor, reason)
		})
		return err
	}
	requireCode(t, "REASON_TOO_LONG", change(s.owner, c.ID, b.ID, strings.Repeat("r", 201)))
	requireCode(t, "ENROLLMENT_NOT_FOUND", change(s.stranger, c.ID, b.ID, "moved"))
	requireCode(t, "ENROLLMENT_NOT_FOUND", change(s.owner, c.ID, models.NewID(), "moved"))
	requireCode(t, "SPONSOR_CYCLE", change(s.owner, a.ID, c.ID, "moved"))
	require.NoError(t, change(s.owner, c.ID, b.ID, strings.Repeat("ř", 200)))
	for _, want := range []struct {
		back    bool
		sponsor models.ID
	}{{true, a.ID}, {false, b.ID}} {
		when := s.db.Now()
		if want.back {
			when = when.Add(-1000)
		}
		chain, err := tree.Upline(s.db.Read(t.Context()), c.ID, when, 10)
		require.NoError(t, err)
		require.Equal(t, []models.ID{want.sponsor}, chain)
	}
}
