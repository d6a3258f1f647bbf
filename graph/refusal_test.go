package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// with gives a copy of a record with one field changed.
func with(record map[string]any, field string, value any) map[string]any {
	changed := map[string]any{}
	for k, v := range record {
		changed[k] = v
	}
	changed[field] = value
	return changed
}

func TestBadInputIsRefusedByCodeAndPath(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	ben := s.Enroll("ben", ann.ID)
	s.coupon(ann)
	sale := s.Sell("ann", "100.00")
	s.Refund("r-0", sale, "60.00")
	rival, _ := s.otherMerchant()
	var foreign models.Program
	s.Do(func(tx *models.Tx) (err error) {
		foreign, err = s.Programs.Apply(tx, rival, program.Spec{Slug: "theirs", Name: "Theirs", Currency: "GBP", TimeZone: "UTC", Domains: []string{"rival.example"}})
		return err
	})
	annID, benID, main := ann.ID.Format(models.PrefixEnrollment), ben.ID.Format(models.PrefixEnrollment), s.main()
	theirs := foreign.ID.Format(models.PrefixProgram)
	order := conversion("o-1", "12.50")
	recorded := func(c map[string]any) map[string]any { return map[string]any{"programId": main, "conversion": c} }
	refunded := func(r map[string]any) map[string]any { return map[string]any{"programId": main, "refund": r} }
	plan := func(old, new string) map[string]any {
		require.Contains(t, planFile, old)
		return map[string]any{"planFile": strings.Replace(planFile, old, new, 1)}
	}
	moved := func(child, field, sponsor string) map[string]any {
		return map[string]any{"enrollmentId": child, field: sponsor, "reason": "moved"}
	}
	s.Accrue()
	var earned models.Commission
	require.NoError(t, s.DB.Read(t.Context()).Take(&earned).Error)
	placed := s.agreed("ann").ID.Format(models.PrefixPlacement)
	handed := func(lines ...any) map[string]any { return map[string]any{"programId": main, "lines": append([]any{}, lines...)} }
	placement := map[string]any{"enrollmentId": annID, "placement": "banner", "startsAt": "2026-01-05T00:00:00Z"}
	before := s.dump()
	for _, c := range []struct {
		mutation string
		input    map[string]any
		code     string
		path     string
	}{
		{"recordConversion", recorded(with(order, "currencyCode", "XXX")), "CURRENCY_UNKNOWN", "conversion currencyCode"},
		{"recordConversion", recorded(with(order, "amount", "12.505")), "AMOUNT_TOO_PRECISE", "conversion amount"},
		{"recordConversion", recorded(with(order, "amount", "-1")), "AMOUNT_NOT_POSITIVE", "conversion amount"},
		{"recordConversion", recorded(with(order, "amount", "0")), "AMOUNT_NOT_POSITIVE", "conversion amount"},
		{"recordConversion", recorded(with(order, "amount", "1e3")), "AMOUNT_MALFORMED", "conversion amount"},
		{"recordConversion", recorded(with(order, "amount", "99999999999999999999")), "AMOUNT_OVERFLOW", "conversion amount"},
		{"recordConversion", recorded(with(order, "fxRate", "1.1")), "FX_RATE_UNNEEDED", "conversion fxRate"},
		{"recordConversion", recorded(with(order, "items", []any{map[string]any{"sku": "a", "quantity": 0, "amount": "1"}})), "ITEM_INVALID", "conversion items 0"},
		{"recordConversion", with(recorded(order), "programId", theirs), "PROGRAM_NOT_FOUND", "programId"},
		{"recordConversion", with(recorded(order), "programId", annID), "ID_MALFORMED", "programId"},
		{"recordConversions", map[string]any{"programId": main, "conversions": []any{}}, "BATCH_SIZE_INVALID", "conversions"},
		{"recordRefund", refunded(refund("r-1", sale, "40.01")), "REFUND_EXCEEDS_SALE", "refund amount"},
		{"recordRefund", refunded(refund("r-1", sale, "0")), "AMOUNT_NOT_POSITIVE", "refund amount"},
		{"recordRefund", refunded(refund("r-0", sale, "1")), "REFUND_DIFFERS", "refund externalId"},
		{"recordRefund", refunded(refund("r-1", "no-order", "1")), "CONVERSION_NOT_FOUND", "refund conversionExternalId"},
		{"recordRefunds", map[string]any{"programId": main, "refunds": []any{}}, "BATCH_SIZE_INVALID", "refunds"},
		{"requestSponsorChange", moved(annID, "sponsorId", benID), "SPONSOR_CYCLE", "sponsorId"},
		{"requestSponsorChange", moved(annID, "sponsorId", annID), "SPONSOR_SELF", "sponsorId"},
		{"requestSponsorChange", moved(benID, "sponsorId", annID), "SPONSOR_SAME", "sponsorId"},
		{"requestSponsorChange", moved(benID, "sponsorCode", "nobody"), "ENROLLMENT_NOT_FOUND", "sponsorCode"},
		{"requestSponsorChange", moved(benID, "sponsorCode", "größe"), "ENROLLMENT_NOT_FOUND", "sponsorCode"},
		{"requestSponsorChange", moved(benID, "sponsorCode", ""), "SPONSOR_ARGUMENT", "sponsorId"},
		{"requestSponsorChange", with(moved(benID, "sponsorId", annID), "sponsorCode", "x"), "SPONSOR_ARGUMENT", "sponsorId"},
		{"requestSponsorChange", with(moved(benID, "sponsorId", annID), "effectiveAt", "2020-01-01T00:00:00Z"), "SPONSOR_CHANGE_PAST", "effectiveAt"},
		{"requestSponsorChange", with(moved(benID, "sponsorId", annID), "effectiveAt", "2099-01-01T00:00:00Z"), "SPONSOR_CHANGE_TOO_FAR", "effectiveAt"},
		{"requestSponsorChange", with(moved(benID, "sponsorId", annID), "reason", " "), "REASON_MISSING", "reason"},
		{"requestSponsorChange", moved(benID, "sponsorId", foreign.ID.Format(models.PrefixEnrollment)), "ENROLLMENT_NOT_FOUND", "sponsorId"},
		{"declineSponsorChange", map[string]any{"sponsorChangeId": annID, "reason": "No."}, "ID_MALFORMED", "sponsorChangeId"},
		{"addManualLines", handed(), "BATCH_SIZE_INVALID", "lines"},
		{"addManualLines", with(handed(map[string]any{"enrollmentId": annID, "amount": "1", "reason": "x"}), "programId", theirs), "PROGRAM_NOT_FOUND", "programId"},
		{"addManualLines", handed(map[string]any{"enrollmentId": annID, "amount": "92233720368547758.07", "reason": "x"}, map[string]any{"enrollmentId": annID, "amount": "0.01", "reason": "x"}), "AMOUNT_OVERFLOW", "lines"},
		{"reverseManualLine", map[string]any{"commissionId": earned.ID.Format(models.PrefixCommission), "reason": "x"}, "LINE_NOT_MANUAL", "commissionId"},
		{"reverseManualLine", map[string]any{"commissionId": models.NewID().Format(models.PrefixCommission), "reason": "x"}, "COMMISSION_NOT_FOUND", "commissionId"},
		{"reverseManualLine", map[string]any{"commissionId": annID, "reason": "x"}, "ID_MALFORMED", "commissionId"},
		{"reverseManualLine", map[string]any{"commissionId": earned.ID.Format(models.PrefixCommission), "reason": " "}, "REASON_INVALID", "reason"},
		{"agreePlacement", with(placement, "placement", "podcast"), "PLACEMENT_UNKNOWN", "placement"},
		{"agreePlacement", with(placement, "endsAt", "2026-01-05T00:00:00Z"), "PLACEMENT_SPAN", "endsAt"},
		{"agreePlacement", with(placement, "endsAt", "0001-01-01T00:00:00Z"), "PLACEMENT_SPAN", "endsAt"},
		{"agreePlacement", with(placement, "startsAt", "2024-01-01T00:00:00Z"), "PLACEMENT_TOO_FAR", "startsAt"},
		{"agreePlacement", with(placement, "enrollmentId", main), "ID_MALFORMED", "enrollmentId"},
		{"endPlacement", map[string]any{"placementId": placed, "endsAt": "2026-01-04T00:00:00Z"}, "PLACEMENT_SPAN", "endsAt"},
		{"endPlacement", map[string]any{"placementId": annID, "endsAt": "2026-01-06T00:00:00Z"}, "ID_MALFORMED", "placementId"},
		{"createLink", map[string]any{"enrollmentId": annID, "destinationUrl": "https://acme.example/", "code": "link-ben"}, "CODE_TAKEN", "code"},
		{"createLink", map[string]any{"enrollmentId": annID, "destinationUrl": "https://evil.example/"}, "DESTINATION_INVALID", "destinationUrl"},
		{"enrollPartner", map[string]any{"programId": main, "email": "x@y.example", "name": "X", "groupCode": "none"}, "GROUP_NOT_FOUND", "groupCode"},
		{"enrollPartner", map[string]any{"programId": main, "email": "x@y.example", "name": "X", "externalId": "ann"}, "EXTERNAL_ID_TAKEN", "externalId"},
		{"enrollPartner", map[string]any{"programId": main, "email": "x@y.example", "name": "X", "sponsorId": foreign.ID.Format(models.PrefixEnrollment)}, "ENROLLMENT_NOT_FOUND", "sponsorId"},
		{"holdPayouts", map[string]any{"enrollmentId": annID, "reason": " "}, "REASON_MISSING", "reason"},
		{"holdPayouts", map[string]any{"enrollmentId": annID, "reason": strings.Repeat("x", 201)}, "REASON_TOO_LONG", "reason"},
		{"setBankReference", map[string]any{"enrollmentId": annID, "reference": "=HYPERLINK(1)"}, "DESTINATION_INVALID", "reference"},
		{"startOnboarding", map[string]any{"enrollmentId": annID, "refreshUrl": "javascript:alert(1)", "returnUrl": "https://acme.example/"}, "URL_INVALID", "refreshUrl"},
		{"signUpMerchant", map[string]any{"slug": "acme", "name": "A", "email": "n@acme.example", "ownerName": "N", "password": testPassword}, "SLUG_TAKEN", "slug"},
		{"signUpMerchant", map[string]any{"slug": "a b", "name": "A", "email": "n@acme.example", "ownerName": "N", "password": testPassword}, "SLUG_INVALID", "slug"},
		{"signUpMerchant", map[string]any{"slug": "new", "name": "A", "email": "n@acme.example", "ownerName": " ", "password": testPassword}, "NAME_MISSING", "ownerName"},
		{"signUpMerchant", map[string]any{"slug": "new", "name": "A", "email": "n@acme.example", "ownerName": "N", "password": "short"}, "PASSWORD_INVALID", "password"},
		{"applyPlanFile", map[string]any{"planFile": "program:\n  slug: a\n  sluug: b\n"}, "PLAN_FILE_MALFORMED", "planFile"},
		{"applyPlanFile", map[string]any{"planFile": strings.Repeat("[", 100_000)}, "PLAN_FILE_MALFORMED", "planFile"},
		{"applyPlanFile", plan("currency: GBP", "currency: XXX"), "CURRENCY_UNKNOWN", "planFile program currency"},
		{"applyPlanFile", plan("percent: 10%", "percent: 16%"), "PLAN_ABOVE_BOUND", "planFile plan rules 0"},
		{"applyPlanFile", plan("percent: 10%}", "percent: 10%, kind: SALE}"), "PLAN_DEFAULT_MISSING", "planFile plan rules"},
	} {
		t.Run(c.mutation+" "+c.code, func(t *testing.T) {
			a := s.must(s.key, duty{answer: "__typename"}.text(c.mutation), variables(c.input, "k", nil))
			require.Equal(t, c.code, a.at(t, "it", "userErrors", 0, "code"), a.text)
			require.Equal(t, "["+c.path+"]", sprint(a.at(t, "it", "userErrors", 0, "field")))
			require.Empty(t, differences(before, s.dump()), "it is refused whole")
		})
	}
}

