package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

const auditLog = `query($filter: AuditLogFilter, $last: Int) { viewer { merchant { auditLog(filter: $filter, last: $last) { nodes {
	id transactionId actor action requestId entity entityId operation rowCount before after block } } } } }`

func TestAnOwnerReadsWhoChangedWhat(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	owner, analyst := s.staffToken("olivia@acme.example", models.StaffRoleOwner), s.staffToken("anna@acme.example", models.StaffRoleAnalyst)
	s.Clock.Advance(10 * time.Minute)
	id := ann.ID.Format(models.PrefixEnrollment)
	done := s.must(owner, `mutation($in: SuspendEnrollmentInput!) { suspendEnrollment(input: $in) { enrollment { id } userErrors { code } } }`,
		map[string]any{"in": map[string]any{"enrollmentId": id, "idempotencyKey": "k"}})
	require.Empty(t, done.at(t, "suspendEnrollment", "userErrors"))
	ask := func(credential string, filter map[string]any) []any {
		t.Helper()
		return s.must(credential, auditLog, map[string]any{"filter": filter}).at(t, "viewer", "merchant", "auditLog", "nodes").([]any)
	}
	found := ask(owner, map[string]any{"action": "suspendEnrollment"})
	require.Len(t, found, 1)
	entry := found[0].(map[string]any)
	require.Equal(t, entry["id"], entry["transactionId"])
	require.Regexp(t, "^user:", entry["actor"])
	require.Equal(t, done.header.Get("X-Request-Id"), entry["requestId"])
	require.Equal(t, []any{"enrollments", id, "UPDATED", `{"status":"ACTIVE"}`}, []any{entry["entity"], entry["entityId"], entry["operation"], entry["before"]})
	require.Contains(t, entry["after"], `"status":"SUSPENDED"`)
	require.Nil(t, entry["block"])

	of := ask(s.key, map[string]any{"entityId": id})
	require.Len(t, of, 2, "an API key with the scope reads it too")
	require.Equal(t, []any{"CREATED", nil}, []any{of[0].(map[string]any)["operation"], of[0].(map[string]any)["before"]})
	require.Len(t, ask(owner, map[string]any{"entityId": ann.ID.String()}), 2)
	require.Equal(t, found, ask(owner, map[string]any{"actor": entry["actor"], "from": s.Clock.Now(), "until": s.Clock.Now().Add(time.Second)}))
	require.Empty(t, ask(owner, map[string]any{"actor": entry["actor"], "until": s.Clock.Now()}))
	_, rival := s.otherMerchant()
	require.Empty(t, ask(rival, map[string]any{"entityId": id}), "nobody reads another merchant's")

	require.Nil(t, s.must(analyst, auditLog, nil).at(t, "viewer", "merchant", "auditLog"))
	require.Equal(t, "BAD_USER_INPUT", s.ask(owner, auditLog, map[string]any{"filter": map[string]any{"entityId": "x"}}).code())
	require.Equal(t, "BAD_USER_INPUT", s.ask(owner, auditLog, map[string]any{"filter": map[string]any{"from": s.Clock.Now(), "until": s.Clock.Now()}}).code())
}
