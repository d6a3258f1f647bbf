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

// reserved does what a batch of payouts does with a balance, and gives the batch.
func reserved(s *testkit.Scene, period models.Period, e models.Enrollment, run int, minor int64) models.ID {
	s.T.Helper()
	batch := models.NewID()
	s.Do(func(tx *models.Tx) error {
		b := models.PayoutBatch{ID: batch, ProgramID: s.Program.ID, PeriodID: period.ID, ThroughPeriodID: period.ID.Ref(), Run: run, Currency: "GBP", CreatedAt: tx.Now}
		p := models.Payout{ID: models.NewID(), BatchID: batch, ProgramID: s.Program.ID, MerchantID: s.Program.MerchantID, EnrollmentID: e.ID, PartnerID: e.PartnerID, Currency: "GBP",
			AmountMinor: minor, PayableMinor: 200, Reserved: true, State: models.PayoutStateReady, CreatedAt: tx.Now}
		for _, row := range []any{&b, &p} {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return ledger.Post(tx, ledger.Draft{ID: models.NewID(), ProgramID: s.Program.ID, Kind: models.JournalKindReserve, BusinessKey: models.ReserveKey(batch), Currency: "GBP",
			Legs: []ledger.Leg{{OwnerID: e.ID, Account: models.AccountPayable, Minor: -minor}, {OwnerID: e.ID, Account: models.AccountInTransit, Minor: minor}}})
	})
	return batch
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
	reserved(s, january, middle, 1, 150)
	given := reserved(s, january, middle, 2, 30)
	s.Do(func(tx *models.Tx) error { // it is given up
		err := tx.Model(&models.Payout{}).Where("batch_id = ?", given).Updates(map[string]any{"reserved": false, "state": models.PayoutStateCanceled}).Error
		if err != nil {
			return err
		}
		return ledger.Post(tx, ledger.Draft{ID: models.NewID(), ProgramID: s.Program.ID, Kind: models.JournalKindRelease, BusinessKey: "release:" + given.String(), Currency: "GBP",
			Legs: []ledger.Leg{{OwnerID: middle.ID, Account: models.AccountInTransit, Minor: -30}, {OwnerID: middle.ID, Account: models.AccountPayable, Minor: 30}}})
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
main-000005,PAYOUT,2026-02-02,payout,payout,-0.30,GBP
main-000005,RETURNED,2026-03-02,,payouts that were not made or came back,0.30,GBP
main-000005,ADJUSTMENT,2026-02-02,commission,"refund, rule sales, level 1",-1.00,GBP
main-000005,ADJUSTMENT,2026-02-02,commission,"by hand, rule manual",9.99,GBP
main-000005,CLOSING,2026-03-02,,balance when the period closed,9.49,GBP
`, statementOf(s, february, middle))
	var row models.Statement
	require.NoError(t, s.DB.Read(t.Context()).Where("period_id = ? AND enrollment_id = ?", february.ID, middle.ID).Take(&row).Error)
	sheet, err := s.Commission.SheetOf(t.Context(), row)
	require.NoError(t, err)
	require.Equal(t, []paper.Sum{{}, {Count: 2, Minor: 899}}, []paper.Sum{sheet.Commissions, sheet.Adjustments})
	err = s.Commission.WriteStatement(t.Context(), asPartner(seller), january.ID, middle.ID, paper.CSV, &bytes.Buffer{})
	require.Equal(t, "STATEMENT_NOT_FOUND", fault.CodeOf(err))
	err = s.Commission.WriteStatement(t.Context(), s.Owner, models.NewID(), middle.ID, paper.CSV, &bytes.Buffer{})
	require.Equal(t, "STATEMENT_NOT_FOUND", fault.CodeOf(err))
}
