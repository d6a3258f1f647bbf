package payout

import (
	"context"
	"time"

	"tributary/models"
)

// admit is what comes before a payout is claimed: it waits for room in the rail's limits, so that no attempt is on record
// that only waits to be sent. What is not to be sent now is not due and takes no room, nor does what is only looked up.
func (s *Service) admit(ctx context.Context, payoutID models.ID) (a admission, err error) {
	a = admission{ctx: ctx, release: func() {}}
	query, now := s.db.Read(ctx), s.db.Now()
	p, err := takeOne[models.Payout](query.Where("id = ?", payoutID), "payout")
	if err != nil {
		return a, err
	}
	batch, err := takeOne[models.PayoutBatch](query.Where("id = ?", p.BatchID), "batch")
	if err != nil || !mayGo(p, batch, now) {
		return a, err
	}
	// What has to be asked first is asked before a token is taken: an answer takes longer than a token's instant waits.
	if p.State == models.PayoutStateReady && !isAsked(batch, now) {
		if err := s.askFunds(ctx, p.BatchID); err != nil {
			return a, err
		}
	}
	rail, err := s.rail(ctx, p.Rail, p.MerchantID)
	if err != nil {
		return a, err // before anything is claimed: nothing could leave
	}
	a.isDue, a.rail = true, rail
	if isOld(p, now) {
		return a, nil
	}
	a.ctx, a.release, err = rail.Admit(ctx, orderOf(p))
	return a, err
}

// admission is the leave to work on a payout. What it holds is given back with release, also when nothing is due.
type admission struct {
	ctx     context.Context // to call the rail with
	rail    Rail
	isDue   bool
	release func()
}

// mayGo tells whether a call for a payout may leave now.
func mayGo(p models.Payout, b models.PayoutBatch, now time.Time) bool {
	due := p.NextTryAt != nil && !p.NextTryAt.After(now)
	open := p.State == models.PayoutStateReady && b.State == models.BatchStateExecuting || p.State == models.PayoutStateUnknown
	return due && open && p.Rail != models.RailNameManual
}

// isOld tells whether the key of a payout whose outcome is not known may be forgotten by its rail.
func isOld(p models.Payout, now time.Time) bool {
	return p.State == models.PayoutStateUnknown && p.FirstAttemptAt != nil && now.Sub(*p.FirstAttemptAt) >= KeyLife
}