func TestARefusedPlanFileSaysWhere(t *testing.T) {
	s := serve(t)
	text := duty{answer: "__typename userErrors { message }"}.text("applyPlanFile")
	a := s.must(s.key, text, variables(map[string]any{"planFile": "program:\n  slug: a\n  sluug: b\n"}, "k", nil))
	require.Contains(t, a.at(t, "it", "userErrors", 0, "message"), "[3:3]")
}

func TestARefundBatchTakesWhatIsRight(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	sale, other := s.Sell("ann", "100.00"), s.Sell("ann", "50.00")
	refunds := []any{refund("r-1", sale, "60.00"), refund("r-2", other, "50.00"), refund("r-3", sale, "40.01"), refund("r-1", sale, "60.00"), refund("r-4", sale, "40.00"), refund("r-5", "none", "1")}
	a := s.must(s.key, duty{answer: "results { refund { externalId amount { amount } conversion { externalId } } outcome userErrors { code field } }"}.text("recordRefunds"),
		variables(map[string]any{"programId": s.main(), "refunds": refunds}, "k", nil))
	results := a.at(t, "it", "results").([]any)
	var told []string
	for i, result := range results {
		if code := under(result, "code"); code != nil {
			told = append(told, sprint(code))
			continue
		}
		told = append(told, fmt.Sprint(a.at(t, "it", "results", i, "outcome"), " ", a.at(t, "it", "results", i, "refund", "amount", "amount")))
	}
	require.Equal(t, []string{"RECORDED 60.00", "RECORDED 50.00", "REFUND_EXCEEDS_SALE", "DUPLICATE_IN_BATCH", "RECORDED 40.00", "CONVERSION_NOT_FOUND"}, told)
	s.Accrue()
	require.Zero(t, s.Balance(s.enrolled("ann").ID, models.AccountAccrued), "all that was earned is taken back")
}

