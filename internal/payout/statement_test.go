package payout_test

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission/paper"
	"tributary/internal/fault"
	"tributary/models"
)

func (s *stage) statement(t *testing.T, period models.Period, e models.Enrollment, f paper.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, s.Commission.WriteStatement(t.Context(), s.Owner, period.ID, e.ID, f, &out))
	return out.Bytes()
}

var anID = regexp.MustCompile(`(payout|commission)_[0-9a-z]{26}`)

// withoutIDs names ids by the order in which they first stand in the text: they are drawn anew in every run.
func withoutIDs(text []byte) string {
	seen := map[string]string{}
	return anID.ReplaceAllStringFunc(string(text), func(id string) string {
		if seen[id] == "" {
			seen[id] = fmt.Sprintf("%s%d", anID.FindStringSubmatch(id)[1], len(seen)+1)
		}
		return seen[id]
	})
}

func TestAStatementTellsWhatBecameOfTheBalance(t *testing.T) {
	s := newStage(t)
	ann := s.partner(t, "ann")
	sale := s.Sell("ann", "1000.00")
	january := s.CloseMonth()
	s.pay(t, january)
	s.Sell("ann", "500.00")
	s.Refund("r-1", sale, "100.00")
	february := s.CloseMonth()
	given := s.plan(t, february) // given up again, and then nothing is paid before the next close
	s.Do(func(tx *models.Tx) error {
		_, err := s.payouts.Cancel(tx, s.Owner, given.ID)
		return err
	})
	s.Sell("ann", "10.00")
	march := s.CloseMonth()

	require.Equal(t, `statement,section,date,id,text,amount,currency
main-000001,OPENING,2026-01-01,,balance when the period before closed,0.00,GBP
main-000001,COMMISSION,2026-01-07,commission1,"sale, rule sales",100.00,GBP
main-000001,CLOSING,2026-02-02,,balance when the period closed,100.00,GBP
`, withoutIDs(s.statement(t, january, ann, paper.CSV)))
	require.Equal(t, `statement,section,date,id,text,amount,currency
main-000002,OPENING,2026-02-01,,balance when the period before closed,100.00,GBP
main-000002,PAYOUT,2026-02-02,payout1,payout,-100.00,GBP
main-000002,COMMISSION,2026-02-02,commission2,"sale, rule sales",50.00,GBP
main-000002,ADJUSTMENT,2026-02-02,commission3,"refund, rule sales",-10.00,GBP
main-000002,CLOSING,2026-03-02,,balance when the period closed,40.00,GBP
`, withoutIDs(s.statement(t, february, ann, paper.CSV)))
	require.Equal(t, `statement,section,date,id,text,amount,currency
main-000003,OPENING,2026-03-01,,balance when the period before closed,40.00,GBP
main-000003,PAYOUT,2026-03-02,payout1,payout,-40.00,GBP
main-000003,RETURNED,2026-04-02,,payouts that were not made or came back,40.00,GBP
main-000003,COMMISSION,2026-03-02,commission2,"sale, rule sales",1.00,GBP
main-000003,CLOSING,2026-04-02,,balance when the period closed,41.00,GBP
`, withoutIDs(s.statement(t, march, ann, paper.CSV)))

	for _, f := range []paper.Format{paper.CSV, paper.PDF} {
		before := s.statement(t, march, ann, f)
		s.pay(t, march) // a later payout is on the next statement
		s.Clock.Advance(1)
		require.True(t, bytes.Equal(before, s.statement(t, march, ann, f)))
		if f == paper.CSV {
			s.Sell("ann", "1000.00")
			march = s.CloseMonth()
		}
	}
}

func TestOnlyTheMerchantAndTheOwnPartnerGetAStatement(t *testing.T) {
	s := newStage(t)
	ann, bob := s.partner(t, "ann"), s.partner(t, "bob")
	s.Sell("ann", "1000.00")
	period := s.CloseMonth()
	var rival access.Caller
	s.Do(func(tx *models.Tx) error {
		m, err := s.Programs.CreateMerchant(tx, "rival", "Rival Ltd")
		rival = access.System("rival", m.ID)
		return err
	})
	partner := func(e models.Enrollment) access.Caller {
		return access.Caller{Name: "user:x", UserID: models.NewID(), PartnerID: e.PartnerID}
	}
	for name, c := range map[string]struct {
		by   access.Caller
		code string
	}{
		"the merchant":       {s.Owner, ""},
		"the partner":        {partner(ann), ""},
		"another partner":    {partner(bob), "STATEMENT_NOT_FOUND"},
		"another merchant":   {rival, "STATEMENT_NOT_FOUND"},
		"nobody":             {access.Caller{}, "UNAUTHENTICATED"},
		"staff without need": {access.Caller{Name: "key:x", MerchantID: s.Owner.MerchantID}, "FORBIDDEN"},
	} {
		var out bytes.Buffer
		err := s.Commission.WriteStatement(t.Context(), c.by, period.ID, ann.ID, paper.CSV, &out)
		require.Equal(t, c.code == "", err == nil, name)
		require.Equal(t, err == nil, out.Len() > 0, name)
		if c.code != "" {
			require.Equal(t, c.code, fault.CodeOf(err), name)
		}
	}
}

func TestStatementsAreNumberedWithoutAGap(t *testing.T) {
	s := newStage(t)
	for _, name := range []string{"ann", "bob", "cid"} {
		s.Enroll(name, models.ID{})
	}
	s.Sell("ann", "10.00")
	s.Sell("bob", "10.00")
	s.CloseMonth()
	s.Sell("cid", "10.00") // the others carry their balances
	last := s.CloseMonth()
	require.EqualValues(t, 3, last.StatementCount)
	var numbers []int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Statement{}).Order("number").Pluck("number", &numbers).Error)
	require.Equal(t, []int64{1, 2, 3, 4, 5}, numbers)
}
