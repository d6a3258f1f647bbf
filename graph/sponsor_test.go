package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
