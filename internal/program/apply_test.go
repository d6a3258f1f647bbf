package program_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

func (s *scene) apply(by access.Caller, change func(*program.Spec)) (models.Program, error) {
	s.t.Helper()
	want := spec()
	change(&want)
	return try(s.t, s.db, func(tx *models.Tx) (models.Program, error) { return s.service.Apply(tx, by, want) })
}

func TestCreateMerchant(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct{ slug, name, code string }{
		{"shop", "Again", "SLUG_TAKEN"}, {"", "Name", "SLUG_INVALID"}, {"Shop", "Name", "SLUG_INVALID"}, {"-shop", "Name", "SLUG_INVALID"},
		{"shop-", "Name", "SLUG_INVALID"}, {strings.Repeat("s", 65), "Name", "SLUG_INVALID"}, {"new", " ", "NAME_MISSING"},
		{"new", strings.Repeat("n", 201), "NAME_TOO_LONG"},
	} {
		_, err := try(t, s.db, func(tx *models.Tx) (models.Merchant, error) { return s.service.CreateMerchant(tx, c.slug, c.name) })
		requireCode(t, c.code, err, c.slug)
	}
	found, err := s.service.MerchantBySlug(t.Context(), "shop")
	require.NoError(t, err)
	require.Equal(t, s.merchant.ID, found.ID)
	_, err = s.service.MerchantBySlug(t.Context(), "nowhere")
	requireCode(t, "MERCHANT_NOT_FOUND", err)
}

func TestApplyMakesTheProgramOnce(t *testing.T) {
	s := newScene(t)
	require.Equal(t, models.PeriodKindMonth, s.program.PeriodKind)
	require.Equal(t, models.RailNameStripe, s.program.Rail)
	require.Equal(t, 30, s.program.AttributionWindowDays)
	require.EqualValues(t, 1000, s.program.MinPayoutMinor)
	require.EqualValues(t, 50_000, s.program.SoloApprovalMinor)

	require.EqualValues(t, 1_000_000, s.program.DebtSharePpm, "a debt may take all unless the file says otherwise")

	s.clock.Advance(time.Hour)
	again, err := s.apply(s.owner, func(w *program.Spec) { w.Name, w.AutoApprove, w.Payout.DebtShare = "Renamed", true, "12.5%" })
	require.NoError(t, err)
	require.Equal(t, s.program.ID, again.ID)
	require.Equal(t, 1, again.TermsVersion)
	read, err := s.service.ProgramBySlug(t.Context(), s.owner, "main")
	require.NoError(t, err)
	require.Equal(t, "Renamed", read.Name)
	require.True(t, read.AutoApprove)
	require.EqualValues(t, 125_000, read.DebtSharePpm)
	require.Equal(t, s.program.CreatedAt, read.CreatedAt.UTC())
	require.Equal(t, s.db.Now(), read.UpdatedAt.UTC())

	elsewhere, err := s.apply(s.stranger, func(*program.Spec) {})
	require.NoError(t, err)
	require.NotEqual(t, s.program.ID, elsewhere.ID, "each merchant has slugs of its own")
	var groups []models.Group
	require.NoError(t, s.db.Read(t.Context()).Where("program_id = ?", s.program.ID).Order("code").Find(&groups).Error)
	require.Len(t, groups, 2)
	require.Equal(t, "silver", groups[1].Name)
}