func TestABatchOfLinesByHandTakesWhatIsRight(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	line := func(to, amount, reason string) any {
		return map[string]any{"enrollmentId": to, "amount": amount, "reason": reason}
	}
	ann := s.enrollment("ann")
	lines := []any{line(ann, "60.00", "campaign"), line(s.main(), "1", "x"), line(models.NewID().Format(models.PrefixEnrollment), "1", "x"),
		line(ann, "-0.50", "correction"), line(ann, "0", "x"), line(ann, "1.001", "x"), line(ann, "1", "")}
	a := s.must(s.key, duty{answer: "results { commission { amount { amount } manual { reason } } userErrors { code field } }"}.text("addManualLines"),
		variables(map[string]any{"programId": s.main(), "lines": lines}, "k", nil))
	var told []string
	for i, result := range a.at(t, "it", "results").([]any) {
		if code := under(result, "code"); code != nil {
			told = append(told, fmt.Sprint(code, " ", under(result, "field")))
			continue
		}
		told = append(told, fmt.Sprint(a.at(t, "it", "results", i, "commission", "amount", "amount"), " ", under(result, "reason")))
	}
	require.Equal(t, []string{"60.00 campaign", "ID_MALFORMED [enrollmentId]", "ENROLLMENT_NOT_FOUND [enrollmentId]", "-0.50 correction",
		"AMOUNT_ZERO [amount]", "AMOUNT_TOO_PRECISE [amount]", "REASON_INVALID [reason]"}, told)
	require.EqualValues(t, 5950, s.Balance(s.enrolled("ann").ID, models.AccountAccrued))
}

