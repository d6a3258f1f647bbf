package payout_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

// bankFile gives the destinations that a batch's bank file holds now.
func (s *stage) bankFile(t *testing.T, b models.PayoutBatch) []string {
	t.Helper()
	var file strings.Builder
	require.NoError(t, s.payouts.WriteBankFile(t.Context(), s.Owner, b.ID, &file))
	var to []string
	for _, line := range strings.Split(strings.TrimSpace(file.String()), "\n")[1:] {
		to = append(to, strings.Split(line, ",")[1])
	}
	return to
}

func (s *stage) setReference(e models.Enrollment, reference string) {
	s.Do(func(tx *models.Tx) error {
		_, err := s.payouts.SetBankReference(tx, s.Owner, e.ID, reference)
		return err
	})
}

// A bank reference that was corrected after the plan is not paid to: what no file held yet is payable again, and what one
// did hold is left to a person, since it may have been paid.
func TestABankFileLeavesOutWhoIsPaidElsewhereByNow(t *testing.T) {
	s := newStage(t)
	ann, bob, cid := s.Enroll("ann", models.ID{}), s.Enroll("bob", models.ID{}), s.Enroll("cid", models.ID{})
	s.byBank(t, "THIEF", ann, bob)
	s.byBank(t, "GB33CID", cid)
	for _, name := range []string{"ann", "bob", "cid"} {
		s.Sell(name, "1000.00")
	}
	b := s.plan(t, s.CloseMonth())
	s.execute(b)

	s.setReference(ann, "GB33ANN")
	require.ElementsMatch(t, []string{"THIEF", "GB33CID"}, s.bankFile(t, b))
	p := s.payoutOf(t, b, ann)
	require.Equal(t, models.PayoutStateHeld, p.State)
	require.Equal(t, payout.ReasonAccountChanged, p.Reason)
	require.EqualValues(t, 10_000, s.Balance(ann.ID, models.AccountPayable))

	s.setReference(bob, "GB33BOB")
	require.Equal(t, []string{"GB33CID"}, s.bankFile(t, b))
	p = s.payoutOf(t, b, bob)
	require.Equal(t, models.PayoutStateReady, p.State, "a file that left may be paid: nothing is released")
	require.Equal(t, payout.ReasonAccountChanged, p.Reason)
	require.EqualValues(t, 10_000, s.Balance(bob.ID, models.AccountInTransit))

	s.setReference(bob, "THIEF")
	require.ElementsMatch(t, []string{"THIEF", "GB33CID"}, s.bankFile(t, b), "it goes where the account is again")
	require.Empty(t, s.payoutOf(t, b, bob).Reason)
	s.setReference(bob, "GB33BOB")
	s.Do(func(tx *models.Tx) error {
		_, err := s.payouts.MarkUnpaid(tx, s.Owner, p.ID, "recalled at the bank")
		return err
	})
	require.EqualValues(t, 10_000, s.Balance(bob.ID, models.AccountPayable))
}
