package graph_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

const recordConversion = `mutation($in: RecordConversionInput!) { recordConversion(input: $in) {
	conversion { id externalId amount { amount currencyCode } enrollment { code } } outcome userErrors { field message code } } }`

func (s *served) sale(key string) map[string]any {
	return map[string]any{"in": map[string]any{"programId": s.Program.ID.Format(models.PrefixProgram), "idempotencyKey": key,
		"conversion": map[string]any{"externalId": "o-1", "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "GBP", "amount": "12.50",
			"linkCode": "link-ann", "items": []any{map[string]any{"sku": "a", "quantity": 2, "amount": "12.50"}}}}}
}

func (s *served) countConversions() int64 {
	var n int64
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.Conversion{}).Count(&n).Error)
	return n
}

func TestAMutationRetriedByKeyHappensOnce(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	first := s.must(s.key, recordConversion, s.sale("key-1"))
	require.Equal(t, "RECORDED", first.at(t, "recordConversion", "outcome"))
	require.Equal(t, "12.50", first.at(t, "recordConversion", "conversion", "amount", "amount"))
	require.Equal(t, ann.Code, first.at(t, "recordConversion", "conversion", "enrollment", "code"))
	require.Equal(t, first.Data, s.must(s.key, recordConversion, s.sale("key-1")).Data)
	require.EqualValues(t, 1, s.countConversions())

	other := s.sale("key-1")
	conversion := maps.Clone(other["in"].(map[string]any)["conversion"].(map[string]any))
	conversion["amount"] = "13.00"
	other["in"].(map[string]any)["conversion"] = conversion
	reused := s.must(s.key, recordConversion, other)
	require.Nil(t, reused.at(t, "recordConversion", "conversion"))
	require.Equal(t, "IDEMPOTENCY_KEY_REUSED", reused.at(t, "recordConversion", "userErrors", 0, "code"))

	again := s.must(s.key, recordConversion, s.sale("key-2"))
	require.Equal(t, "DUPLICATE", again.at(t, "recordConversion", "outcome"))
	require.EqualValues(t, 1, s.countConversions())
}

func TestUserErrorsNameTheField(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	wrong := s.sale("key-1")
	wrong["in"].(map[string]any)["conversion"].(map[string]any)["amount"] = "12.505"
	a := s.must(s.key, recordConversion, wrong)
	require.Equal(t, "AMOUNT_TOO_PRECISE", a.at(t, "recordConversion", "userErrors", 0, "code"))
	require.Equal(t, []any{"conversion", "amount"}, a.at(t, "recordConversion", "userErrors", 0, "field"))

	wrong["in"].(map[string]any)["conversion"].(map[string]any)["amount"] = 12.5
	require.Equal(t, "BAD_USER_INPUT", s.ask(s.key, recordConversion, wrong).code(), "a number is no decimal")
	require.Equal(t, "UNAUTHENTICATED", s.ask("", recordConversion, s.sale("key-1")).code())
	_, rival := s.otherMerchant()
	theirs := s.must(rival, recordConversion, s.sale("key-1"))
	require.Equal(t, "PROGRAM_NOT_FOUND", theirs.at(t, "recordConversion", "userErrors", 0, "code"))
	require.Zero(t, s.countConversions())
}

func TestABatchTakesWhatIsRight(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	one := s.sale("")["in"].(map[string]any)["conversion"].(map[string]any)
	bad := maps.Clone(one)
	bad["externalId"], bad["currencyCode"] = "o-2", "XXX"
	a := s.must(s.key, `mutation($in: RecordConversionsInput!) { recordConversions(input: $in) {
		results { conversion { externalId } outcome userErrors { code } } userErrors { code } } }`,
		map[string]any{"in": map[string]any{"programId": s.Program.ID.Format(models.PrefixProgram), "idempotencyKey": "k", "conversions": []any{one, bad}}})
	require.Equal(t, "RECORDED", a.at(t, "recordConversions", "results", 0, "outcome"))
	require.Nil(t, a.at(t, "recordConversions", "results", 1, "conversion"))
	require.Equal(t, "CURRENCY_UNKNOWN", a.at(t, "recordConversions", "results", 1, "userErrors", 0, "code"))
}

