package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func (s *served) recordConversion(conversion map[string]any) answer {
	s.T.Helper()
	return s.must(s.key, duty{answer: "conversion { id country coupon metadata }"}.text("recordConversion"),
		variables(map[string]any{"programId": s.main(), "conversion": conversion}, models.NewID().String(), nil))
}

func (s *served) recordRefund(refund map[string]any) answer {
	s.T.Helper()
	return s.must(s.key, duty{answer: "refund { kind amount { amount } items { sku amount { amount currencyCode } } } outcome"}.text("recordRefund"),
		variables(map[string]any{"programId": s.main(), "refund": refund}, models.NewID().String(), nil))
}

func TestMetadataAndCouponsAreTheMerchantsToSee(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	token := s.partnerToken(ann, "ann@partners.example")
	order := conversion("o-1", "10.00")
	order["country"], order["coupon"], order["metadata"] = "GB", "sale20", map[string]any{"utm.source": "news", "a-b": ""}
	done := s.recordConversion(order)
	id := done.at(t, "it", "conversion", "id")
	const ask = `query($id: ID!) { node(id: $id) { ... on Conversion { country coupon metadata } } }`
	shown := s.must(s.key, ask, map[string]any{"id": id})
	require.Equal(t, map[string]any{"country": "GB", "coupon": "SALE20", "metadata": map[string]any{"utm.source": "news", "a-b": ""}}, shown.at(t, "node"))
	hidden := s.must(token, ask, map[string]any{"id": id})
	require.Equal(t, map[string]any{"country": "GB", "coupon": nil, "metadata": nil}, hidden.at(t, "node"))

	bare := s.recordConversion(conversion("o-2", "10.00"))
	require.Equal(t, map[string]any{}, bare.at(t, "it", "conversion", "metadata"))
	order["metadata"] = map[string]any{"a b": "x"}
	refused := s.recordConversion(order)
	require.Equal(t, "METADATA_INVALID", refused.at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, []any{"conversion", "metadata", "a b"}, refused.at(t, "it", "userErrors", 0, "field"))
	for _, odd := range []any{map[string]any{"n": 1}, map[string]any{"n": nil}, "text", []any{"list"}} {
		order["metadata"] = odd
		malformed := s.ask(s.key, duty{answer: "outcome"}.text("recordConversion"), variables(map[string]any{"programId": s.main(), "conversion": order}, "odd", nil))
		require.Equal(t, "BAD_USER_INPUT", malformed.code(), malformed.text)
	}
	inline := s.must(s.key, `mutation { it: recordConversion(input: {programId: "`+s.main()+`", idempotencyKey: "inline", conversion: {externalId: "o-3",
		occurredAt: "2026-01-05T09:00:00Z", currencyCode: "GBP", amount: "1.00", metadata: {color: "red"}}}) { conversion { metadata } userErrors { code } } }`, nil)
	require.Equal(t, map[string]any{"color": "red"}, inline.at(t, "it", "conversion", "metadata"))
}

