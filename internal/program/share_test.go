package program_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

func (s *scene) link(by access.Caller, in program.CreateLinkInput) (models.Link, error) {
	s.t.Helper()
	return try(s.t, s.db, func(tx *models.Tx) (models.Link, error) { return s.service.CreateLink(tx, by, in) })
}

func (s *scene) coupon(by access.Caller, enrollment models.ID, code string) (models.Coupon, error) {
	s.t.Helper()
	return try(s.t, s.db, func(tx *models.Tx) (models.Coupon, error) {
		return s.service.CreateCoupon(tx, by, program.CreateCouponInput{EnrollmentID: enrollment, Code: code})
	})
}

func TestLinksAndCoupons(t *testing.T) {
	s := newScene(t)
	ann := s.mustEnroll(program.EnrollInput{Email: "ann@example.com"})
	bob := s.mustEnroll(program.EnrollInput{Email: "bob@example.com"})
	made, err := s.link(s.owner, program.CreateLinkInput{EnrollmentID: ann.ID, DestinationURL: "https://example.com/a?b=c#d"})
	require.NoError(t, err)
	require.Len(t, made.Code, 10)
	require.True(t, made.Active)
	require.Equal(t, "https://example.com/a?b=c#d", made.DestinationURL)

	for _, code := range []string{"Summer", "summer"} {
		_, err := s.link(s.owner, program.CreateLinkInput{EnrollmentID: ann.ID, DestinationURL: "https://example.com", Code: code})
		require.NoError(t, err)
	}
	_, err = s.link(s.owner, program.CreateLinkInput{EnrollmentID: bob.ID, DestinationURL: "https://example.com", Code: "summer"})
	require.ErrorIs(t, err, program.ErrCodeTaken)
	_, err = s.link(s.owner, program.CreateLinkInput{EnrollmentID: bob.ID, DestinationURL: "https://example.com", Code: "ü-code"})
	requireCode(t, "CODE_INVALID", err)

	coupon, err := s.coupon(s.owner, ann.ID, "save10")
	require.NoError(t, err)
	require.Equal(t, "SAVE10", coupon.Code)
	_, err = s.coupon(s.owner, bob.ID, "Save10")
	require.ErrorIs(t, err, program.ErrCodeTaken)
	unnamed, err := s.coupon(s.owner, bob.ID, "")
	require.NoError(t, err)
	require.Equal(t, strings.ToUpper(unnamed.Code), unnamed.Code)

	links, err := s.service.LinksOf(t.Context(), s.owner, ann.ID, models.Page{Size: 2})
	require.NoError(t, err)
	require.Len(t, links.Rows, 2)
	require.True(t, links.HasMore)
	coupons, err := s.service.CouponsOf(t.Context(), s.owner, ann.ID, models.Page{})
	require.NoError(t, err)
	require.Len(t, coupons.Rows, 1)
}

func TestDestinations(t *testing.T) {
	s := newScene(t)
	_, err := s.apply(s.owner, func(w *program.Spec) { w.Domains = []string{"example.com", "shop.test"} })
	require.NoError(t, err)
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com"})
	long := "https://example.com/" + strings.Repeat("x", 1980)
	for destination, fine := range map[string]bool{
		"https://example.com": true, "http://example.com/": true, "HTTPS://EXAMPLE.com/A": true, "https://example.com:8443/x": true,
		"https://www.example.com/x": true, "https://a.b.shop.test": true, "https://example.com/?u=https://evil.test": true,
		"https://example.com/čeština": true, long: true,

		"": false, "example.com": false, "/path": false, "//example.com": false, "https://": false, "https:///path": false,
		"https:example.com": false, "javascript:alert(1)": false, "data:text/html,x": false, "ftp://example.com": false,
		"https://evil.test": false, "https://notexample.com": false, "https://example.com.evil.test": false,
		"https://example.com@evil.test": false, "https://ann:word@example.com": false, "https://evil.test/example.com": false,
		"https://evil.test#example.com": false, "https://evil.test?example.com": false, `https://evil.test\@example.com`: false,
		`https://evil.test\.example.com`: false, "https://exam\nple.com": false, "https://example.com\r\nX: y": false, " https://example.com": false,
		"https://example.com%2eevil.test": false, "https://example.com%00.evil.test": false, "https://example.com.": false,
		"https://[::1]/": false, "https://127.0.0.1": false, "https://example.com:port": false,
		long + "x": false, "https://example.com/" + strings.Repeat("č", 900): false,
	} {
		link, err := s.link(s.owner, program.CreateLinkInput{EnrollmentID: e.ID, DestinationURL: destination})
		if !fine {
			requireCode(t, "DESTINATION_INVALID", err, "destination %q", destination)
			continue
		}
		require.NoError(t, err, "destination %q", destination)
		require.NotEmpty(t, link.Code)
	}
}

func TestAnotherTenantsThingsDoNotExist(t *testing.T) {
	s := newScene(t)
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com"})
	made := models.NewID()
	for name, call := range map[string]func(by access.Caller, program, enrollment models.ID) error{
		"program": func(by access.Caller, p, _ models.ID) error {
			_, err := s.service.Program(t.Context(), by, p)
			return err
		},
		"enroll": func(by access.Caller, p, _ models.ID) error {
			_, err := try(t, s.db, func(tx *models.Tx) (models.Enrollment, error) {
				return s.service.Enroll(tx, by, program.EnrollInput{ProgramID: p, Email: "x@x.cz", Name: "X"})
			})
			return err
		},
		"enrollment": func(by access.Caller, _, id models.ID) error {
			_, err := s.service.Enrollment(t.Context(), by, id)
			return err
		},
		"links": func(by access.Caller, _, id models.ID) error {
			_, err := s.service.LinksOf(t.Context(), by, id, models.Page{})
			return err
		},
		"coupons": func(by access.Caller, _, id models.ID) error {
			_, err := s.service.CouponsOf(t.Context(), by, id, models.Page{})
			return err
		},
		"link": func(by access.Caller, _, id models.ID) error {
			_, err := s.link(by, program.CreateLinkInput{EnrollmentID: id, DestinationURL: "https://example.com"})
			return err
		},
		"coupon": func(by access.Caller, _, id models.ID) error { _, err := s.coupon(by, id, ""); return err },
		"decide": func(by access.Caller, _, id models.ID) error {
			_, err := try(t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.Decide(tx, by, id, true) })
			return err
		},
		"invite": func(by access.Caller, _, id models.ID) error {
			_, err := try(t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.InvitePartner(tx, by, id) })
			return err
		},
		"sponsor": func(by access.Caller, _, id models.ID) error {
			_, err := try(t, s.db, func(tx *models.Tx) (models.SponsorChange, error) {
				return s.service.ChangeSponsor(tx, by, id, made, "moved")
			})
			return err
		},
	} {
		theirs, unknown := call(s.stranger, s.program.ID, e.ID), call(s.stranger, made, made)
		require.Error(t, unknown, name)
		require.Equal(t, unknown, theirs, "%s: another tenant's id answers as a made-up one", name)
		require.Contains(t, unknown.Error(), "NOT_FOUND", name)
		require.ErrorIs(t, call(access.Caller{}, s.program.ID, e.ID), access.ErrUnauthenticated, name)
	}
	list, err := s.service.Enrollments(t.Context(), s.stranger, s.program.ID, models.Page{})
	require.NoError(t, err)
	require.Empty(t, list.Rows)
	_, err = s.service.ProgramBySlug(t.Context(), s.stranger, "main")
	requireCode(t, "PROGRAM_NOT_FOUND", err)
}
