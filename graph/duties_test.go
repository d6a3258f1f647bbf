package graph_test

import (
	"fmt"
	"maps"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

func sprint(v any) string { return fmt.Sprintf("%v", v) }

// in makes an input that does not hang on the scene.
func in(fields map[string]any) func(*served) map[string]any {
	return func(*served) map[string]any { return fields }
}

func (s *served) main() string { return s.Program.ID.Format(models.PrefixProgram) }

// enrollment gives the global id of who has the name.
func (s *served) enrollment(name string) string {
	return s.enrolled(name).ID.Format(models.PrefixEnrollment)
}

func (s *served) enrolled(name string) models.Enrollment {
	s.T.Helper()
	var e models.Enrollment
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("program_id = ? AND external_id = ?", s.Program.ID, name).Take(&e).Error)
	return e
}

func ofAnn(fields map[string]any) func(*served) map[string]any {
	return func(s *served) map[string]any {
		all := map[string]any{"enrollmentId": s.enrollment("ann")}
		for k, v := range fields {
			all[k] = v
		}
		return all
	}
}

// partnerOf is the partner of the enrollment with the name, who has signed up.
func (s *served) partnerOf(name string) access.Caller {
	s.T.Helper()
	var p models.Partner
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("id = ?", s.enrolled(name).PartnerID).Take(&p).Error)
	return access.Caller{Name: "user:" + p.UserID.String(), UserID: *p.UserID, PartnerID: p.ID}
}

// askFor lets a caller ask that ann gets the sponsor.
func (s *served) askFor(by access.Caller, sponsor string, at time.Time) models.SponsorChange {
	s.T.Helper()
	in := program.SponsorRequest{EnrollmentID: s.enrolled("ann").ID, SponsorID: s.enrolled(sponsor).ID, EffectiveAt: at, Reason: "moved"}
	var c models.SponsorChange
	s.Do(func(tx *models.Tx) (err error) {
		c, err = s.Programs.RequestSponsorChange(tx, by, in)
		return err
	})
	return c
}

// asked gives a change of sponsor that ann's partner asked for.
func asked(fields map[string]any) func(*served) map[string]any {
	return func(s *served) map[string]any {
		s.Enroll("bob", models.ID{})
		all := map[string]any{"sponsorChangeId": s.askFor(s.partnerOf("ann"), "bob", time.Time{}).ID.Format(models.PrefixSponsoring)}
		maps.Copy(all, fields)
		return all
	}
}

// pending gives an enrollment that asks to join.
func pending(s *served) map[string]any {
	s.apply(func(p *program.Spec) { p.AutoApprove = false })
	hash := s.cheapHash()
	var e models.Enrollment
	s.Do(func(tx *models.Tx) error {
		p, err := s.Programs.SignUpPartner(tx, "pat@partners.example", "Pat", hash, "")
		if err != nil {
			return err
		}
		e, err = s.Programs.Join(tx, access.Caller{Name: "user:pat", UserID: *p.UserID, PartnerID: p.ID}, s.Program.ID, models.ID{})
		return err
	})
	return map[string]any{"enrollmentId": e.ID.Format(models.PrefixEnrollment)}
}

// held is an order of ann's own.
func (s *served) held() models.Conversion {
	var result tracking.ConversionResult
	s.Do(func(tx *models.Tx) (err error) {
		result, err = s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "own", OccurredAt: tx.Now,
			Currency: "GBP", Amount: "10.00", LinkCode: "link-ann", CustomerID: "ann@partners.example"})
		return err
	})
	return result.Conversion
}

// stalled is a conversion whose rule asks for what it does not tell.
func (s *served) stalled(id string) models.Conversion {
	s.T.Helper()
	var result tracking.ConversionResult
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "20%", Rules: []commission.RuleSpec{
			{ID: "pro", When: `order.metadata["plan"] == "pro"`, RewardSpec: commission.RewardSpec{Percent: "20%"}}, {ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		if err != nil {
			return err
		}
		result, err = s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, OccurredAt: tx.Now, Currency: "GBP", Amount: "10.00", LinkCode: "link-ann"})
		return err
	})
	s.Accrue()
	return result.Conversion
}

func (s *served) suspend(name string) {
	e := s.enrolled(name)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Suspend(tx, s.Owner, e.ID)
		return err
	})
}

