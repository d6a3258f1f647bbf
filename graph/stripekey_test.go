package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// The key is told by its last four characters only, to who may see keys, and to no other merchant.
func TestTheMerchantsStripeKeyIsNotToldAgain(t *testing.T) {
	s := serve(t)
	owner, finance := s.staffToken("olivia@acme.example", models.StaffRoleOwner), s.staffToken("felix@acme.example", models.StaffRoleFinance)
	ann := s.partnerToken(s.Enroll("ann", models.ID{}), "ann@partners.example")
	_, rival := s.otherMerchant()
	const ask = `{ viewer { merchant { id stripeKey { lastFour mode accountId setBy setAt } stripeWebhookPath } } }`
	shown := func(token string) any {
		t.Helper()
		return s.must(token, ask, nil).at(t, "viewer", "merchant", "stripeKey")
	}
	require.Nil(t, shown(owner))

	set := duty{answer: "stripeKey { lastFour }"}.text("setStripeKey")
	for field, code := range map[string]string{"secretKey": "STRIPE_KEY_INVALID", "webhookSecret": "WEBHOOK_SECRET_INVALID"} {
		refused := s.must(owner, set, variables(stripeKey, "refused", map[string]any{field: "hello"}))
		require.Equal(t, code, refused.at(t, "it", "userErrors", 0, "code"))
		require.Equal(t, []any{field}, refused.at(t, "it", "userErrors", 0, "field"))
	}
	s.must(owner, set, variables(stripeKey, "key-1", nil))
	var olivia models.User
	require.NoError(t, s.DB.Read(t.Context()).Where("email = ?", "olivia@acme.example").Take(&olivia).Error)
	require.Equal(t, map[string]any{"lastFour": "4711", "mode": "TEST", "accountId": "acct_platform", "setBy": "user:" + olivia.ID.String(),
		"setAt": s.Clock.Now().Format("2006-01-02T15:04:05Z")}, shown(owner))
	require.Nil(t, shown(finance))
	require.Nil(t, shown(rival))
	require.Nil(t, s.must(ann, ask, nil).at(t, "viewer", "merchant"))
	path := s.must(finance, ask, nil).at(t, "viewer", "merchant", "stripeWebhookPath")
	require.Equal(t, "/webhooks/stripe/"+s.Owner.MerchantID.Format(models.PrefixMerchant), path)
	for row := range s.dump() {
		require.NotContains(t, row, "sk_test_4711")
	}
	var kept []models.IdempotencyKey
	require.NoError(t, s.DB.Read(t.Context()).Where("operation = ?", "setStripeKey").Find(&kept).Error)
	require.Len(t, kept, 1)
	require.NotContains(t, kept[0].Response, "SecretKey")
	require.NotContains(t, s.log.String(), "sk_test")

	signedUp := s.must("", `mutation($in: SignUpMerchantInput!) { it: signUpMerchant(input: $in) { merchant { stripeKey { lastFour } } } }`,
		variables(map[string]any{"slug": "new", "name": "New", "email": "nora@shop.example", "ownerName": "Nora", "password": testPassword}, "key-1", nil))
	require.Nil(t, signedUp.at(t, "it", "merchant", "stripeKey"))
}
