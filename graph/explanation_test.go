package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

const askExplanation = `query($id: ID!) { node(id: $id) { ... on Commission { amount { amount } explanation {
	agrees recomputed { amount } problem waiting comesTo { amount currencyCode }
	conversion { externalId revision customerId } attribution { method candidates { enrollmentId won reason } }
	plan { number contentHash effectiveAt choice } rules { ruleId verdict reason condition own took { amount } }
	basis { what amount { amount } } steps { kind text amount { amount } } tiers { percent part { amount } from { amount } }
	caps { per scope cut limit { amount } count used { amount } usedCount room { amount } before { amount } after { amount } }
	levels { level verdict reason own percent enrollment { id code } basis { amount } amount { amount } }
	hold { occurredAt days maturesAt periodKey late text }
	adjustments { commission { id kind } refund { externalId } revision { revision } cause amount { amount } }
	payment { paid text statement { closing { amount } } payout { state amount { amount } batch { id } } }
} } } }`

func (s *served) lineOf(e models.Enrollment) map[string]any {
	s.T.Helper()
	var line models.Commission
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("enrollment_id = ? AND kind = ?", e.ID, models.CommissionKindEarned).Take(&line).Error)
	return map[string]any{"id": line.ID.Format(models.PrefixCommission)}
}

func TestALineIsExplainedToWhomItConcerns(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	ben := s.Enroll("ben", ann.ID)
	sale := s.Sell("ben", "1000.00")
	s.Accrue()
	s.Refund("back", sale, "100.00")
	period := s.CloseMonth()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	annToken, benToken := s.partnerToken(ann, "ann@partners.example"), s.partnerToken(ben, "ben@partners.example")
	own, above := s.lineOf(ben), s.lineOf(ann)
	at := func(a answer, path ...any) any { return a.at(t, append([]any{"node", "explanation"}, path...)...) }

	full := s.must(s.key, askExplanation, own)
	require.Equal(t, true, at(full, "agrees"))
	require.Equal(t, "100.00", at(full, "recomputed", "amount"))
	require.Equal(t, "1000.00 x 10% = 100.00", at(full, "steps", 0, "text"))
	require.Equal(t, sale, at(full, "conversion", "externalId"))
	require.Equal(t, "back", at(full, "adjustments", 0, "refund", "externalId"))
	require.Equal(t, "90.00", at(full, "comesTo", "amount"))
	require.Equal(t, "SALE", at(full, "plan", "choice"))
	require.Equal(t, ann.Code, at(full, "levels", 1, "enrollment", "code"))
	require.Equal(t, "20.00", at(full, "levels", 1, "amount", "amount"))
	require.Equal(t, "HELD", at(full, "payment", "payout", "state"))
	require.Equal(t, "not paid yet: the payout is held: the partner has not set up a payout account", at(full, "payment", "text"))
	require.NotNil(t, at(full, "payment", "payout", "batch"))
	require.Len(t, at(full, "attribution", "candidates"), 1)

	seller := s.must(benToken, askExplanation, own)
	require.Equal(t, sale, at(seller, "conversion", "externalId"))
	require.Nil(t, at(seller, "payment", "payout", "batch"))
	require.Equal(t, "back", at(seller, "adjustments", 0, "refund", "externalId"))
	require.Empty(t, at(seller, "attribution", "candidates"))
	require.Equal(t, map[string]any{"level": 1.0, "verdict": "PAID", "reason": "", "own": false, "percent": "", "enrollment": nil, "basis": nil, "amount": nil}, at(seller, "levels", 1))
	require.NotContains(t, seller.text, ann.Code)

	upline := s.must(annToken, askExplanation, above)
	require.Equal(t, "1000.00 x 2% = 20.00", strings.TrimPrefix(at(upline, "steps", 0, "text").(string), "level 1: "))
	require.Nil(t, at(upline, "conversion"))
	require.Nil(t, at(upline, "attribution"))
	require.Nil(t, at(upline, "adjustments", 0, "refund"))
	require.Nil(t, at(upline, "levels", 0, "enrollment"))
	require.NotContains(t, upline.text, ben.Code)
	require.NotContains(t, upline.text, sale)

	require.Equal(t, "NOT_FOUND", s.ask(annToken, askExplanation, own).code())
	_, rival := s.otherMerchant()
	require.Equal(t, "NOT_FOUND", s.ask(rival, askExplanation, own).code())
	payer := s.must(s.keyFor(s.Owner, access.PayoutsRead), askExplanation, own)
	require.Nil(t, at(payer, "conversion"))
	require.Equal(t, "100.00", at(payer, "recomputed", "amount"))
}

func TestAnExplanationIsDear(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.Accrue()
	const page = `query($id: ID!, $n: Int) { node(id: $id) { ... on Enrollment { commissions(first: $n) { nodes { explanation { agrees } } } } } }`
	few := s.must(s.key, page, map[string]any{"id": ann.ID.Format(models.PrefixEnrollment), "n": 50})
	require.Equal(t, true, few.at(t, "node", "commissions", "nodes", 0, "explanation", "agrees"))
	require.Equal(t, "COMPLEXITY_LIMIT_EXCEEDED", s.ask(s.key, page, map[string]any{"id": ann.ID.Format(models.PrefixEnrollment), "n": 100}).code())
}

