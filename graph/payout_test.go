package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/program"
	"tributary/models"
)

func TestOnboardingOpensOneAccount(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	asked := map[string]any{"enrollmentId": s.enrollment("ann"), "refreshUrl": "https://acme.example/again", "returnUrl": "https://acme.example/done"}
	text := duty{answer: "url payoutAccount { destination }"}.text("startOnboarding")
	s.rail.down = true
	down := s.ask(s.key, text, variables(asked, "k", nil))
	require.Equal(t, "UNAVAILABLE", down.code(), "the same request may be sent again")
	require.NotContains(t, down.text, "refused")
	s.rail.down = false
	first := s.must(s.key, text, variables(asked, "k", nil))
	s.rail.accounts["moved"] = s.rail.accounts[firstKey(s.rail.accounts)]
	delete(s.rail.accounts, firstKey(s.rail.accounts)) // the rail forgets its keys after a day
	s.Clock.Advance(25 * time.Hour)
	again := s.must(s.key, text, variables(asked, "k", nil))
	require.Equal(t, first.at(t, "it", "payoutAccount"), again.at(t, "it", "payoutAccount"))
	require.NotEqual(t, first.at(t, "it", "url"), again.at(t, "it", "url"), "a page works once")
	require.Equal(t, 1, s.rail.opened)

	const query = `query($id: ID!) { node(id: $id) { ... on Enrollment { payoutAccount { rail ready status statusSentence requirements requirementSentences destination } } } }`
	for _, credential := range []string{s.key, s.partnerToken(ann, "ann@partners.example")} {
		a := s.must(credential, query, map[string]any{"id": s.enrollment("ann")})
		require.Equal(t, map[string]any{"rail": "STRIPE", "ready": true, "status": "active", "requirements": []any{"external_account"},
			"statusSentence": "the account can be paid to", "requirementSentences": []any{"a bank account or debit card to be paid to"},
			"destination": "acct_1"}, a.at(t, "node", "payoutAccount"))
	}
}

func firstKey[V any](m map[string]V) string {
	for k := range m {
		if k != "moved" {
			return k
		}
	}
	return ""
}

func TestABatchPaidByHand(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	b := s.byHand()
	id := b.ID.Format(models.PrefixBatch)
	const query = `query($id: ID!) { node(id: $id) { ... on PayoutBatch { bankFile state payouts { nodes { id state transferId } } } } }`
	a := s.must(s.key, query, map[string]any{"id": id})
	payoutID := a.at(t, "node", "payouts", "nodes", 0, "id").(string)
	require.Equal(t, "payout_id,destination,amount,currency\n"+payoutID+",GB33BUKB20201555555555,100.00,GBP\n", a.at(t, "node", "bankFile"))
	paid := s.must(s.key, duty{answer: "payout { state transferId batch { state } }"}.text("markPayoutPaid"),
		variables(map[string]any{"payoutId": payoutID, "reference": strings.Repeat("ü", 60)}, "k", nil))
	require.Equal(t, "TRANSFERRED", paid.at(t, "it", "payout", "state"))
	require.Equal(t, strings.Repeat("ü", 60), paid.at(t, "it", "payout", "transferId"))
	require.Equal(t, "RECONCILING", paid.at(t, "it", "payout", "batch", "state"))
	after := s.must(s.key, query, map[string]any{"id": id})
	require.Equal(t, "payout_id,destination,amount,currency\n", after.at(t, "node", "bankFile"), "what is paid is not paid again")

	_, err := s.Payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	s.Sell("ann", "1000.00")
	next := s.CloseMonth()
	planned := s.must(s.key, duty{answer: "payoutBatch { id contentHash total { amount } }"}.text("planPayoutBatch"),
		variables(map[string]any{"periodId": next.ID.Format(models.PrefixPeriod)}, "p2", nil))
	second := planned.at(t, "it", "payoutBatch", "id")
	s.must(s.staffToken("felix@acme.example", models.StaffRoleFinance), duty{answer: "payoutBatch { state }"}.text("approvePayoutBatch"),
		variables(map[string]any{"payoutBatchId": second, "contentHash": planned.at(t, "it", "payoutBatch", "contentHash")}, "a2", nil))
	s.must(s.key, duty{answer: "payoutBatch { state }"}.text("executePayoutBatch"), variables(map[string]any{"payoutBatchId": second}, "e2", nil))
	due := s.must(s.key, query, map[string]any{"id": second})
	same := s.must(s.key, duty{answer: "payout { state }"}.text("markPayoutPaid"),
		variables(map[string]any{"payoutId": due.at(t, "node", "payouts", "nodes", 0, "id"), "reference": strings.Repeat("ü", 60)}, "m2", nil))
	require.Equal(t, "TRANSFERRED", same.at(t, "it", "payout", "state"), "one transfer at the bank may pay many")
}