func (s *served) linkID(code string) string {
	var l models.Link
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("code = ?", code).Take(&l).Error)
	return l.ID.Format(models.PrefixLink)
}

// owed lets ann earn, in a period that is closed.
func (s *served) owed() models.Period {
	s.Sell("ann", "1000.00")
	return s.CloseMonth()
}

// ready lets ann be paid over Stripe.
func (s *served) ready() {
	_, _, err := s.Payouts.Onboard(s.T.Context(), s.Owner, s.enrolled("ann").ID, "https://acme.example/", "https://acme.example/")
	require.NoError(s.T, err)
}

func (s *served) draft() models.PayoutBatch {
	s.ready()
	period := s.owed()
	var b models.PayoutBatch
	s.Do(func(tx *models.Tx) (err error) {
		b, err = s.Payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	return b
}

func (s *served) approved() models.PayoutBatch {
	b := s.draft()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Approve(tx, access.System("checker", s.Owner.MerchantID), b.ID, payout.HashText(b.ContentHash))
		return err
	})
	return b
}

func (s *served) started() models.PayoutBatch {
	b := s.approved()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Execute(tx, s.Owner, b.ID)
		return err
	})
	return b
}

// paused is a batch whose rail is out of funds.
func (s *served) paused() models.PayoutBatch {
	b := s.started()
	s.rail.refusal = &payout.Refusal{Kind: payout.RefusedFunds, Call: payout.Call{ErrorCode: "balance_insufficient"}}
	require.NoError(s.T, s.Payouts.Send(s.T.Context(), s.payoutOf(b).ID))
	return b
}

// finished is a batch whose only payout the rail refused for good.
func (s *served) finished() models.PayoutBatch {
	b := s.started()
	s.rail.refusal = &payout.Refusal{Kind: payout.RefusedDestination, Call: payout.Call{ErrorCode: "account_closed"}}
	require.NoError(s.T, s.Payouts.Send(s.T.Context(), s.payoutOf(b).ID))
	s.Do(func(tx *models.Tx) error { return tx.Where("1 = 1").Delete(&models.OutboxItem{}).Error }) // a worker took what was asked for
	return b
}

// payoutOf is the largest payout of a batch.
func (s *served) payoutOf(b models.PayoutBatch) models.Payout {
	s.T.Helper()
	var p models.Payout
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("batch_id = ?", b.ID).Order("amount_minor DESC").Limit(1).Take(&p).Error)
	return p
}

// byHand is a batch on the manual rail, started.
func (s *served) byHand() models.PayoutBatch {
	s.apply(func(p *program.Spec) { p.Payout.Rail = "manual" })
	ann := s.enrolled("ann")
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.SetBankReference(tx, s.Owner, ann.ID, "GB33BUKB20201555555555")
		return err
	})
	return s.started()
}

func batch(make func(*served) models.PayoutBatch) func(*served) map[string]any {
	return func(s *served) map[string]any {
		return map[string]any{"payoutBatchId": make(s).ID.Format(models.PrefixBatch)}
	}
}

