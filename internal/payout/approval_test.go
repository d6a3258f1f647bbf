package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/models"
)

// limit changes up to what total one person of the program is enough.
func (s *stage) limit(t *testing.T, limit string) {
	t.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC",
			Domains: []string{"acme.example"}, AutoApprove: true, Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: limit}})
		return err
	})
}

// The limit is the batch's: whoever planned it cannot raise the program's afterwards and approve alone, nor is a batch that
// one person may approve held up by a limit that was lowered.
func TestTheLimitOfAnApprovalIsTheOneOfThePlan(t *testing.T) {
	for name, c := range map[string]struct{ at, later, want string }{
		"raised":  {"50.00", "9999999.00", "APPROVER_IS_MAKER"},
		"lowered": {"9999999.00", "50.00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.partner(t, "ada")
			s.Sell("ada", "1000.00")
			s.limit(t, c.at)
			b := s.plan(t, s.CloseMonth())
			s.limit(t, c.later)
			require.Equal(t, c.want, s.try(t, func(tx *models.Tx) error {
				_, err := s.payouts.Approve(tx, s.Owner, b.ID, payout.HashText(b.ContentHash))
				return err
			}))
		})
	}
}

// Whoever plans by a key of their own is the maker; somebody else is not.
func TestWhoMadeTheKeyThatPlannedDoesNotApprove(t *testing.T) {
	s := newStage(t)
	s.partner(t, "ada")
	s.Sell("ada", "1000.00")
	period := s.CloseMonth()
	key := s.key(t, access.PayoutsWrite)
	var b models.PayoutBatch
	s.Do(func(tx *models.Tx) (err error) { b, err = s.payouts.Plan(tx, key, period.ID); return err })
	approve := func(by access.Caller) string {
		return s.try(t, func(tx *models.Tx) error {
			_, err := s.payouts.Approve(tx, by, b.ID, payout.HashText(b.ContentHash))
			return err
		})
	}
	require.Equal(t, "APPROVER_IS_MAKER", approve(s.Owner))
	require.Empty(t, approve(s.checker))
}

// What was approved weeks ago does not go on by itself: somebody looks again, under the rules of any approval.
func TestABatchThatWasPausedForLongIsApprovedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		pause func(*stage, models.PayoutBatch)
		on    func(*stage) error
	}{
		"for want of funds": {func(s *stage, b models.PayoutBatch) {
			require.NoError(s.T, s.payouts.Send(s.T.Context(), s.payoutsOf(b)[0]))
		}, func(*stage) error { return nil }},
		"by a stop": {func(s *stage, _ models.PayoutBatch) { s.stop(s.Owner) }, func(s *stage) error { s.start(s.Owner); return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			b, _, _ := oneDue(t, s, 1)
			c.pause(s, b)
			require.Equal(t, models.BatchStatePaused, s.batch(t, b.ID).State)
			act := func(by access.Caller, do func(*models.Tx, access.Caller) (models.PayoutBatch, error)) string {
				return s.try(t, func(tx *models.Tx) error { _, err := do(tx, by); return err })
			}
			resume := func(tx *models.Tx, by access.Caller) (models.PayoutBatch, error) {
				return s.payouts.Resume(tx, by, b.ID)
			}
			approve := func(tx *models.Tx, by access.Caller) (models.PayoutBatch, error) {
				return s.payouts.Approve(tx, by, b.ID, payout.HashText(b.ContentHash))
			}
			require.Equal(t, "BATCH_STATE", act(s.checker, approve), "the approval still holds")
			s.Clock.Advance(payout.ApprovalLife)
			require.NoError(t, c.on(s))
			require.Equal(t, models.BatchStatePaused, s.batch(t, b.ID).State)
			require.Equal(t, "APPROVAL_EXPIRED", act(s.checker, resume))
			require.Equal(t, "APPROVER_IS_MAKER", act(s.Owner, approve))
			require.Empty(t, act(s.checker, approve))
			require.Equal(t, models.BatchStatePaused, s.batch(t, b.ID).State)
			require.Empty(t, act(s.Owner, resume))
			require.Equal(t, models.BatchStateExecuting, s.batch(t, b.ID).State)
		})
	}
}

// payoutsOf gives a batch's payouts.
func (s *stage) payoutsOf(b models.PayoutBatch) []models.ID {
	s.T.Helper()
	var ids []models.ID
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.Payout{}).Where("batch_id = ?", b.ID).Order("id").Pluck("id", &ids).Error)
	return ids
}
