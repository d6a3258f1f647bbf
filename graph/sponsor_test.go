package graph_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

func TestAChangeOfSponsorFromTheRequestToTheHistory(t *testing.T) {
	s := serve(t)
	top := s.Enroll("top", models.ID{})
	ann := s.Enroll("ann", top.ID)
	ben := s.Enroll("ben", models.ID{})
	token := s.partnerToken(ann, "ann@partners.example")
	due := s.Clock.Now().Add(24 * time.Hour)
	const change = `sponsorChange { id state sponsor { code } reason requestedBy decidedBy byPartner }`
	asked := s.must(token, duty{answer: change}.text("requestSponsorChange"), variables(map[string]any{"enrollmentId": ann.ID.Format(models.PrefixEnrollment),
		"sponsorCode": ben.Code, "effectiveAt": due.Format(time.RFC3339), "reason": "she knows me"}, "k", nil))
	require.Equal(t, "REQUESTED", asked.at(t, "it", "sponsorChange", "state"))
	require.Equal(t, true, asked.at(t, "it", "sponsorChange", "byPartner"))
	require.Nil(t, asked.at(t, "it", "sponsorChange", "sponsor"), "partners do not see each other")
	id := asked.at(t, "it", "sponsorChange", "id")

	approved := s.must(s.key, duty{answer: change}.text("approveSponsorChange"), variables(map[string]any{"sponsorChangeId": id}, "k", nil))
	require.Equal(t, "APPROVED", approved.at(t, "it", "sponsorChange", "state"))
	require.Equal(t, ben.Code, approved.at(t, "it", "sponsorChange", "sponsor", "code"))
	s.Clock.Set(due)
	require.NoError(t, s.Programs.ApplySponsorChanges(t.Context()))

	const query = `query($id: ID!, $program: ID!) {
		node(id: $id) { ... on Enrollment { sponsorHistory { nodes { sponsor { code } since until actor reason } } } }
		program(id: $program) { applied: sponsorChanges(state: APPLIED) { nodes { id decidedBy } } asked: sponsorChanges(state: REQUESTED) { nodes { id } } } }`
	seen := s.must(s.key, query, map[string]any{"id": ann.ID.Format(models.PrefixEnrollment), "program": s.main()})
	spans := []any{"node", "sponsorHistory", "nodes"}
	require.Len(t, seen.at(t, spans...), 2)
	require.Equal(t, top.Code, seen.at(t, append(spans, 0, "sponsor", "code")...))
	require.Equal(t, seen.at(t, append(spans, 1, "since")...), seen.at(t, append(spans, 0, "until")...))
	require.Nil(t, seen.at(t, append(spans, 1, "until")...))
	require.Equal(t, "she knows me", seen.at(t, append(spans, 1, "reason")...))
	require.Equal(t, id, seen.at(t, "program", "applied", "nodes", 0, "id"))
	require.Empty(t, seen.at(t, "program", "asked", "nodes"))

	mine := s.must(s.signIn("ann@partners.example"), `{ myEnrollments { nodes { program { sponsorChanges { nodes { id state reason decidedBy sponsor { id } } } } } } }`, nil)
	own := []any{"myEnrollments", "nodes", 0, "program", "sponsorChanges", "nodes", 0}
	require.Equal(t, "APPLIED", mine.at(t, append(own, "state")...))
	require.Equal(t, "she knows me", mine.at(t, append(own, "reason")...))
	require.Nil(t, mine.at(t, append(own, "decidedBy")...))
	require.Nil(t, mine.at(t, append(own, "sponsor")...))
	s.partnerToken(ben, "ben@partners.example")
	other := s.must(s.signIn("ben@partners.example"), `{ myEnrollments { nodes { program { sponsorChanges { nodes { id } } } } } }`, nil)
	require.Empty(t, other.at(t, "myEnrollments", "nodes", 0, "program", "sponsorChanges", "nodes"), "the new sponsor does not see it")
}

const previewFields = `{ program { slug } enrollment { externalId } sponsor { externalId } periods from to conversions unpriced now { amount currencyCode } then { amount }
	difference { amount } gaining losing gains { enrollment { externalId } now { amount } then { amount } difference { amount } } losses { enrollment { externalId } difference { amount } } }`