func conversion(id, amount string) map[string]any {
	return map[string]any{"externalId": id, "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "GBP", "amount": amount, "linkCode": "link-ann"}
}

func refund(id, sale, amount string) map[string]any {
	return map[string]any{"externalId": id, "conversionExternalId": sale, "occurredAt": "2026-01-05T09:00:00Z", "amount": amount}
}

func inMain(fields map[string]any) func(*served) map[string]any {
	return func(s *served) map[string]any {
		s.Sell("ann", "100.00")
		all := map[string]any{"programId": s.main()}
		for k, v := range fields {
			all[k] = v
		}
		return all
	}
}

const planFile = `
program: {slug: second, name: Second, currency: GBP, time_zone: UTC, domains: [acme.example]}
plan:
  effective_from: 2026-01-01T00:00:00Z
  max_total: 15%
  rules: [{id: sales, percent: 10%}]
`

var stripeKey = map[string]any{"secretKey": "sk_test_4711", "webhookSecret": "whsec_1"}

// duties has an entry for every mutation of the schema.
func duties() map[string]duty {
	all := map[string]duty{}
	for _, part := range []map[string]duty{accountDuties(), keyDuties(), emailDuties(), partnerDuties(), trackingDuties(), commissionDuties(), payoutDuties(),
		endpointDuties(), exportDuties()} {
		for name, d := range part {
			all[name] = d
		}
	}
	return all
}

func accountDuties() map[string]duty {
	return map[string]duty{
		"signUpMerchant": {by: byAnybody, input: in(map[string]any{"slug": "new-shop", "name": "New Shop", "email": "nora@shop.example", "ownerName": "Nora", "password": testPassword}),
			answer: "merchant { id slug name } session { token expiresAt user { email name } }", other: map[string]any{"name": "Other"}, once: []string{"session"}},
		"signUpPartner": {by: byAnybody, input: in(map[string]any{"email": "dora@example.com", "name": "Dora", "password": testPassword}),
			answer: "partner { id email signedUp }", other: map[string]any{"name": "Other"}},
		"signIn": {by: byAnybody, input: in(map[string]any{"email": "ann@partners.example", "password": testPassword}),
			answer: "session { token expiresAt refreshToken refreshExpiresAt user { email } }"},
		"refreshSession": {by: byAnybody, input: func(s *served) map[string]any {
			return map[string]any{"refreshToken": s.session("ann@partners.example").RefreshToken}
		}, answer: "session { token refreshToken user { email } }"},
		"signOut": {by: byAnybody, input: func(s *served) map[string]any {
			return map[string]any{"refreshToken": s.session("ann@partners.example").RefreshToken}
		}},
		"endSession": {by: byUser, input: func(s *served) map[string]any {
			return map[string]any{"id": s.session("ann@partners.example").Caller.SessionID.Format(models.PrefixSession)}
		}, answer: "session { id isCurrent userAgent expiresAt }", other: map[string]any{"id": models.NewID().Format(models.PrefixSession)}},
		"changePassword": {by: byUser, input: in(map[string]any{"currentPassword": testPassword, "newPassword": "another long password"}),
			answer: "user { email }"},
		"startTotp": {by: byUser, input: in(map[string]any{"password": testPassword}), answer: "secret otpauthUrl", once: []string{"secret", "otpauthUrl"}},
		"confirmTotp": {by: byUser, input: func(s *served) map[string]any {
			_, secret := s.startTOTP("ann@partners.example")
			delete(s.authenticators, "ann@partners.example") // it is not on yet
			return map[string]any{"totpCode": s.code(secret)}
		}, answer: "recoveryCodes", once: []string{"recoveryCodes"}},
		"disableTotp": {by: byUser, input: func(s *served) map[string]any {
			return map[string]any{"password": testPassword, "totpCode": s.turnOnTOTP("ann@partners.example")[0]}
		}, answer: "user { email }"},
		"confirmSession": {by: byUser, input: func(s *served) map[string]any {
			return map[string]any{"totpCode": s.turnOnTOTP("ann@partners.example")[0]}
		}, answer: "session { id isCurrent confirmedAt }"},
		"updateMerchant": {by: byOwner, input: func(s *served) map[string]any {
			s.turnOnTOTP(s.ownerLogin())
			return map[string]any{"requireTotpForPayouts": true}
		}, answer: "merchant { id requireTotpForPayouts }", other: map[string]any{"requireTotpForPayouts": false}},
		"addStaff": {by: byOwner, input: in(map[string]any{"email": "fred@acme.example", "name": "Fred", "role": "FINANCE"}),
			answer: "staffMember { role user { email name } }", other: map[string]any{"role": "ADMIN"}},
		"acceptStaffInvite": {by: byAnybody, input: func(s *served) map[string]any {
			var token string
			s.Do(func(tx *models.Tx) (err error) {
				_, token, err = s.Access.Invite(tx, s.Owner, "fred@acme.example", "Fred")
				return err
			})
			return map[string]any{"inviteToken": token, "password": testPassword}
		}, answer: "user { email name }"},
		"removeStaff": {by: byOwner, input: func(s *served) map[string]any {
			s.staffToken("gone@acme.example", models.StaffRoleFinance)
			var u models.User
			require.NoError(s.T, s.DB.Read(s.T.Context()).Where("email = ?", "gone@acme.example").Take(&u).Error)
			return map[string]any{"userId": u.ID.Format(models.PrefixUser)}
		}, answer: "staffMember { role user { email } }", other: map[string]any{"userId": models.NewID().Format(models.PrefixUser)}},
		"setStripeKey": {by: byOwner, input: in(stripeKey),
			answer: "stripeKey { lastFour mode accountId setBy setAt }", other: map[string]any{"secretKey": "sk_test_other"}},
		"removeStripeKey": {by: byOwner, input: func(s *served) map[string]any {
			seen := s.Payouts.CheckKey(s.T.Context(), s.Owner, payout.KeyInput{SecretKey: "sk_test_4711", WebhookSecret: "whsec_1"})
			s.Do(func(tx *models.Tx) error { _, err := s.Payouts.SetKey(tx, s.Owner, seen); return err })
			return nil
		}, answer: "stripeKey { lastFour mode }"},
		"applyPlanFile": {scope: access.ProgramsWrite, input: in(map[string]any{"planFile": planFile}),
			answer: "program { slug currencyCode } planVersion { number effectiveAt }", other: map[string]any{"planFile": planFile + "\n# more"}},
	}
}

func partnerDuties() map[string]duty {
	const enrollment = "enrollment { id status }"
	nobody := models.NewID().Format(models.PrefixEnrollment)
	elsewhere := map[string]any{"enrollmentId": nobody}
	link := func(s *served) map[string]any { return map[string]any{"linkId": s.linkID("link-ann")} }
	coupon := func(s *served) map[string]any {
		return map[string]any{"couponId": s.coupon(s.enrolled("ann")).ID.Format(models.PrefixCoupon)}
	}
	return map[string]duty{
		"startWhatIf": {scope: access.ProgramsWrite, input: inMain(map[string]any{"planFile": planFile, "periodKey": "2026-01"}),
			answer: "whatIf { id state planHash from to requestedBy requestedAt conversionsDone }", other: map[string]any{"periodKey": "2026-02"}},
		"cancelWhatIf": {scope: access.ProgramsWrite, input: func(s *served) map[string]any {
			return map[string]any{"whatIfId": s.askWhatIf().ID.Format(models.PrefixWhatIf)}
		}, answer: "whatIf { id state finishedAt }", other: map[string]any{"whatIfId": models.NewID().Format(models.PrefixWhatIf)}},
		"enrollPartner": {scope: access.PartnersWrite, input: inMain(map[string]any{"email": "cy@partners.example", "name": "Cy", "externalId": "cy"}),
			answer: "enrollment { id status partner { email } }", other: map[string]any{"name": "Other"}},
		"joinProgram": {by: byPartner, input: func(s *served) map[string]any {
			second := s.Program
			s.apply(func(p *program.Spec) { p.Slug = "second" })
			asked := map[string]any{"programId": s.main()}
			s.Program = second
			return asked
		}, answer: "enrollment { id status }", other: map[string]any{"sponsorCode": "nobody"}},
		"approveEnrollment":    {scope: access.PartnersWrite, input: pending, answer: enrollment, other: elsewhere},
		"declineEnrollment":    {scope: access.PartnersWrite, input: pending, answer: enrollment, other: elsewhere},
		"suspendEnrollment":    {scope: access.PartnersWrite, input: ofAnn(nil), answer: enrollment, other: elsewhere},
		"reactivateEnrollment": {scope: access.PartnersWrite, input: func(s *served) map[string]any { s.suspend("ann"); return ofAnn(nil)(s) }, answer: enrollment, other: elsewhere},
		"updateEnrollment": {scope: access.PartnersWrite, input: func(s *served) map[string]any {
			s.apply(func(p *program.Spec) { p.Groups = []program.GroupSpec{{Code: "gold"}} })
			return ofAnn(map[string]any{"groupCode": "gold", "tags": []string{"vip", "blog"}})(s)
		}, answer: "enrollment { id groupCode tags }", other: map[string]any{"tags": []string{}}},
		"holdPayouts": {scope: access.PayoutsWrite, input: ofAnn(map[string]any{"reason": "looked into"}),
			answer: "enrollment { payoutHeldAt payoutHoldReason }", other: map[string]any{"reason": "another"}},
		"setPayoutRail": {scope: access.PayoutsWrite, input: ofAnn(map[string]any{"rail": "MANUAL"}),
			answer: "enrollment { payoutRail }", other: map[string]any{"rail": "STRIPE"}},
		"releasePayouts": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			ann := s.enrolled("ann")
			s.Do(func(tx *models.Tx) error {
				_, err := s.Programs.HoldPayouts(tx, s.Owner, ann.ID, "looked into")
				return err
			})
			return ofAnn(nil)(s)
		}, answer: enrollment, other: elsewhere},
		"invitePartner": {scope: access.PartnersWrite, input: func(s *served) map[string]any {
			s.Enroll("ivy", models.ID{})
			return map[string]any{"enrollmentId": s.enrollment("ivy")}
		}, answer: "enrollment { id }", other: elsewhere},
		"acceptTerms": {by: byBoth, scope: access.PartnersWrite, input: func(s *served) map[string]any {
			s.apply(func(p *program.Spec) { p.Terms = "Be nice." })
			return ofAnn(map[string]any{"version": 1})(s)
		}, answer: "enrollment { acceptedTermsVersion } acceptedAt", other: map[string]any{"version": 2}},
		"requestSponsorChange": {by: byBoth, scope: access.PartnersWrite, input: func(s *served) map[string]any {
			s.Enroll("bob", models.ID{})
			return ofAnn(map[string]any{"sponsorId": s.enrollment("bob"), "reason": "moved"})(s)
		}, answer: "sponsorChange { id state enrollment { id } requestedBy reason }", other: map[string]any{"reason": "another"}},
		"approveSponsorChange": {scope: access.PartnersWrite, input: asked(nil),
			answer: "sponsorChange { id state decidedBy decidedAt appliedAt sponsor { externalId } }", other: map[string]any{"reason": "another"}},
		"declineSponsorChange": {scope: access.PartnersWrite, input: asked(map[string]any{"reason": "No."}),
			answer: "sponsorChange { id state decisionReason }", other: map[string]any{"reason": "another"}},
		"cancelSponsorChange": {by: byBoth, scope: access.PartnersWrite, input: asked(nil),
			answer: "sponsorChange { id state }", other: map[string]any{"sponsorChangeId": models.NewID().Format(models.PrefixSponsoring)}},
		"changeSponsor": {by: byOwner, input: func(s *served) map[string]any {
			s.Enroll("bob", models.ID{})
			return ofAnn(map[string]any{"sponsorId": s.enrollment("bob"), "reason": "moved"})(s)
		}, answer: "enrollment { id sponsor { externalId } } sponsorChange { state decidedBy }", other: map[string]any{"reason": "another"}},
		"createLink": {by: byBoth, scope: access.PartnersWrite, input: ofAnn(map[string]any{"destinationUrl": "https://acme.example/x"}),
			answer: "link { id code active }", other: map[string]any{"destinationUrl": "https://acme.example/y"}},
		"createCoupon":     {by: byBoth, scope: access.PartnersWrite, input: ofAnn(nil), answer: "coupon { id code active }", other: map[string]any{"code": "OTHER"}},
		"deactivateLink":   {by: byBoth, scope: access.PartnersWrite, input: link, answer: "link { id active }", other: map[string]any{"linkId": nobody}},
		"deactivateCoupon": {by: byBoth, scope: access.PartnersWrite, input: coupon, answer: "coupon { id active }", other: map[string]any{"couponId": nobody}},
		"reactivateLink": {scope: access.PartnersWrite, input: func(s *served) map[string]any {
			id, err := models.ParseID(models.PrefixLink, s.linkID("link-ann"))
			require.NoError(s.T, err)
			s.Do(func(tx *models.Tx) error {
				_, err := s.Programs.SetLinkActive(tx, s.Owner, id, false)
				return err
			})
			return link(s)
		}, answer: "link { id active }", other: map[string]any{"linkId": nobody}},
		"reactivateCoupon": {scope: access.PartnersWrite, input: func(s *served) map[string]any {
			c := s.coupon(s.enrolled("ann"))
			s.Do(func(tx *models.Tx) error {
				_, err := s.Programs.SetCouponActive(tx, s.Owner, c.ID, false)
				return err
			})
			return map[string]any{"couponId": c.ID.Format(models.PrefixCoupon)}
		}, answer: "coupon { id active }", other: map[string]any{"couponId": nobody}},
	}
}

