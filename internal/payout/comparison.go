package payout

import (
	"fmt"
	"slices"

	"tributary/internal/money"
	"tributary/models"
)

// Finding kinds of a reconciliation.
const (
	FindingMissing   = "MISSING"   // we say paid, the rail has no such transfer
	FindingExtra     = "EXTRA"     // the rail has a transfer that we do not say is paid
	FindingDuplicate = "DUPLICATE" // two transfers for one payout
	FindingDiffers   = "DIFFERS"   // amount, currency or destination; or we corrected to nothing what the rail has after all
)

type reversal struct {
	payout models.Payout
	minor  int64  // reversed at the rail in all
	reason string // empty where the rail tells it
	beside int    // the place of the finding of a duplicate, from 1; 0 where there is none
}

type adoption struct {
	payout     models.Payout
	transferID string
}

// replacement is the other of two transfers of a payout, which is its payment since the known one came back whole.
type replacement struct {
	adoption
	beside int // as in reversal
}

// comparison is what became of holding payouts against transfers.
type comparison struct {
	findings     []models.ReconFinding
	reversals    []reversal
	adoptions    []adoption
	replacements []replacement
	whole        bool // every payout had an end before it was read
}

func (c *comparison) find(kind string, id *models.ID, transferID, format string, args ...any) {
	c.findings = append(c.findings, models.ReconFinding{ID: models.NewID(), Kind: kind, PayoutID: id, TransferID: transferID, Detail: fmt.Sprintf(format, args...)})
}

// compare holds payouts on the rails against the rails' transfers. It is pure.
func compare(payouts []models.Payout, receipts []Receipt) comparison {
	byPayout, known := byMark(receipts), map[string]bool{}
	var c comparison
	for _, p := range payouts {
		if p.Rail == models.RailNameManual {
			continue
		}
		known[p.ID.String()] = true
		c.hold(p, counting(p, byPayout[p.ID.String()]))
	}
	for _, r := range receipts {
		if !known[r.PayoutID] && !isUndone(r) {
			c.find(FindingExtra, nil, r.TransferID, "a transfer in this batch's group that is not ours")
		}
	}
	return c
}

// counting leaves out transfers that paid nobody: another than the one we know that came back whole.
func counting(p models.Payout, found []Receipt) []Receipt {
	return slices.DeleteFunc(slices.Clone(found), func(r Receipt) bool {
		return isUndone(r) && (p.TransferID == nil || r.TransferID != *p.TransferID)
	})
}

// hold holds one payout against its transfers.
func (c *comparison) hold(p models.Payout, found []Receipt) {
	switch paid := p.TransferID != nil; {
	case isWrittenOff(p) && !stands(found): // both say that nothing was paid
	case paid && len(found) == 0:
		c.find(FindingMissing, &p.ID, *p.TransferID, "the rail does not list this transfer")
	case len(found) > 1:
		c.find(FindingDuplicate, &p.ID, otherOf(p, found), "%d transfers for one payout", len(found))
		c.holdKnown(p, found)
	case isUnderWay(p.State): // its own attempts find out
	case !paid && len(found) == 1 && isGivenUp(p) && matches(p, found[0]):
		c.adoptions = append(c.adoptions, adoption{p, found[0].TransferID})
	case !paid && len(found) == 1:
		c.find(FindingExtra, &p.ID, found[0].TransferID, "transferred, while the payout is %s", p.State)
	case paid && (!matches(p, found[0]) || found[0].TransferID != *p.TransferID):
		detail := fmt.Sprintf("%s to %s at the rail", found[0].Amount, found[0].Destination)
		if back := found[0].ReversedMinor; back > 0 { // more of it is another difference
			detail += fmt.Sprintf(", of which %s came back", money.New(back, found[0].Amount.Currency))
		}
		c.find(FindingDiffers, &p.ID, found[0].TransferID, "%s", detail)
	case paid && found[0].ReversedMinor > p.ReversedMinor:
		c.reversals = append(c.reversals, reversal{payout: p, minor: found[0].ReversedMinor})
	}
}

// holdKnown holds a payout against the transfer that we know, beside others of it.
func (c *comparison) holdKnown(p models.Payout, found []Receipt) {
	known := slices.IndexFunc(found, func(r Receipt) bool { return p.TransferID != nil && r.TransferID == *p.TransferID })
	if known < 0 || !matches(p, found[known]) || found[known].ReversedMinor <= p.ReversedMinor {
		return
	}
	beside := len(c.findings)
	c.reversals = append(c.reversals, reversal{payout: p, minor: found[known].ReversedMinor, beside: beside})
	others := slices.Delete(slices.Clone(found), known, known+1)
	if p.State == models.PayoutStateTransferred && isUndone(found[known]) && len(others) == 1 && matches(p, others[0]) {
		c.replacements = append(c.replacements, replacement{adoption{p, others[0].TransferID}, beside})
	}
}

// isSettled tells whether people have settled the finding at a place, as beside counts them.
func (c *comparison) isSettled(beside int) bool {
	return beside == 0 || c.findings[beside-1].ResolvedAt != nil
}

// otherOf gives a transfer that is not the one we know, the oldest: a rail lists the newest first.
func otherOf(p models.Payout, found []Receipt) string {
	for _, r := range slices.Backward(found) {
		if p.TransferID == nil || r.TransferID != *p.TransferID {
			return r.TransferID
		}
	}
	return ""
}

// isGivenUp tells whether a payout was to be sent and is not said to be paid: its transfer may come up late, also where no
// attempt is on record, as in a database that was restored. What a gate held never had an end.
func isGivenUp(p models.Payout) bool {
	return (p.State == models.PayoutStateHeld || p.State == models.PayoutStateNeedsReview) && (p.Generation > 1 || p.Attempts > 0 || p.SettledAt != nil)
}

// isUnderWay tells whether a payout may be paid while somebody compares.
func isUnderWay(state models.PayoutState) bool {
	return state == models.PayoutStateReady || state == models.PayoutStateSending || state == models.PayoutStateUnknown
}