func TestApplyRefuses(t *testing.T) {
	s := newScene(t)
	for name, c := range map[string]struct {
		field, code string
		change      func(*program.Spec)
	}{
		"slug":          {"slug", "SLUG_INVALID", func(w *program.Spec) { w.Slug = "No Slug" }},
		"name":          {"name", "NAME_MISSING", func(w *program.Spec) { w.Name = "" }},
		"currency":      {"currency", "CURRENCY_UNKNOWN", func(w *program.Spec) { w.Currency = "XXY" }},
		"debt share":    {"payout.debt_share", "RATE_OUT_OF_RANGE", func(w *program.Spec) { w.Payout.DebtShare = "101%" }},
		"debt decimal":  {"payout.debt_share", "RATE_MALFORMED", func(w *program.Spec) { w.Payout.DebtShare = "0.25" }},
		"zone":          {"time_zone", "TIME_ZONE_UNKNOWN", func(w *program.Spec) { w.TimeZone = "Mars/Olympus" }},
		"no zone":       {"time_zone", "TIME_ZONE_UNKNOWN", func(w *program.Spec) { w.TimeZone = "" }},
		"local zone":    {"time_zone", "TIME_ZONE_UNKNOWN", func(w *program.Spec) { w.TimeZone = "Local" }},
		"period":        {"period", "PERIOD_KIND_UNKNOWN", func(w *program.Spec) { w.Period = "year" }},
		"rail":          {"payout.rail", "RAIL_UNKNOWN", func(w *program.Spec) { w.Payout.Rail = "cash" }},
		"window":        {"attribution_window_days", "WINDOW_INVALID", func(w *program.Spec) { w.AttributionWindowDays = -1 }},
		"depth":         {"max_depth", "DEPTH_INVALID", func(w *program.Spec) { w.MaxDepth = 1001 }},
		"downline":      {"downline_depth", "DEPTH_INVALID", func(w *program.Spec) { w.DownlineDepth = 4 }},
		"no domain":     {"domains", "DOMAINS_INVALID", func(w *program.Spec) { w.Domains = nil }},
		"a URL":         {"domains.1", "DOMAINS_INVALID", func(w *program.Spec) { w.Domains = []string{"a.com", "https://b.com"} }},
		"minimum":       {"payout.minimum", "AMOUNT_NEGATIVE", func(w *program.Spec) { w.Payout.Minimum = "-1" }},
		"group code":    {"groups.0.code", "CODE_INVALID", func(w *program.Spec) { w.Groups[0].Code = "a b c" }},
		"group name":    {"groups.1.name", "NAME_TOO_LONG", func(w *program.Spec) { w.Groups[1].Name = strings.Repeat("g", 101) }},
		"long terms":    {"terms", "TERMS_TOO_LONG", func(w *program.Spec) { w.Terms = strings.Repeat("t", 200_001) }},
		"fixed money":   {"currency", "PROGRAM_FIELD_FIXED", func(w *program.Spec) { w.Currency = "USD" }},
		"fixed zone":    {"time_zone", "PROGRAM_FIELD_FIXED", func(w *program.Spec) { w.TimeZone = "UTC" }},
		"fixed periods": {"period", "PROGRAM_FIELD_FIXED", func(w *program.Spec) { w.Period = "week" }},
	} {
		_, err := s.apply(s.owner, c.change)
		requireCode(t, c.code, err, name)
		require.Equal(t, c.field, fault.FieldOf(err), name)
	}
	_, err := s.apply(access.Caller{}, func(*program.Spec) {})
	requireCode(t, "UNAUTHENTICATED", err)
	_, err = s.apply(s.mustSignUp("ann@example.com"), func(*program.Spec) {})
	requireCode(t, "FORBIDDEN", err)
}

func TestTermsHaveVersions(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		terms   string
		version int
	}{{"Be nice.", 1}, {"  Be nice.\n", 1}, {"", 1}, {"Be nicer.", 2}, {"Be nice.", 3}} {
		p, err := s.apply(s.owner, func(w *program.Spec) { w.Terms = c.terms })
		require.NoError(t, err)
		require.Equal(t, c.version, p.TermsVersion, "terms %q", c.terms)
	}
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com"})
	accept := func(by access.Caller, version int) error {
		_, err := try(t, s.db, func(tx *models.Tx) (models.TermsAcceptance, error) {
			return s.service.AcceptTerms(tx, by, e.ID, version)
		})
		return err
	}
	require.NoError(t, accept(s.owner, 3))
	s.clock.Advance(time.Hour)
	require.NoError(t, accept(s.owner, 3))
	var rows []models.TermsAcceptance
	require.NoError(t, s.db.Read(t.Context()).Where("enrollment_id = ?", e.ID).Find(&rows).Error)
	require.Len(t, rows, 1)
	require.Equal(t, s.db.Now().Add(-time.Hour), rows[0].AcceptedAt.UTC(), "the first acceptance stands")
	requireCode(t, "TERMS_NOT_FOUND", accept(s.owner, 4))
	requireCode(t, "ENROLLMENT_NOT_FOUND", accept(s.stranger, 3))
	requireCode(t, "ENROLLMENT_NOT_FOUND", accept(s.mustSignUp("bob@example.com"), 3))
}
