package commission_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/paper"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/internal/testkit"
	"tributary/models"
)

var anID = regexp.MustCompile(`(payout|commission)_[0-9a-z]{26}`)

// statementOf writes a statement, with the kinds of ids in place of them.
func statementOf(s *testkit.Scene, period models.Period, e models.Enrollment) string {
	s.T.Helper()
	var out bytes.Buffer
	require.NoError(s.T, s.Commission.WriteStatement(s.T.Context(), s.Owner, period.ID, e.ID, paper.CSV, &out))
	return anID.ReplaceAllString(out.String(), "$1")
}

// A statement has the lines of its period, what was carried over, and what was reserved of that meanwhile.
func TestAStatementHasWhatItsPeriodMade(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	sale := s.Sell("seller", "100.00")
	january := s.CloseMonth()
	s.Refund("r", sale, "50.00")
	s.Accrue()
	byHand(s, middle, "9.99")
	s.Do(func(tx *models.Tx) error { // what a batch of payouts does
		b := models.PayoutBatch{ID: models.NewID(), ProgramID: s.Program.ID, PeriodID: january.ID, ThroughPeriodID: january.ID.Ref(), Run: 1, Currency: "GBP", CreatedAt: tx.Now}
		p := models.Payout{ID: models.NewID(), BatchID: b.ID, ProgramID: s.Program.ID, MerchantID: s.Program.MerchantID, EnrollmentID: middle.ID, PartnerID: middle.PartnerID, Currency: "GBP",
			AmountMinor: 150, PayableMinor: 200, Reserved: true, State: models.PayoutStateReady, CreatedAt: tx.Now}
		for _, row := range []any{&b, &p} {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return ledger.Post(tx, ledger.Draft{ID: models.NewID(), ProgramID: s.Program.ID, Kind: models.JournalKindReserve, BusinessKey: models.ReserveKey(b.ID), Currency: "GBP",
			Legs: []ledger.Leg{{OwnerID: middle.ID, Account: models.AccountPayable, Minor: -150}, {OwnerID: middle.ID, Account: models.AccountInTransit, Minor: 150}}})
	})
	february := s.CloseMonth()
	var numbers []int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Statement{}).Order("number").Pluck("number", &numbers).Error)
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6}, numbers)
	require.Equal(t, `statement,section,date,id,text,amount,currency
main-000003,OPENING,2026-01-01,,balance when the period before closed,0.00,GBP
main-000003,COMMISSION,2026-01-05,commission,"sale, rule sales",10.00,GBP
main-000003,CLOSING,2026-02-02,,balance when the period closed,10.00,GBP
`, statementOf(s, january, seller))
	require.Equal(t, `statement,section,date,id,text,amount,currency
main-000002,OPENING,2026-01-01,,balance when the period before closed,0.00,GBP
main-000002,COMMISSION,2026-01-05,commission,"sale, rule sales, level 1",2.00,GBP
main-000002,CLOSING,2026-02-02,,balance when the period closed,2.00,GBP
`, statementOf(s, january, middle))
	require.Equal(t, `statement,section,date,id,text,amount,currency
main-000005,OPENING,2026-02-01,,balance when the period before closed,2.00,GBP
main-000005,PAYOUT,2026-02-02,payout,payout,-1.50,GBP
main-000005,ADJUSTMENT,2026-02-02,commission,"refund, rule sales, level 1",-1.00,GBP
main-000005,ADJUSTMENT,2026-02-02,commission,"by hand, rule manual",9.99,GBP
main-000005,CLOSING,2026-03-02,,balance when the period closed,9.49,GBP
`, statementOf(s, february, middle))
	err := s.Commission.WriteStatement(t.Context(), asPartner(seller), january.ID, middle.ID, paper.CSV, &bytes.Buffer{})
	require.Equal(t, "STATEMENT_NOT_FOUND", fault.CodeOf(err))
	err = s.Commission.WriteStatement(t.Context(), s.Owner, models.NewID(), middle.ID, paper.CSV, &bytes.Buffer{})
	require.Equal(t, "STATEMENT_NOT_FOUND", fault.CodeOf(err))
}