func TestAStalledConversionIsShownToTheMerchant(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.Accrue()
	c := s.stalled("bare")
	const list = `query($id: ID!) { node(id: $id) { ... on Program { stalledConversions { nodes {
		ruleId detail stalledAt planVersion { number } conversion { externalId stalled { detail } } } } } } }`
	main := map[string]any{"id": s.main()}
	found := s.must(s.key, list, main)
	require.Len(t, found.at(t, "node", "stalledConversions", "nodes"), 1)
	first := found.at(t, "node", "stalledConversions", "nodes", 0).(map[string]any)
	require.Equal(t, "pro", first["ruleId"])
	require.Equal(t, "no such key: plan", first["detail"])
	require.Equal(t, 2.0, first["planVersion"].(map[string]any)["number"])
	require.Equal(t, "bare", first["conversion"].(map[string]any)["externalId"])
	require.Equal(t, "no such key: plan", under(first["conversion"], "detail"))

	const one = `query($id: ID!) { node(id: $id) { ... on Conversion { externalId stalled { ruleId } } } }`
	id := map[string]any{"id": c.ID.Format(models.PrefixConversion)}
	require.Equal(t, "pro", s.must(s.key, one, id).at(t, "node", "stalled", "ruleId"))
	token := s.partnerToken(ann, "ann@partners.example")
	require.Nil(t, s.must(token, one, id).at(t, "node", "stalled"))
	require.Equal(t, "FORBIDDEN", s.ask(token, list, main).code())
	poor := s.must(s.keyFor(s.Owner, access.ConversionsRead, access.ProgramsRead), list, main)
	require.Len(t, poor.at(t, "node", "stalledConversions", "nodes"), 1)

	const retry = `mutation($in: RetryConversionInput!) { retryConversion(input: $in) { conversion { externalId } userErrors { code field } } }`
	ask := func(key string) answer {
		return s.must(s.key, retry, map[string]any{"in": map[string]any{"conversionId": id["id"], "idempotencyKey": key}})
	}
	require.Equal(t, "bare", ask("1").at(t, "retryConversion", "conversion", "externalId"))
	again := ask("2")
	require.Equal(t, "CONVERSION_NOT_STALLED", again.at(t, "retryConversion", "userErrors", 0, "code"))
	require.Equal(t, []any{"conversionId"}, again.at(t, "retryConversion", "userErrors", 0, "field"))
}

func TestAPlanFileIsCheckedAndGivenBack(t *testing.T) {
	s := serve(t)
	const check = `query($file: String!) { checkPlanFile(planFile: $file) { rules examples worstCase worstCaseExample problems { code field message } } }`
	fine := s.must(s.key, check, map[string]any{"file": planFile})
	require.Equal(t, map[string]any{"rules": 1.0, "examples": 0.0, "worstCase": "10%", "worstCaseExample": "the seller gets 10.0000", "problems": []any{}}, fine.at(t, "checkPlanFile"))
	bad := s.must(s.key, check, map[string]any{"file": strings.Replace(planFile, "percent: 10%", "percent: 16%", 1)})
	require.Equal(t, "PLAN_ABOVE_BOUND", bad.at(t, "checkPlanFile", "problems", 0, "code"))
	require.Equal(t, []any{"plan", "rules", "0"}, bad.at(t, "checkPlanFile", "problems", 0, "field"))
	require.Contains(t, bad.at(t, "checkPlanFile", "problems", 0, "message"), "[6:11] ")
	require.Nil(t, bad.at(t, "checkPlanFile", "worstCase"))
	torn := s.must(s.key, check, map[string]any{"file": "plan: ["})
	require.Equal(t, "PLAN_FILE_MALFORMED", torn.at(t, "checkPlanFile", "problems", 0, "code"))
	require.Equal(t, "UNAUTHENTICATED", s.ask("", check, map[string]any{"file": planFile}).code())
	require.Equal(t, "FORBIDDEN", s.ask(s.keyFor(s.Owner, access.PayoutsRead), check, map[string]any{"file": planFile}).code())

	const apply = `mutation($in: ApplyPlanFileInput!) { applyPlanFile(input: $in) { planVersion { id number contentHash planFile } userErrors { code } } }`
	first := s.must(s.key, apply, map[string]any{"in": map[string]any{"planFile": planFile, "idempotencyKey": "1"}})
	file := first.at(t, "applyPlanFile", "planVersion", "planFile")
	require.Contains(t, file, "slug: second")
	again := s.must(s.key, apply, map[string]any{"in": map[string]any{"planFile": file, "idempotencyKey": "2"}})
	require.Equal(t, first.at(t, "applyPlanFile", "planVersion"), again.at(t, "applyPlanFile", "planVersion"))
	require.Len(t, first.at(t, "applyPlanFile", "planVersion", "contentHash"), 64)
}