func TestAPartnerJoinsByTheCodeItWasGiven(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	eve := s.Enroll("eve", models.ID{})
	token := s.partnerToken(eve, "eve@partners.example")
	second := s.Program
	s.apply(func(p *program.Spec) { p.Slug, p.Terms = "second", "Be nice." })
	code := func(e models.Enrollment) map[string]any {
		return map[string]any{"programId": s.main(), "sponsorCode": e.Code}
	}
	text := duty{answer: "enrollment { id program { slug terms { version text } } }"}.text("joinProgram")
	refused := s.must(token, text, variables(code(ann), "k", nil))
	require.Equal(t, "ENROLLMENT_NOT_FOUND", refused.at(t, "it", "userErrors", 0, "code"), "the code is of another program")
	require.Equal(t, []any{"sponsorCode"}, refused.at(t, "it", "userErrors", 0, "field"))
	top := s.Enroll("second-top", models.ID{})
	joined := s.must(token, text, variables(code(top), "k", nil))
	require.Equal(t, "Be nice.", joined.at(t, "it", "enrollment", "program", "terms", "text"))
	sponsor := s.must(s.key, `query($id: ID!) { node(id: $id) { ... on Enrollment { sponsor { code } } } }`, map[string]any{"id": joined.at(t, "it", "enrollment", "id")})
	require.Equal(t, top.Code, sponsor.at(t, "node", "sponsor", "code"))
	s.Program = second
}

func TestLettersThatNoCodeHasAreNotFound(t *testing.T) {
	s := serve(t)
	token := s.partnerToken(s.Enroll("eve", models.ID{}), "eve@partners.example")
	require.Equal(t, "NOT_FOUND", s.ask(s.key, `{ program(slug: "größe") { id } }`, nil).code())
	require.Equal(t, "NOT_FOUND", s.ask(s.key, `{ node(id: "größe_1") { id } }`, nil).code())
	signIn := s.ask("", duty{answer: "session { token }"}.text("signIn"), variables(map[string]any{"email": "eve@partners.example", "password": testPassword, "merchant": "größe"}, "", nil))
	require.Equal(t, "UNAUTHENTICATED", signIn.code())
	require.Equal(t, "UNAUTHENTICATED", s.ask("trib_größe_x", `{ viewer { name } }`, nil).code())
	s.apply(func(p *program.Spec) { p.Slug = "second" })
	joined := s.must(token, duty{answer: "enrollment { id }"}.text("joinProgram"), variables(map[string]any{"programId": s.main(), "sponsorCode": "größe"}, "k", nil))
	require.Equal(t, "ENROLLMENT_NOT_FOUND", joined.at(t, "it", "userErrors", 0, "code"))
	_, _, err := s.Tracking.RecordClick(t.Context(), tracking.Visit{Code: "größe"})
	require.ErrorIs(t, err, tracking.ErrLinkNotFound)
}
