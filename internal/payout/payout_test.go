package payout_test

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

const simKey = "sk_test_sim"

// stage is a scene with a rail to the simulator.
type stage struct {
	*testkit.Scene
	sim     *stripesim.Server
	server  *httptest.Server
	rail    *stripeconnect.Rail
	payouts *payout.Service
	checker access.Caller
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Scene: testkit.NewScene(t)}
	var err error
	s.sim, err = stripesim.New(stripesim.Options{Now: s.Clock.Now, SecretKey: simKey, Audit: true})
	require.NoError(t, err)
	t.Cleanup(s.sim.Close)
	s.server = httptest.NewServer(s.sim)
	t.Cleanup(s.server.Close)
	s.rail, err = stripeconnect.New(stripeconnect.Config{Key: simKey, APIBase: s.server.URL, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	s.payouts = payout.New(s.DB, map[models.RailName]payout.Rail{models.RailNameStripe: s.rail}, slog.New(slog.DiscardHandler))
	s.checker = access.System("checker", s.Owner.MerchantID)
	return s
}

// partner enrolls and onboards.
func (s *stage) partner(t *testing.T, name string) models.Enrollment {
	t.Helper()
	e := s.Enroll(name, models.ID{})
	page, account, err := s.payouts.Onboard(t.Context(), s.Owner, e.ID, "https://acme.example/again", "https://acme.example/done")
	require.NoError(t, err)
	response, err := noFollow().Get(page)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NoError(t, s.payouts.RefreshAccount(t.Context(), models.RailNameStripe, account.Destination))
	s.Clock.Advance(49 * time.Hour)
	return e
}

func (s *stage) plan(t *testing.T, period models.Period) models.PayoutBatch {
	t.Helper()
	var b models.PayoutBatch
	s.Do(func(tx *models.Tx) error {
		var err error
		b, err = s.payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	return b
}

// execute approves and starts a batch.
func (s *stage) execute(b models.PayoutBatch) {
	s.Do(func(tx *models.Tx) error {
		if _, err := s.payouts.Approve(tx, s.checker, b.ID, payout.HashText(b.ContentHash)); err != nil {
			return err
		}
		_, err := s.payouts.Execute(tx, s.checker, b.ID)
		return err
	})
}

func (s *stage) payoutOf(t *testing.T, b models.PayoutBatch, e models.Enrollment) models.Payout {
	t.Helper()
	var p models.Payout
	require.NoError(t, s.DB.Read(t.Context()).Where("batch_id = ? AND enrollment_id = ?", b.ID, e.ID).Take(&p).Error)
	return p
}

func (s *stage) batch(t *testing.T, id models.ID) models.PayoutBatch {
	t.Helper()
	b, err := s.payouts.Batch(t.Context(), s.Owner, id)
	require.NoError(t, err)
	return b
}

// oneDue sells, closes, funds and starts, and gives the one payout that is ready.
func oneDue(t *testing.T, s *stage, funded int64) (models.PayoutBatch, models.Enrollment, models.Payout) {
	t.Helper()
	e := s.partner(t, "ada")
	s.Sell("ada", "1000.00")
	b := s.plan(t, s.CloseMonth())
	if funded > 0 {
		require.NoError(t, s.sim.Fund("gbp", funded))
	}
	s.execute(b)
	return b, e, s.payoutOf(t, b, e)
}

func TestAPayoutIsPaidOnceHoweverOftenItIsSent(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountInTransit))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { require.NoError(t, s.payouts.Send(t.Context(), p.ID)) })
	}
	group.Wait()
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Len(t, s.sim.Transfers(), 1)
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountClearing))
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	run, err := s.payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	require.Zero(t, run.FindingCount)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))
}

// Whatever goes wrong with the answer, the payout is unknown, nothing is released, and the repeated call finds out.
func TestALostAnswerIsUnknownAndResolvedByTheSameKey(t *testing.T) {
	for _, fault := range []stripesim.FaultKind{stripesim.DropBefore, stripesim.DropAfter, stripesim.ServerError, stripesim.HTML502,
		stripesim.EmptyJSON, stripesim.BrokenJSON, stripesim.RedirectAway, stripesim.KeyInUse} {
		t.Run(string(fault), func(t *testing.T) {
			s := newStage(t)
			b, e, p := oneDue(t, s, 100_000)
			s.sim.Script(stripesim.Fault{Kind: fault, Method: "POST", Path: "/v1/transfers", Count: 1})
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			p = s.payoutOf(t, b, e)
			require.Equal(t, models.PayoutStateUnknown, p.State)
			require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountInTransit), "an unknown outcome releases nothing")

			// An answer given before the rail looks at the key resolves nothing.
			s.Clock.Advance(2 * time.Minute)
			s.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "POST", Path: "/v1/transfers", Count: 1})
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			require.Equal(t, models.PayoutStateUnknown, s.payoutOf(t, b, e).State)

			s.Clock.Advance(5 * time.Minute)
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
			require.Len(t, s.sim.Transfers(), 1)
			require.NoError(t, s.sim.Check())
		})
	}
}