func TestAHoldKeepsABalanceOutOfTheBatch(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.ready()
	hold := func(name, key string) {
		t.Helper()
		input := map[string]any{"enrollmentId": s.enrollment("ann")}
		if name == "holdPayouts" {
			input["reason"] = "looked into"
		}
		require.Empty(t, s.must(s.key, duty{answer: "enrollment { id }"}.text(name), variables(input, key, nil)).at(t, "it", "userErrors"))
	}
	hold("holdPayouts", "1")
	period := s.owed()
	b := s.planOf(period)
	require.Equal(t, []any{"HELD", "HELD_BY_OPERATOR"}, []any{string(s.payoutOf(b).State), s.payoutOf(b).Reason})
	mine := s.must(s.partnerToken(ann, "ann@partners.example"), `{ myEnrollments { nodes { payoutHeldAt payoutHoldReason } } }`, nil)
	require.NotNil(t, mine.at(t, "myEnrollments", "nodes", 0, "payoutHeldAt"))
	require.Nil(t, mine.at(t, "myEnrollments", "nodes", 0, "payoutHoldReason"), "why is for the merchant")
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Cancel(tx, s.Owner, b.ID)
		return err
	})
	hold("releasePayouts", "2")
	require.Equal(t, models.PayoutStatePlanned, s.payoutOf(s.planOf(period)).State)
}

