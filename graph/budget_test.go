package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/models"
)

// purse is a budget of one bucket for everybody, which nothing flows back into.
type purse struct {
	mu     sync.Mutex
	left   int
	payers map[string]string // tenants by caller
}

const purseSize = 1000

func (p *purse) Charge(_ context.Context, caller, tenant string, points int) graph.Balance {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.payers[caller] = tenant
	b := graph.Balance{Most: purseSize, PerSecond: 10}
	if points > p.left {
		b.Wait = time.Duration(points-p.left) * 100 * time.Millisecond
	} else {
		p.left -= points
	}
	b.Left = p.left
	return b
}

func servePurse(t *testing.T) (*served, *purse) {
	t.Helper()
	p := &purse{left: purseSize, payers: map[string]string{}}
	return serveWithin(t, p), p
}

// told is extensions.cost of an answer.
type told struct {
	RequestedQueryCost int
	ActualQueryCost    *int
	ThrottleStatus     struct{ MaximumAvailable, CurrentlyAvailable, RestoreRate int }
}

func (a answer) cost(t *testing.T) told {
	t.Helper()
	var body struct{ Extensions struct{ Cost *told } }
	require.NoError(t, json.Unmarshal([]byte(a.text), &body))
	require.NotNil(t, body.Extensions.Cost, a.text)
	return *body.Extensions.Cost
}

func TestWhatIsNotUsedIsGivenBack(t *testing.T) {
	s, p := servePurse(t)
	for i := range 3 {
		s.Enroll([]string{"ann", "ben", "cid"}[i], models.ID{})
	}
	const page = `query($first: Int) { programs(first: 1) { nodes { enrollments(first: $first) { pageInfo { hasNextPage } edges { cursor node { code partner { name } } } } } } }`
	cost := s.must(s.key, page, map[string]any{"first": 50}).cost(t)
	// programs: itself and a statement, one program; enrollments the same, pageInfo, and 50 times edge, enrollment, partner.
	require.Equal(t, 2+1+2+1+50*3, cost.RequestedQueryCost)
	require.Equal(t, 2+1+2+1+3*3, *cost.ActualQueryCost)
	require.Equal(t, purseSize-*cost.ActualQueryCost, p.left)
	require.Equal(t, p.left, cost.ThrottleStatus.CurrentlyAvailable)
	require.Equal(t, purseSize, cost.ThrottleStatus.MaximumAvailable)
	require.Equal(t, 10, cost.ThrottleStatus.RestoreRate)
}

func TestWhatOperationsCost(t *testing.T) {
	s, _ := servePurse(t)
	a := s.Enroll("ann", models.ID{})
	program, ann := s.Program.ID.Format(models.PrefixProgram), a.ID.Format(models.PrefixEnrollment)
	for document, want := range map[string][2]int{ // requested, actual
		`{ __typename }`:                  {0, 0},
		`{ viewer { name scopes } }`:      {1, 1},
		`{ __schema { types { name } } }`: {50, 50},
		`{ a: viewer { ...f } b: viewer { ...f } } fragment f on Viewer { user { name } merchant { name } }`:                                          {6, 4},
		`{ node(id: "` + ann + `") { ... on Enrollment { subtreeEarnings { amount } } } }`:                                                            {4, 4},
		`{ node(id: "` + program + `") { ... on Program { ledgerProof { holds } } } }`:                                                             {7, 7},
		`mutation { createLink(input: {enrollmentId: "` + ann + `", destinationUrl: "https://acme.example/", idempotencyKey: "a"}) { link { id } } }`: {12, 12},
		`mutation { createLink(input: {enrollmentId: "` + ann + `", destinationUrl: "nonsense", idempotencyKey: "b"}) { link { id } } }`:              {12, 11},
		`mutation { signIn(input: {email: "x@acme.example", password: "wrong"}) { session { token } } }`:                                              {312, 311},
	} {
		cost := s.ask(s.key, document, nil).cost(t)
		require.Equal(t, want[0], cost.RequestedQueryCost, document)
		require.Equal(t, want[1], *cost.ActualQueryCost, document)
	}
	order := map[string]any{"externalId": "1", "kind": "SALE", "amount": "1.00", "currencyCode": "GBP", "occurredAt": "2026-01-05T09:00:00Z"}
	var orders []any
	for range 50 {
		orders = append(orders, order)
	}
	many := s.ask(s.key, `mutation($o: [ConversionInput!]!) { recordConversions(input: {programId: "`+program+`", conversions: $o, idempotencyKey: "c"}) { results { conversion { id } } } }`,
		map[string]any{"o": orders})
	require.Equal(t, 10+5+1+2, many.cost(t).RequestedQueryCost, many.text)
}

