package graph_test

import (
	"github.com/stretchr/testify/require"

	"tributary/internal/notify"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// everythingShown makes one object of every noun, as everything does, and puts something into whatever only some may see:
// of a field that is empty for all, a table of who sees it would prove nothing.
func (s *served) everythingShown(seller models.Enrollment, name string) map[string]string {
	s.T.Helper()
	s.apply(func(p *program.Spec) {
		p.DownlineDepth, p.Groups, p.Terms = 5, []program.GroupSpec{{Code: "gold"}}, "Be nice."
	})
	s.Enroll("recruit", seller.ID)
	group, tags := "gold", []string{"vip"}
	s.Do(func(tx *models.Tx) error {
		if _, err := s.Programs.AcceptTerms(tx, s.Owner, seller.ID, 1); err != nil {
			return err
		}
		_, err := s.Programs.UpdateEnrollment(tx, s.Owner, seller.ID, program.Change{Group: &group, Tags: &tags})
		return err
	})
	_, _, err := s.Payouts.Onboard(s.T.Context(), s.Owner, seller.ID, "https://acme.example/", "https://acme.example/")
	require.NoError(s.T, err)
	sale, back := s.fullSale("link-" + name)
	ids := s.everything(seller, name)
	ids["Conversion"], ids["Refund"] = sale.ID.Format(models.PrefixConversion), back.ID.Format(models.PrefixRefund)
	s.annotate(seller, sale, ids)
	s.Do(func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{ProgramID: s.Program.ID, URL: "https://b.example/"})
		return err
	})
	return ids
}

// fullSale is a conversion with all that a merchant may say of one, and a refund of it.
func (s *served) fullSale(link string) (models.Conversion, models.Refund) {
	s.T.Helper()
	var sold tracking.ConversionResult
	var back models.Refund
	s.Do(func(tx *models.Tx) (err error) {
		sold, err = s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "full", OccurredAt: tx.Now, Currency: "GBP",
			Amount: "10.00", LinkCode: link, CustomerID: "customer-7", Coupon: "SALE20", Country: "GB", Metadata: map[string]string{"plan": "pro"},
			Items: []tracking.Item{{SKU: "mug", Quantity: 1, Amount: "10.00"}}})
		if err != nil {
			return err
		}
		back, _, err = s.Tracking.RecordRefund(tx, s.Owner, s.Program.ID, tracking.RefundInput{ExternalID: "full-back", ConversionExternalID: "full",
			OccurredAt: tx.Now, Amount: "1.00", Reason: "broken", Items: []tracking.RefundItem{{SKU: "mug", Amount: "1.00"}}})
		return err
	})
	return sold.Conversion, back
}

// annotate adds what comes of objects later: a hold, a replay, a conversion put aside, a call to the rail, a decision.
func (s *served) annotate(seller models.Enrollment, sale models.Conversion, ids map[string]string) {
	s.T.Helper()
	id := func(prefix, noun string) models.ID {
		found, err := models.ParseID(prefix, ids[noun])
		require.NoError(s.T, err)
		return found
	}
	paid, batch, plan := id(models.PrefixPayout, "Payout"), id(models.PrefixBatch, "PayoutBatch"), id(models.PrefixPlan, "PlanVersion")
	_, err := s.Commission.Replay(s.T.Context(), s.Owner, id(models.PrefixPeriod, "Period"))
	require.NoError(s.T, err)
	s.Do(func(tx *models.Tx) error {
		if _, err := s.Programs.HoldPayouts(tx, s.Owner, seller.ID, "looked into"); err != nil {
			return err
		}
		for _, row := range []any{
			&models.StalledConversion{RootID: sale.RootID, ProgramID: s.Program.ID, PlanVersionID: plan, Detail: "no such key", StalledAt: tx.Now},
			&models.PayoutAttempt{ID: models.NewID(), PayoutID: paid, Generation: 1, IdemKey: "k", SentAt: tx.Now},
			&models.PayoutDecision{ID: models.NewID(), MerchantID: s.Program.MerchantID, BatchID: batch, PayoutID: &paid, OpenSubjectID: &paid,
				Kind: models.DecisionKindHold, State: models.DecisionStateOpen, Reason: "x", RequestedBy: "a", RequestedAt: tx.Now},
		} {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	})
}