func TestWhoGainsByAnotherSponsorIsShownBefore(t *testing.T) {
	s := serve(t)
	top := s.Enroll("top", models.ID{})
	ann := s.Enroll("ann", top.ID)
	ben := s.Enroll("ben", models.ID{})
	s.Sell("ann", "100.00")
	s.Accrue()
	const query = `query($of: ID!, $to: ID) { sponsorChangePreview(enrollmentId: $of, sponsorId: $to) ` + previewFields + ` }`
	ask := map[string]any{"of": ann.ID.Format(models.PrefixEnrollment), "to": ben.ID.Format(models.PrefixEnrollment)}
	shown := s.must(s.key, query, ask)
	amount := func(text string) map[string]any { return map[string]any{"amount": text} }
	name := func(text string) map[string]any { return map[string]any{"externalId": text} }
	want := map[string]any{"program": map[string]any{"slug": "main"}, "enrollment": name("ann"), "sponsor": name("ben"),
		"periods": []any{"2025-11", "2025-12", "2026-01"}, "from": "2025-11-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "conversions": 1.0, "unpriced": 0.0,
		"now": map[string]any{"amount": "12.00", "currencyCode": "GBP"}, "then": amount("12.00"), "difference": amount("0.00"), "gaining": 1.0, "losing": 1.0,
		"gains":  []any{map[string]any{"enrollment": name("ben"), "now": amount("0.00"), "then": amount("2.00"), "difference": amount("2.00")}},
		"losses": []any{map[string]any{"enrollment": name("top"), "difference": amount("-2.00")}}}
	require.Equal(t, want, shown.at(t, "sponsorChangePreview"))

	alone := s.must(s.key, query, map[string]any{"of": ask["of"]})
	require.Nil(t, alone.at(t, "sponsorChangePreview", "sponsor"))
	require.Equal(t, "-2.00", alone.at(t, "sponsorChangePreview", "difference", "amount"))
	for to, reason := range map[string]string{sprint(ask["of"]): "SPONSOR_SELF", top.ID.Format(models.PrefixEnrollment): "SPONSOR_SAME", "nonsense": "ID_MALFORMED"} {
		refused := s.ask(s.key, query, map[string]any{"of": ask["of"], "to": to})
		require.Equal(t, "BAD_USER_INPUT", refused.code())
		require.Equal(t, reason, refused.Errors[0].Extensions["reason"])
		require.Equal(t, []any{"sponsorId"}, refused.Errors[0].Extensions["field"])
	}
	times := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(" p" + strconv.Itoa(i) + ": sponsorChangePreview(enrollmentId: $of, sponsorId: $to) " + previewFields)
		}
		return "query($of: ID!, $to: ID) {" + b.String() + " }"
	}
	require.Equal(t, want, s.must(s.key, times(2), ask).at(t, "p1"))
	require.Equal(t, "COMPLEXITY_LIMIT_EXCEEDED", s.ask(s.key, times(3), ask).code())
	own := s.partnerToken(ann, "ann@partners.example")
	require.Equal(t, "FORBIDDEN", s.ask(own, query, ask).code())
	require.Equal(t, "FORBIDDEN", s.ask(s.keyFor(s.Owner, access.PartnersWrite), query, ask).code(), "it shows what is earned")

	change := s.askFor(s.partnerOf("ann"), "ben", s.Clock.Now().Add(time.Hour))
	const node = `query($id: ID!) { node(id: $id) { ... on SponsorChange { state preview ` + previewFields + ` } } }`
	id := map[string]any{"id": change.ID.Format(models.PrefixSponsoring)}
	require.Equal(t, want, s.must(s.key, node, id).at(t, "node", "preview"))
	require.Equal(t, "FORBIDDEN", s.ask(own, node, id).code())
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.CancelSponsorChange(tx, s.Owner, change.ID)
		return err
	})
	canceled := s.must(s.key, node, id)
	require.Equal(t, "CANCELED", canceled.at(t, "node", "state"))
	require.Nil(t, canceled.at(t, "node", "preview"))
}