func TestAWorkerThatDiedWhileSendingIsFound(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	// What a kill between the commit of the attempt and the call leaves behind.
	s.Do(func(tx *models.Tx) error {
		until := tx.Now.Add(2 * time.Minute)
		key := fmt.Sprintf("tributary:payout:%s:g1", p.ID)
		sent := sha256.Sum256(fmt.Appendf(nil, "%s|%s|1|%s", key, money.New(p.AmountMinor, p.Currency), p.Destination))
		if err := tx.Create(&models.PayoutAttempt{ID: models.NewID(), PayoutID: p.ID, Generation: 1, Seq: 1, IdemKey: key, RequestHash: sent, SentAt: tx.Now}).Error; err != nil {
			return err
		}
		return tx.Model(&models.Payout{}).Where("id = ?", p.ID).Updates(map[string]any{"state": models.PayoutStateSending, "claim_token": "dead",
			"claim_until": until, "attempts": 1, "first_attempt_at": tx.Now}).Error
	})
	require.NoError(t, s.payouts.Sweep(t.Context()))
	require.Equal(t, models.PayoutStateSending, s.payoutOf(t, b, e).State, "the lease still holds")
	s.Clock.Advance(3 * time.Minute)
	require.NoError(t, s.payouts.Sweep(t.Context()))
	require.Equal(t, models.PayoutStateUnknown, s.payoutOf(t, b, e).State)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Len(t, s.sim.Transfers(), 1)
}

func TestGatesHoldAndCarry(t *testing.T) {
	s := newStage(t)
	small, ready, fresh := s.partner(t, "small"), s.partner(t, "ready"), s.Enroll("fresh", models.ID{})
	s.Sell("small", "50.00")
	s.Sell("ready", "500.00")
	s.Sell("fresh", "500.00")
	b := s.plan(t, s.CloseMonth())
	require.EqualValues(t, 5000, b.TotalMinor)
	for e, want := range map[models.ID]string{small.ID: payout.ReasonBelowMinimum, ready.ID: "", fresh.ID: payout.ReasonNoAccount} {
		require.Equal(t, want, s.payoutOf(t, b, models.Enrollment{ID: e}).Reason)
	}
	require.EqualValues(t, 500, s.Balance(small.ID, models.AccountPayable), "what is carried stays payable")
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Cancel(tx, s.Owner, b.ID); return err })
	require.EqualValues(t, 5000, s.Balance(ready.ID, models.AccountPayable), "a canceled batch gives back what it reserved")
}

// key gives a caller that is an API key with the scope.
func (s *stage) key(t *testing.T, scope access.Scope) access.Caller {
	t.Helper()
	var text string
	s.Do(func(tx *models.Tx) (err error) {
		_, text, err = s.Access.CreateAPIKey(tx, s.Owner, access.APIKeyInput{Name: "server", Scopes: []access.Scope{scope}})
		return err
	})
	by, err := s.Access.Authenticate(t.Context(), text)
	require.NoError(t, err)
	return by
}

func TestApproval(t *testing.T) {
	s := newStage(t)
	s.partner(t, "ada")
	s.Sell("ada", "501.00")
	b := s.plan(t, s.CloseMonth())
	refused := func(by access.Caller, hash string, want error) {
		t.Helper()
		require.ErrorIs(t, models.InTx(t.Context(), s.DB, func(tx *models.Tx) error { _, err := s.payouts.Approve(tx, by, b.ID, hash); return err }), want)
	}
	refused(s.checker, "00", payout.ErrContentHash)
	refused(s.Owner, payout.HashText(b.ContentHash), payout.ErrOwnApproval)
	refused(s.key(t, access.PayoutsWrite), payout.HashText(b.ContentHash), payout.ErrKeyApproval)
	refused(access.System("stranger", models.NewID()), payout.HashText(b.ContentHash), payout.ErrBatchMissing)
	require.Equal(t, models.BatchStateDraft, s.batch(t, b.ID).State)
	require.ErrorIs(t, models.InTx(t.Context(), s.DB, func(tx *models.Tx) error { _, err := s.payouts.Plan(tx, s.Owner, b.PeriodID); return err }), payout.ErrBatchExists)
	s.execute(b)
	refused(s.checker, payout.HashText(b.ContentHash), payout.ErrBatchState)
}