func trackingDuties() map[string]duty {
	return map[string]duty{
		"recordConversion": {scope: access.ConversionsWrite, input: inMain(map[string]any{"conversion": conversion("o-1", "12.50")}),
			answer: "conversion { id externalId } outcome", other: map[string]any{"conversion": conversion("o-1", "13.00")}},
		"recordConversions": {scope: access.ConversionsWrite, input: inMain(map[string]any{"conversions": []any{conversion("o-1", "12.50"), conversion("o-2", "2")}}),
			answer: "results { conversion { id } outcome }", other: map[string]any{"conversions": []any{conversion("o-1", "12.50")}}},
		"releaseConversionHold": {scope: access.ConversionsWrite, input: func(s *served) map[string]any {
			return map[string]any{"conversionId": s.held().ID.Format(models.PrefixConversion), "reason": "she asked first"}
		}, answer: "conversion { id attribution { holdReason releasedAt releasedBy releasedReason } }", other: map[string]any{"reason": "another"}},
		"retryConversion": {scope: access.ConversionsWrite, input: func(s *served) map[string]any {
			return map[string]any{"conversionId": s.stalled("bare").ID.Format(models.PrefixConversion)}
		}, answer: "conversion { id revision }", other: map[string]any{"conversionId": models.NewID().Format(models.PrefixConversion)}},
		"recordRefund": {scope: access.ConversionsWrite, input: inMain(map[string]any{"refund": refund("r-1", "order-1", "12.50")}),
			answer: "refund { id amount { amount } } outcome", other: map[string]any{"refund": refund("r-1", "order-1", "13.00")}},
		"recordRefunds": {scope: access.ConversionsWrite, input: inMain(map[string]any{"refunds": []any{refund("r-1", "order-1", "12.50"), refund("r-2", "order-1", "1")}}),
			answer: "results { refund { id } outcome }", other: map[string]any{"refunds": []any{refund("r-1", "order-1", "12.50")}}},
	}
}