func TestASecretIsShownOnceAndNotKept(t *testing.T) {
	s := serve(t)
	const query = `mutation($in: CreateApiKeyInput!) { createApiKey(input: $in) { apiKey { id scopes } secret userErrors { code } } }`
	in := map[string]any{"in": map[string]any{"name": "shop", "scopes": []string{"conversions:write"}, "idempotencyKey": "k"}}
	first := s.must(s.key, query, in)
	secret := first.at(t, "createApiKey", "secret").(string)
	require.Equal(t, []any{"conversions:write"}, first.at(t, "createApiKey", "apiKey", "scopes"))
	again := s.must(s.key, query, in)
	require.Equal(t, first.at(t, "createApiKey", "apiKey"), again.at(t, "createApiKey", "apiKey"))
	require.Nil(t, again.at(t, "createApiKey", "secret"))
	var kept []models.IdempotencyKey
	require.NoError(t, s.DB.Read(t.Context()).Find(&kept).Error)
	for _, row := range kept {
		require.NotContains(t, row.Response, secret)
	}
	replayed := s.must(secret, query, in)
	require.Equal(t, "IDEMPOTENCY_KEY_REUSED", replayed.at(t, "createApiKey", "userErrors", 0, "code"), "an answer is for its caller")
	in["in"].(map[string]any)["idempotencyKey"] = "k2"
	require.Equal(t, "FORBIDDEN", s.ask(secret, query, in).code())
	viewer := s.must(secret, `{ viewer { scopes merchant { slug } partner { id } user { id } } }`, nil)
	require.Equal(t, "acme", viewer.at(t, "viewer", "merchant", "slug"))
}

func TestAPartnerSignsUpAndJoins(t *testing.T) {
	s := serve(t)
	const signUp = `mutation($in: SignUpPartnerInput!) { signUpPartner(input: $in) { partner { id name email signedUp } userErrors { field code } } }`
	in := map[string]any{"email": "Dora@Example.com", "name": "Dora", "password": "a long password", "idempotencyKey": "k"}
	first := s.must("", signUp, map[string]any{"in": in})
	require.Equal(t, "dora@example.com", first.at(t, "signUpPartner", "partner", "email"))
	require.Equal(t, first.Data, s.must("", signUp, map[string]any{"in": in}).Data)
	in["idempotencyKey"] = "k2"
	require.Equal(t, "EMAIL_TAKEN", s.must("", signUp, map[string]any{"in": in}).at(t, "signUpPartner", "userErrors", 0, "code"))

	const signIn = `mutation($in: SignInInput!) { signIn(input: $in) { session { token user { name } } userErrors { code } } }`
	require.Equal(t, "UNAUTHENTICATED", s.ask("", signIn, map[string]any{"in": map[string]any{"email": "dora@example.com", "password": "wrong password"}}).code())
	session := s.must("", signIn, map[string]any{"in": map[string]any{"email": "dora@example.com", "password": "a long password"}})
	token := session.at(t, "signIn", "session", "token").(string)
	joined := s.must(token, `mutation($in: JoinProgramInput!) { joinProgram(input: $in) { enrollment { id status partner { name } } userErrors { code } } }`,
		map[string]any{"in": map[string]any{"programId": s.Program.ID.Format(models.PrefixProgram), "idempotencyKey": "j"}})
	require.Equal(t, "ACTIVE", joined.at(t, "joinProgram", "enrollment", "status"))
	link := s.must(token, `mutation($in: CreateLinkInput!) { createLink(input: $in) { link { code enrollment { id } } userErrors { code } } }`,
		map[string]any{"in": map[string]any{"enrollmentId": joined.at(t, "joinProgram", "enrollment", "id"), "destinationUrl": "https://acme.example/x", "idempotencyKey": "l"}})
	require.Equal(t, joined.at(t, "joinProgram", "enrollment", "id"), link.at(t, "createLink", "link", "enrollment", "id"))
}
