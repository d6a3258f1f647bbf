package payout_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/models"
)

func TestBankResultsAreTakenInRowByRow(t *testing.T) {
	s := newStage(t)
	ann, bob, cid := s.Enroll("ann", models.ID{}), s.Enroll("bob", models.ID{}), s.partner(t, "cid")
	s.byBank(t, "GB33BUKB20201555555555", ann, bob)
	for _, name := range []string{"ann", "bob", "cid"} {
		s.Sell(name, "1000.00")
	}
	b := s.plan(t, s.CloseMonth())
	s.execute(b)
	id := func(e models.Enrollment) string { return s.payoutOf(t, b, e).ID.Format(models.PrefixPayout) }
	file := "payout_id,reference,failure\n" + id(ann) + ",SEPA 1,\n" + id(bob) + ",,account closed\n" + id(cid) + ",SEPA 1,\n" +
		id(ann) + ",SEPA 2,\n" + id(ann) + ",,bounced\n" + id(bob) + ",x,y\n" + models.NewID().Format(models.PrefixPayout) + ",SEPA 1,\nnonsense,SEPA 1,\n"
	take := func(by access.Caller, file string) (outcomes []payout.BankOutcome, codes []string, err error) {
		err = s.payouts.ImportBankResults(t.Context(), by, strings.NewReader(file), func(r payout.BankResult) {
			require.Equal(t, len(outcomes)+2, r.Line)
			outcomes = append(outcomes, r.Outcome)
			if r.Err != nil {
				codes = append(codes, fault.CodeOf(r.Err))
			}
		})
		return outcomes, codes, err
	}
	outcomes, codes, err := take(s.Owner, file)
	require.NoError(t, err)
	const no = payout.BankRefused
	require.Equal(t, []payout.BankOutcome{payout.BankPaid, payout.BankFailed, no, no, no, no, no, no}, outcomes)
	require.Equal(t, []string{"PAYOUT_NOT_MANUAL", "PAYOUT_STATE", "PAYOUT_STATE", "RESULT_UNCLEAR", "PAYOUT_NOT_FOUND", "ID_MALFORMED"}, codes)
	require.Equal(t, "SEPA 1", s.payoutOf(t, b, ann).BankReference)
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, ann).State)
	require.EqualValues(t, 10_000, s.Balance(bob.ID, models.AccountPayable))

	outcomes, _, err = take(s.Owner, file)
	require.NoError(t, err)
	require.Equal(t, []payout.BankOutcome{payout.BankSame, no, no, no, no, no, no, no}, outcomes, "a file may be taken in again")

	_, codes, err = take(access.System("rival", models.NewID()), "payout_id,reference,failure\n"+id(cid)+",SEPA 1,\n")
	require.NoError(t, err)
	require.Equal(t, []string{"PAYOUT_NOT_FOUND"}, codes)
	for _, bad := range []string{"", "payout,reference\n", "payout_id,reference,failure\n1,2\n"} {
		_, _, err = take(s.Owner, bad)
		require.Equal(t, "RESULTS_MALFORMED", fault.CodeOf(err), bad)
	}
	_, _, err = take(access.Caller{}, file)
	require.Equal(t, "UNAUTHENTICATED", fault.CodeOf(err))
}