func commissionDuties() map[string]duty {
	byHand := func(s *served, amount string) []any {
		return []any{map[string]any{"enrollmentId": s.enrollment("ann"), "amount": amount, "reason": "as agreed"}}
	}
	return map[string]duty{
		"addManualLines": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			return map[string]any{"programId": s.main(), "lines": byHand(s, "12.50")}
		}, answer: "results { commission { id kind amount { amount } manual { reason actor } } }", other: map[string]any{"lines": []any{}}},
		"reverseManualLine": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			return map[string]any{"commissionId": s.byHandLine("ann", "12.50").ID.Format(models.PrefixCommission), "reason": "a mistake"}
		}, answer: "commission { id kind amount { amount } correctsId manual { reason actor reversesId } }", other: map[string]any{"reason": "another"}},
		"agreePlacement": {scope: access.PartnersWrite, input: func(s *served) map[string]any {
			s.offerBanners()
			return ofAnn(map[string]any{"placement": "banner", "startsAt": "2026-01-05T00:00:00Z"})(s)
		}, answer: "placementAgreement { id placement startsAt actor enrollment { id } }", other: map[string]any{"placement": "post"}},
		"endPlacement": {scope: access.PartnersWrite, input: func(s *served) map[string]any {
			return map[string]any{"placementId": s.agreed("ann").ID.Format(models.PrefixPlacement), "endsAt": "2026-02-01T00:00:00Z"}
		}, answer: "placementAgreement { id endsAt }", other: map[string]any{"endsAt": "2026-03-01T00:00:00Z"}},
	}
}

// byHandLine books a line by hand.
func (s *served) byHandLine(name, amount string) models.Commission {
	s.T.Helper()
	in := []commission.ManualInput{{EnrollmentID: s.enrolled(name).ID, Amount: amount, Reason: "as agreed"}}
	var results []commission.ManualResult
	s.Do(func(tx *models.Tx) (err error) {
		results, err = s.Commission.AddManualLines(tx, s.Owner, s.Program.ID, in)
		return err
	})
	require.NoError(s.T, results[0].Err)
	return results[0].Line
}

// offerBanners publishes a plan like the scene's that has a placement.
func (s *served) offerBanners() {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "20%",
			Levels:     []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}},
			Rules:      []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}},
			Placements: []engine.PlacementSpec{{ID: "banner", Fee: "100.00"}}})
		return err
	})
}

// agreed is an agreement on a banner from now on.
func (s *served) agreed(name string) models.PlacementAgreement {
	s.T.Helper()
	s.offerBanners()
	e := s.enrolled(name)
	var a models.PlacementAgreement
	s.Do(func(tx *models.Tx) (err error) {
		a, err = s.Commission.AgreePlacement(tx, s.Owner, e.ID, "banner", tx.Now, models.OpenEnd)
		return err
	})
	return a
}