func (s *served) planOf(period models.Period) models.PayoutBatch {
	s.T.Helper()
	var b models.PayoutBatch
	s.Do(func(tx *models.Tx) (err error) {
		b, err = s.Payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	return b
}

func TestAnEndedLinkLeadsNowhereAndWinsNothing(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	token := s.partnerToken(ann, "ann@partners.example")
	link := map[string]any{"linkId": s.linkID("link-ann")}
	require.Equal(t, false, s.must(token, duty{answer: "link { active }"}.text("deactivateLink"), variables(link, "k", nil)).at(t, "it", "link", "active"))
	require.Equal(t, "FORBIDDEN", s.ask(token, duty{answer: "link { active }"}.text("reactivateLink"), variables(link, "k2", nil)).code(), "that is the merchant's to decide")
	record := func(id string) any {
		return s.must(s.key, duty{answer: "conversion { attribution { method candidates { reason } } }"}.text("recordConversion"),
			variables(map[string]any{"programId": s.main(), "conversion": conversion(id, "5")}, id, nil)).at(t, "it", "conversion", "attribution", "method")
	}
	require.Equal(t, "NONE", record("o-1"))
	s.must(s.key, duty{answer: "link { active }"}.text("reactivateLink"), variables(link, "k2", nil))
	require.Equal(t, "LINK", record("o-2"))
}

func TestWhatTheDownlineEarned(t *testing.T) {
	s := serve(t)
	s.apply(func(p *program.Spec) { p.DownlineDepth = 1 })
	ann := s.Enroll("ann", models.ID{})
	ben := s.Enroll("ben", ann.ID)
	s.Enroll("cat", ben.ID)
	s.Refund("r-1", s.Sell("cat", "1000.00"), "500.00")
	s.Sell("ann", "1000.00") // her own is not her downline's
	s.Accrue()
	const query = `query($id: ID!) { node(id: $id) { ... on Enrollment { subtreeSize subtreeEarnings { amount currencyCode } } } }`
	asked := map[string]any{"id": s.enrollment("ann")}
	whole := s.must(s.key, query, asked)
	require.EqualValues(t, 2, whole.at(t, "node", "subtreeSize"))
	require.Equal(t, map[string]any{"amount": "60.00", "currencyCode": "GBP"}, whole.at(t, "node", "subtreeEarnings"), "cat has 50, ben has 10")
	token := s.partnerToken(ann, "ann@partners.example")
	level := s.must(token, query, asked)
	require.EqualValues(t, 1, level.at(t, "node", "subtreeSize"))
	require.Equal(t, "10.00", level.at(t, "node", "subtreeEarnings", "amount"), "a partner sees one level here")
	s.apply(func(p *program.Spec) { p.DownlineDepth = 0 })
	none := s.must(token, query, asked)
	require.Equal(t, "0.00", none.at(t, "node", "subtreeEarnings", "amount"))
	poor := s.ask(s.keyFor(s.Owner, "partners:read"), query, asked)
	require.Equal(t, "FORBIDDEN", poor.code())
	require.Nil(t, poor.at(t, "node", "subtreeEarnings"))
}

// Two people end what no operation does, over the API: neither is a key, and neither is alone.
func TestTwoPeopleReleaseAPayoutOverTheAPI(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	b := s.disputed()
	p := s.payoutOf(b)
	anna, felix := s.staffToken("anna@acme.example", models.StaffRoleAdmin), s.staffToken("felix@acme.example", models.StaffRoleFinance)
	request := variables(map[string]any{"payoutId": p.ID.Format(models.PrefixPayout), "kind": "RELEASE", "reason": "never arrived"}, "r", nil)
	asked := s.must(anna, duty{answer: "decision { id state }"}.text("requestPayoutDecision"), request)
	require.Equal(t, "OPEN", asked.at(t, "it", "decision", "state"))
	confirm := variables(map[string]any{"decisionId": asked.at(t, "it", "decision", "id")}, "c", nil)
	text := duty{answer: "decision { state decidedBy payout { state reason sentence attempts { nodes { generation seq outcome errorCode httpStatus idempotencyKey finishedAt sentence } } } }"}.text("confirmPayoutDecision")
	alone := s.ask(anna, text, confirm)
	require.Equal(t, "FORBIDDEN", alone.code())
	require.Equal(t, "DECIDER_IS_REQUESTER", alone.Errors[0].Extensions["reason"])
	require.Equal(t, "DECIDER_NOT_A_PERSON", s.ask(s.key, text, confirm).Errors[0].Extensions["reason"])
	done := s.must(felix, text, confirm)
	require.Equal(t, "CONFIRMED", done.at(t, "it", "decision", "state"))
	require.Equal(t, "HELD", done.at(t, "it", "decision", "payout", "state"))
	const released = "not paid in this batch, which leaves the amount payable: people decided that it was not paid"
	require.Equal(t, released, done.at(t, "it", "decision", "payout", "sentence"))
	call := done.at(t, "it", "decision", "payout", "attempts", "nodes", 0).(map[string]any)
	require.Equal(t, []any{"UNKNOWN", "idempotency_error", 400.0, "tributary:payout:" + p.ID.String() + ":g1", "the answer does not tell whether it paid or not"},
		[]any{call["outcome"], call["errorCode"], call["httpStatus"], call["idempotencyKey"], call["sentence"]})
	partner := s.must(s.partnerToken(ann, "ann@partners.example"), `query($id: ID!) { node(id: $id) { ... on Payout { state sentence attempts { nodes { seq } } } } }`,
		map[string]any{"id": p.ID.Format(models.PrefixPayout)})
	require.Equal(t, released, partner.at(t, "node", "sentence"))
	require.Nil(t, partner.at(t, "node", "attempts"), "the calls are the merchant's")
	shown := s.must(felix, `query($id: ID!) { node(id: $id) { ... on PayoutBatch { decisions { nodes { kind reason payout { id } } } } } }`,
		map[string]any{"id": b.ID.Format(models.PrefixBatch)})
	require.Equal(t, "never arrived", shown.at(t, "node", "decisions", "nodes", 0, "reason"))
}

func TestABatchShowsWhatStopsIt(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	b := s.approved()
	const query = `query($id: ID!) { node(id: $id) { ... on PayoutBatch { state pauseReason approvalExpiresAt contentHash preview { contentHash payoutCount } stop { everyMerchant reason } } } }`
	asked := map[string]any{"id": b.ID.Format(models.PrefixBatch)}
	free := s.must(s.key, query, asked)
	require.NotNil(t, free.at(t, "node", "approvalExpiresAt"))
	require.Equal(t, map[string]any{"contentHash": free.at(t, "node", "contentHash"), "payoutCount": 1.0}, free.at(t, "node", "preview"))
	require.Nil(t, free.at(t, "node", "stop"))
	s.must(s.key, duty{answer: "payoutBatch { id }"}.text("executePayoutBatch"), variables(map[string]any{"payoutBatchId": asked["id"]}, "e", nil))
	s.must(s.key, duty{answer: "stop { reason }"}.text("stopPayouts"), variables(map[string]any{"reason": "looks odd"}, "s", nil))
	stopped := s.must(s.key, query, asked)
	require.Equal(t, []any{"PAUSED", "PAYOUTS_STOPPED", free.at(t, "node", "approvalExpiresAt")}, []any{stopped.at(t, "node", "state"), stopped.at(t, "node", "pauseReason"), stopped.at(t, "node", "approvalExpiresAt")})
	require.Nil(t, stopped.at(t, "node", "preview"))
	require.Equal(t, map[string]any{"everyMerchant": false, "reason": "looks odd"}, stopped.at(t, "node", "stop"))
	refused := s.must(s.key, duty{answer: "payoutBatch { id }"}.text("resumePayoutBatch"), variables(map[string]any{"payoutBatchId": asked["id"]}, "r", nil))
	require.Equal(t, "PAYOUTS_STOPPED", refused.at(t, "it", "userErrors", 0, "code"))
	s.must(s.key, duty{answer: "stop { startedAt }"}.text("startPayouts"), variables(nil, "t", nil))
	require.Equal(t, "EXECUTING", s.must(s.key, query, asked).at(t, "node", "state"))
}

// A bank file takes out whose account changed and notes who is in it, which is not for whoever only reads.
func TestWhoOnlyReadsPayoutsGetsNoBankFile(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	b := s.byHand()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.SetBankReference(tx, s.Owner, ann.ID, "GB33OTHER")
		return err
	})
	answer := s.must(s.staffToken("anna@acme.example", models.StaffRoleAnalyst), `query($id: ID!) { node(id: $id) { ... on PayoutBatch { bankFile payouts { nodes { state } } } } }`,
		map[string]any{"id": b.ID.Format(models.PrefixBatch)})
	require.Nil(t, answer.at(t, "node", "bankFile"))
	var p models.Payout
	require.NoError(t, s.DB.Read(t.Context()).Where("batch_id = ?", b.ID).Take(&p).Error)
	require.Equal(t, models.PayoutStateReady, p.State)
}
