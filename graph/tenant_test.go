package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/internal/tracking"
	"tributary/models"
)

// everything makes one object of every noun and gives their global ids by type name.
func (s *served) everything(seller models.Enrollment, name string) map[string]string {
	s.T.Helper()
	_, click, err := s.Tracking.RecordClick(s.T.Context(), tracking.Visit{Code: "link-" + name})
	require.NoError(s.T, err)
	sale := s.Sell(name, "1000.00")
	s.Refund("refund-1", sale, "100.00")
	period := s.CloseMonth()
	ids := map[string]string{"Program": s.Program.ID.Format(models.PrefixProgram), "Click": click.ID.Format(models.PrefixClick),
		"Enrollment": seller.ID.Format(models.PrefixEnrollment), "Coupon": s.coupon(seller).ID.Format(models.PrefixCoupon),
		"Period": period.ID.Format(models.PrefixPeriod)}
	top := s.Enroll("top", models.ID{})
	change := models.SponsorChange{}
	s.Do(func(tx *models.Tx) (err error) {
		change, err = s.Programs.ChangeSponsor(tx, s.Owner, seller.ID, top.ID, "moved")
		return err
	})
	ids["SponsorChange"] = change.ID.Format(models.PrefixSponsoring)
	ids["PlacementAgreement"] = s.agreed(name).ID.Format(models.PrefixPlacement)
	var batch models.PayoutBatch
	s.Do(func(tx *models.Tx) (err error) {
		batch, err = s.Payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	ids["PayoutBatch"] = batch.ID.Format(models.PrefixBatch)
	read := s.DB.Read(s.T.Context())
	var (
		link       models.Link
		conversion models.Conversion
		refund     models.Refund
		line       models.Commission
		paid       models.Payout
		plan       models.PlanVersion
		event      models.Event
	)
	require.NoError(s.T, s.Notify.Sweep(s.T.Context()))
	require.NoError(s.T, read.Where("enrollment_id = ?", seller.ID).Take(&event).Error)
	s.Do(func(tx *models.Tx) error {
		e, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{EnrollmentID: seller.ID, URL: "https://a.example/"})
		ids["WebhookEndpoint"] = e.ID.Format(models.PrefixEndpoint)
		return err
	})
	ids["Event"] = event.ID.Format(models.PrefixEvent)
	require.NoError(s.T, read.Where("enrollment_id = ?", seller.ID).Take(&link).Error)
	require.NoError(s.T, read.Where("enrollment_id = ?", seller.ID).Take(&conversion).Error)
	require.NoError(s.T, read.Take(&refund).Error)
	require.NoError(s.T, read.Where("enrollment_id = ?", seller.ID).Take(&line).Error)
	require.NoError(s.T, read.Where("enrollment_id = ?", seller.ID).Take(&paid).Error)
	require.NoError(s.T, read.Take(&plan).Error)
	ids["Export"] = s.exportOf(period).ID.Format(models.PrefixExport)
	ids["WhatIf"] = s.askWhatIf().ID.Format(models.PrefixWhatIf)
	ids["Link"], ids["Conversion"] = link.ID.Format(models.PrefixLink), conversion.ID.Format(models.PrefixConversion)
	ids["Refund"], ids["Commission"] = refund.ID.Format(models.PrefixRefund), line.ID.Format(models.PrefixCommission)
	ids["Payout"], ids["PlanVersion"] = paid.ID.Format(models.PrefixPayout), plan.ID.Format(models.PrefixPlan)
	return ids
}

const askNode = `query($id: ID!) { node(id: $id) { __typename id } }`

func TestAnObjectOfAnotherTenantDoesNotExist(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	ben := s.Enroll("ben", ann.ID)
	ids := s.everything(ben, "ben")
	own, sponsor := s.partnerToken(ben, "ben@partners.example"), s.partnerToken(ann, "ann@partners.example")
	_, rival := s.otherMerchant()
	poor := s.keyFor(s.Owner, access.KeysWrite)

	for _, noun := range schema().GetPossibleTypes(schema().Types["Node"]) {
		require.Contains(t, ids, noun.Name, "a noun of the schema is not looked at here")
	}
	madeUp := s.ask(rival, askNode, map[string]any{"id": models.NewID().Format(models.PrefixProgram)})
	require.Equal(t, "NOT_FOUND", madeUp.code())
	for noun, id := range ids {
		variables := map[string]any{"id": id}
		mine := s.must(s.key, askNode, variables)
		require.Equal(t, noun, mine.at(t, "node", "__typename"))
		require.Equal(t, id, mine.at(t, "node", "id"))

		theirs := s.ask(rival, askNode, variables)
		require.Equal(t, "NOT_FOUND", theirs.code(), noun)
		require.Nil(t, theirs.at(t, "node"))
		require.Equal(t, madeUp.Errors[0].Message, theirs.Errors[0].Message, "nobody can tell it from a made-up id")
		require.Equal(t, madeUp.Errors[0].Extensions["reason"], theirs.Errors[0].Extensions["reason"])

		require.Equal(t, "UNAUTHENTICATED", s.ask("", askNode, variables).code(), noun)
		require.Equal(t, "FORBIDDEN", s.ask(poor, askNode, variables).code(), noun)

		shared := noun == "Program" || noun == "Period"
		merchantOnly := noun == "PlanVersion" || noun == "PayoutBatch" || noun == "WhatIf" || noun == "Export"
		if !merchantOnly {
			require.Nil(t, s.ask(own, askNode, variables).code(), "the partner sees its own %s", noun)
		}
		if !shared {
			require.NotNil(t, s.ask(sponsor, askNode, variables).code(), "another partner does not see the %s", noun)
		}
	}
}

// What a merchant books and agrees to is its partner's to see; who of the merchant did so is not.
func TestAPartnerSeesLinesByHandAndItsAgreements(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.Enroll("ben", ann.ID)
	line := s.byHandLine("ben", "12.50")
	s.Sell("ben", "1000.00")
	s.Accrue()
	const query = `query($id: ID!) { node(id: $id) { ... on Enrollment { commissions { nodes { kind ruleId conversion { id } manual { reason actor reversesId } } }
		placements { nodes { id placement endsAt actor enrollment { id } } } } } }`
	a := s.agreed("ben")
	id := map[string]any{"id": s.enrollment("ben")}
	mine, theirs := s.must(s.partnerToken(s.enrolled("ben"), "ben@partners.example"), query, id), s.must(s.key, query, id)
	for seen, actor := range map[*answer]any{&mine: nil, &theirs: s.Owner.Name} {
		require.Equal(t, map[string]any{"kind": "MANUAL", "ruleId": "manual", "conversion": nil, "manual": map[string]any{"reason": "as agreed", "actor": actor, "reversesId": nil}},
			seen.at(t, "node", "commissions", "nodes", 0))
		require.Nil(t, seen.at(t, "node", "commissions", "nodes", 1, "manual"))
		require.NotNil(t, seen.at(t, "node", "commissions", "nodes", 1, "conversion"))
		require.Equal(t, map[string]any{"id": a.ID.Format(models.PrefixPlacement), "placement": "banner", "endsAt": nil, "actor": actor,
			"enrollment": map[string]any{"id": id["id"]}}, seen.at(t, "node", "placements", "nodes", 0))
	}
	var back models.Commission
	s.Do(func(tx *models.Tx) (err error) {
		back, err = s.Commission.ReverseManualLine(tx, s.Owner, line.ID, "a mistake")
		return err
	})
	reversed := s.must(s.key, `query($id: ID!) { node(id: $id) { ... on Commission { correctsId manual { reversesId } } } }`, map[string]any{"id": back.ID.Format(models.PrefixCommission)})
	require.Equal(t, line.ID.Format(models.PrefixCommission), reversed.at(t, "node", "manual", "reversesId"))
	require.Equal(t, line.ID.Format(models.PrefixCommission), reversed.at(t, "node", "correctsId"))
	s.CloseMonth()
	fee := s.must(s.key, query, id).at(t, "node", "commissions", "nodes", 3)
	require.Equal(t, map[string]any{"kind": "PLACEMENT", "ruleId": "banner", "conversion": nil, "manual": nil}, fee)
}

func TestPartnersDoNotSeeEachOther(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	ben := s.Enroll("ben", ann.ID)
	s.Enroll("cat", ben.ID)
	s.Sell("ben", "1000.00")
	s.Accrue()
	const query = `{ myEnrollments { nodes {
		partner { email } sponsor { id } upline { id } subtreeSize subtreeEarnings { amount } payoutAccount { destination }
		downline { nodes { level status enrollment { id } downline { nodes { id } } } }
		balances { accrued { amount currencyCode } }
		commissions { nodes { level amount { amount } conversion { externalId customerId } enrollment { code } } }
		program { conversions { nodes { id } } refunds { nodes { id } } clicks { nodes { id } } }
	} } }`
	middle := s.must(s.partnerToken(ben, "ben@partners.example"), query, nil)
	mine := []any{"myEnrollments", "nodes", 0}
	require.Nil(t, middle.at(t, append(mine, "sponsor")...))
	require.Nil(t, middle.at(t, append(mine, "upline")...))
	require.Equal(t, "100.00", middle.at(t, append(mine, "balances", "accrued", "amount")...))
	require.Len(t, middle.at(t, append(mine, "program", "conversions", "nodes")...), 1)

	top := s.must(s.partnerToken(ann, "ann@partners.example"), query, nil)
	require.Equal(t, "20.00", top.at(t, append(mine, "commissions", "nodes", 0, "amount", "amount")...))
	require.Nil(t, top.at(t, append(mine, "commissions", "nodes", 0, "conversion")...), "the sale is the downline's own")
	require.Empty(t, top.at(t, append(mine, "program", "conversions", "nodes")...))
	require.NotContains(t, top.text, "ben@")

	full := s.must(s.key, `query($id: ID!) { node(id: $id) { ... on Enrollment { sponsor { code } upline { id } subtreeSize
		downline { nodes { enrollment { partner { email } } } } } } }`, map[string]any{"id": ben.ID.Format(models.PrefixEnrollment)})
	require.Equal(t, ann.Code, full.at(t, "node", "sponsor", "code"))
	require.Equal(t, "cat@partners.example", full.at(t, "node", "downline", "nodes", 0, "enrollment", "partner", "email"))
	require.EqualValues(t, 1, full.at(t, "node", "subtreeSize"))
}