func TestRefundsByItemAndDisputes(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	order := conversion("o-1", "10.00")
	order["items"] = []any{map[string]any{"sku": "mug", "quantity": 1, "amount": "6.00"}, map[string]any{"sku": "pot", "quantity": 1, "amount": "3.00"}}
	s.recordConversion(order)
	back := refund("r-1", "o-1", "3.50")
	back["items"] = []any{map[string]any{"sku": "pot", "amount": "3.00"}}
	done := s.recordRefund(back)
	require.Equal(t, map[string]any{"kind": "REFUND", "amount": map[string]any{"amount": "3.50"},
		"items": []any{map[string]any{"sku": "pot", "amount": map[string]any{"amount": "3.00", "currencyCode": "GBP"}}}}, done.at(t, "it", "refund"))
	back["externalId"] = "r-2"
	refused := s.recordRefund(back)
	require.Equal(t, "REFUND_ITEM_EXCEEDS", refused.at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, []any{"refund", "items", "0"}, refused.at(t, "it", "userErrors", 0, "field"))

	dispute := refund("d-1", "o-1", "10.00")
	dispute["kind"] = "CHARGEBACK"
	require.Equal(t, "6.50", s.recordRefund(dispute).at(t, "it", "refund", "amount", "amount"))
	dispute["kind"] = "CHARGEBACK_WON"
	delete(dispute, "amount")
	won := s.recordRefund(dispute)
	require.Equal(t, map[string]any{"kind": "CHARGEBACK_WON", "amount": map[string]any{"amount": "-6.50"}, "items": []any{}}, won.at(t, "it", "refund"))
	dispute["occurredAt"] = "2026-01-05T10:00:00Z"
	require.Equal(t, "DUPLICATE", s.recordRefund(dispute).at(t, "it", "outcome"))
	dispute["externalId"] = "d-2"
	unknown := s.recordRefund(dispute)
	require.Equal(t, "CHARGEBACK_NOT_FOUND", unknown.at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, []any{"refund", "externalId"}, unknown.at(t, "it", "userErrors", 0, "field"))
	s.Accrue()
}

func TestAReleaseAndTagsAreTheMerchantsToSee(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	token := s.partnerToken(ann, "ann@partners.example")
	held := s.held().ID.Format(models.PrefixConversion)
	release := func(key string) answer {
		t.Helper()
		return s.must(s.key, duty{answer: "conversion { id }"}.text("releaseConversionHold"),
			variables(map[string]any{"conversionId": held, "reason": "she asked first"}, key, nil))
	}
	require.Equal(t, held, release("1").at(t, "it", "conversion", "id"))
	require.Equal(t, held, release("2").at(t, "it", "conversion", "id"), "under another key it changes nothing")
	order := s.recordConversion(conversion("o-1", "10.00")).at(t, "it", "conversion", "id")
	free := s.must(s.key, duty{answer: "conversion { id }"}.text("releaseConversionHold"), variables(map[string]any{"conversionId": order, "reason": "why"}, "3", nil))
	require.Equal(t, "CONVERSION_NOT_HELD", free.at(t, "it", "userErrors", 0, "code"))

	s.must(s.key, duty{answer: "enrollment { id }"}.text("updateEnrollment"), variables(ofAnn(map[string]any{"tags": []string{"watched"}})(s), "4", nil))
	const ask = `query($id: ID!, $c: ID!) { enrollment: node(id: $id) { ... on Enrollment { tags groupCode } } conversion: node(id: $c) { ... on Conversion {
		attribution { holdReason linkCode subIds releasedAt releasedBy releasedReason } } } }`
	asked := map[string]any{"id": s.enrollment("ann"), "c": held}
	mine := s.must(s.key, ask, asked)
	require.Equal(t, []any{"watched"}, mine.at(t, "enrollment", "tags"))
	at := mine.at(t, "conversion", "attribution", "releasedAt")
	require.NotNil(t, at)
	require.Equal(t, "she asked first", mine.at(t, "conversion", "attribution", "releasedReason"))
	require.Regexp(t, "^apikey:", mine.at(t, "conversion", "attribution", "releasedBy"))
	partners := s.must(token, ask, asked)
	require.Equal(t, map[string]any{"tags": []any{}, "groupCode": nil}, partners.at(t, "enrollment"))
	require.Equal(t, map[string]any{"holdReason": "", "linkCode": "link-ann", "subIds": map[string]any{}, "releasedAt": at, "releasedBy": nil,
		"releasedReason": nil}, partners.at(t, "conversion", "attribution"))

	emptied := s.must(s.key, duty{answer: "enrollment { tags }"}.text("updateEnrollment"), variables(ofAnn(map[string]any{"tags": []string{}})(s), "5", nil))
	require.Equal(t, []any{}, emptied.at(t, "it", "enrollment", "tags"))
}