func TestWhoHasSpentAllIsToldWhenToAskAgain(t *testing.T) {
	s, p := servePurse(t)
	ann := s.Enroll("ann", models.ID{})
	create := `mutation { createLink(input: {enrollmentId: "` + ann.ID.Format(models.PrefixEnrollment) + `", destinationUrl: "https://acme.example/", idempotencyKey: "a"}) { link { id } } }`
	for _, accept := range []string{"application/json", "application/graphql-response+json"} {
		p.left = 11
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(`{"query": `+quoted(create)+`}`))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", accept)
		r.Header.Set("Authorization", "Bearer "+s.key)
		a := s.send(r)
		require.Equal(t, http.StatusTooManyRequests, a.status)
		require.Equal(t, "1", a.header.Get("Retry-After"))
		require.Equal(t, "THROTTLED", a.code())
		require.NotContains(t, a.text, `"data"`)
		cost := a.cost(t)
		require.Equal(t, 12, cost.RequestedQueryCost)
		require.Nil(t, cost.ActualQueryCost)
		require.Equal(t, 11, cost.ThrottleStatus.CurrentlyAvailable)
		require.Equal(t, 11, p.left, "nothing is taken")
	}
	var links int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Link{}).Where("destination_url = ?", "https://acme.example/").Count(&links).Error)
	p.left = 12
	require.Empty(t, s.ask(s.key, create, nil).Errors, "at the edge there is enough")
	var after int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Link{}).Where("destination_url = ?", "https://acme.example/").Count(&after).Error)
	require.Equal(t, links+1, after, "what was refused did nothing")
}

func TestWhatIsDearerThanAFullBudgetIsRefused(t *testing.T) {
	s, p := servePurse(t)
	const page = `query($n: Int) { programs(first: 10) { nodes { enrollments(first: $n) { nodes { id } } } } }`
	dear := s.ask(s.key, page, map[string]any{"n": 97})
	require.Equal(t, "COMPLEXITY_LIMIT_EXCEEDED", dear.code(), dear.text)
	require.Equal(t, http.StatusOK, dear.status)
	require.Equal(t, purseSize, p.left)
	require.Equal(t, 2+10*(1+2+96), s.must(s.key, page, map[string]any{"n": 96}).cost(t).RequestedQueryCost)
}

func TestTheCallerAndItsMerchantPay(t *testing.T) {
	s, p := servePurse(t)
	ann := s.Enroll("ann", models.ID{})
	merchant := s.Owner.MerchantID.String()
	payers := func(credential string) map[string]string {
		clear(p.payers)
		s.must(credential, "{ viewer { name } }", nil)
		return p.payers
	}
	name := s.must(s.key, "{ viewer { name } }", nil).at(t, "viewer", "name").(string)
	require.Equal(t, map[string]string{name: merchant}, payers(s.key))
	require.True(t, strings.HasPrefix(name, "apikey:"))
	staff := s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	for payer, tenant := range payers(staff) {
		require.True(t, strings.HasPrefix(payer, "user:"))
		require.Equal(t, merchant, tenant)
	}
	for _, tenant := range payers(s.partnerToken(ann, "ann@partners.example")) {
		require.Empty(t, tenant)
	}
	require.Equal(t, map[string]string{"address:127.0.0.1": ""}, payers(""))
}

func TestTheRateLimitCanBeAskedFor(t *testing.T) {
	s, p := servePurse(t)
	p.left = 501
	limit := s.must(s.key, "{ rateLimit { cost limit remaining resetAt } }", nil).at(t, "rateLimit").(map[string]any)
	require.Equal(t, map[string]any{"cost": 1.0, "limit": 1000.0, "remaining": 500.0, "resetAt": s.Clock.Now().Add(50 * time.Second).UTC().Format(time.RFC3339)}, limit)
	require.Nil(t, serve(t).must("", "{ rateLimit { cost } }", nil).at(t, "rateLimit"), "nothing is limited")
}
