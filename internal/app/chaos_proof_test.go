package app

import (
	"strings"

	"github.com/stretchr/testify/require"

	"tributary/internal/ledger"
	"tributary/internal/payout"
	"tributary/models"
)

// unpaid are the reasons for which a payout may end without a transfer; each has a sentence.
var unpaid = map[string]models.PayoutState{
	payout.ReasonBelowMinimum:                models.PayoutStateCarried,
	payout.ReasonNoAccount:                   models.PayoutStateHeld,
	payout.ReasonReleased:                    models.PayoutStateHeld,
	"insufficient_capabilities_for_transfer": models.PayoutStateHeld,
}

func (r *run) fund(minor int64) error {
	return r.sim.Fund(strings.ToLower(string(r.batch.Currency)), minor)
}

// listed gives the transfers of the batch by the payout they are marked with, as the rail lists them.
func (r *run) listed() map[string][]payout.Receipt {
	found, err := r.rail.List(r.t.Context(), r.batch.ID)
	require.NoError(r.t, err)
	byPayout := map[string][]payout.Receipt{}
	for _, f := range found {
		byPayout[f.PayoutID] = append(byPayout[f.PayoutID], f)
	}
	return byPayout
}

// prove holds the end of a run against the rail, and against what was sent.
func (r *run) prove() {
	t := r.t
	r.sim.ClearFaults()
	var rows []models.Payout
	require.NoError(t, r.DB.Read(t.Context()).Where("batch_id = ?", r.batch.ID).Find(&rows).Error)
	require.Len(t, rows, len(r.s.partners))
	listed, ours := r.listed(), 0
	var paid, moved int64
	for _, p := range rows {
		found := listed[p.ID.String()]
		ours += len(found)
		require.LessOrEqual(t, len(found), 1, "at most one transfer ever, whatever the generation: %+v", found)
		r.tally.ended(p)
		if p.State == models.PayoutStateTransferred {
			require.Len(t, found, 1)
			require.Equal(t, []any{transferOf(p), p.AmountMinor, p.Destination, p.Currency},
				[]any{found[0].TransferID, found[0].Amount.Minor, found[0].Destination, found[0].Amount.Currency})
			paid += p.AmountMinor
			continue
		}
		require.Empty(t, found, "%s %s", p.State, p.Reason)
		require.Equal(t, unpaid[p.Reason], p.State, "a listed reason: %q", p.Reason)
		require.NotEmpty(t, payout.ReasonSentence(p.Reason))
	}
	for _, m := range r.sim.Transfers() {
		if m.Group == r.batch.ID.String() {
			require.Equal(t, strings.ToLower(string(r.batch.Currency)), m.Currency)
			moved += m.Amount - m.Reversed
			ours--
		}
	}
	require.Zero(t, ours, "each transfer is marked with its payout")
	require.Equal(t, paid, moved, "what is said to be paid is what moved")
	require.NoError(t, r.sim.Check())
	proof, err := ledger.Verify(t.Context(), r.DB)
	require.NoError(t, err)
	require.Empty(t, proof.Findings)
	r.proveSent(rows)
	r.proveJump(rows)
}

func transferOf(p models.Payout) string {
	if p.TransferID == nil {
		return ""
	}
	return *p.TransferID
}

// proveSent requires that each request was on record before it left, and that one key always came with one content.
func (r *run) proveSent(rows []models.Payout) {
	var attempts []models.PayoutAttempt
	require.NoError(r.t, r.DB.Read(r.t.Context()).Where("payout_id IN (SELECT id FROM payouts WHERE batch_id = ?)", r.batch.ID).Find(&attempts).Error)
	recorded := map[string]int{}
	for _, a := range attempts {
		recorded[a.IdemKey]++
	}
	count, content := map[string]int{}, map[string]post{}
	for _, p := range r.sent() {
		count[p.key]++
		if first, seen := content[p.key]; seen {
			require.Equal(r.t, first, p, "the same key, the same bytes")
		}
		content[p.key] = p
	}
	for key, n := range count {
		require.LessOrEqual(r.t, n, recorded[key], "an attempt is committed before its request leaves: %s", key)
	}
	r.tally.payouts += len(rows)
	r.tally.posts += len(r.sent())
}

// proveJump requires that what had been sent before the clock was turned beyond the life of its key was looked for and
// never sent again, and that what the rail had then is what was paid.
func (r *run) proveJump(rows []models.Payout) {
	j := r.trial.jumped
	if j == nil {
		return
	}
	for _, p := range r.sent()[j.posts:] {
		require.False(r.t, j.open[p.key], "sent again after 25 hours: %s", p.key)
	}
	for _, p := range rows {
		if was, had := j.listed[p.ID]; had {
			require.Equal(r.t, []any{models.PayoutStateTransferred, was.transferID, was.generation}, []any{p.State, transferOf(p), p.Generation})
			r.tally.saw("after the jump: found by a list")
		}
	}
	r.tally.add("after the jump: keys that were never sent again", len(j.open))
}
