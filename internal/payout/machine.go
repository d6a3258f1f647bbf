package payout

import (
	"fmt"
	"slices"
	"strings"

	"tributary/internal/fault"
	"tributary/models"
)

// BatchEvent is what can happen to a batch.
type BatchEvent string

// The events of a batch.
const (
	BatchPlanned  BatchEvent = "planned"
	BatchApproved BatchEvent = "approved"
	BatchRenewed  BatchEvent = "approved again"
	BatchStarted  BatchEvent = "started"
	BatchStopped  BatchEvent = "paused"
	BatchResumed  BatchEvent = "resumed"
	BatchGivenUp  BatchEvent = "canceled"
	BatchPaidOut  BatchEvent = "last payout ended"
	BatchProven   BatchEvent = "reconciled"
)

// PayoutEvent is what can happen to a payout.
type PayoutEvent string

// The events of a payout.
const (
	PayoutPlanned   PayoutEvent = "planned"
	PayoutGated     PayoutEvent = "gated"
	PayoutCarried   PayoutEvent = "carried"
	PayoutCanceled  PayoutEvent = "canceled"
	PayoutStarted   PayoutEvent = "started"
	PayoutAttempted PayoutEvent = "attempted"
	PayoutLost      PayoutEvent = "worker lost"
	PayoutDoubted   PayoutEvent = "answer lost"
	PayoutTurned    PayoutEvent = "turned away"
	PayoutBlocked   PayoutEvent = "refused, batch paused"
	PayoutRefused   PayoutEvent = "refused"
	PayoutPaid      PayoutEvent = "paid"
	PayoutLooked    PayoutEvent = "looked up"
	PayoutUnseen    PayoutEvent = "not listed"
	PayoutUnlisted  PayoutEvent = "not told"
	PayoutFound     PayoutEvent = "found"
	PayoutFoundLate PayoutEvent = "found late"
	PayoutReplaced  PayoutEvent = "replaced"
	PayoutDisputed  PayoutEvent = "left to people"
	PayoutRetried   PayoutEvent = "retry decided"
	PayoutReleased  PayoutEvent = "release decided"
	PayoutTakenOut  PayoutEvent = "taken out"
	PayoutByHand    PayoutEvent = "marked paid"
	PayoutNotByHand PayoutEvent = "marked unpaid"
	PayoutPartBack  PayoutEvent = "part came back"
	PayoutAllBack   PayoutEvent = "all came back"

	PayoutCorrected       PayoutEvent = "corrected"
	PayoutCorrectedInPart PayoutEvent = "corrected, a part came back"
	PayoutCorrectedAway   PayoutEvent = "corrected to nothing"
)

// Rule is one row of the machine: in one of the states From the event leads to the state To and posts the journal. No
// state in From means that it begins so; no journal means that the ledger does not move.
type Rule[S, E ~string] struct {
	Event   E
	From    []S
	To      S
	Journal models.JournalKind
	When    string
}

// BatchRules is everything that can happen to a batch. What is not here cannot.
var BatchRules = []Rule[models.BatchState, BatchEvent]{
	{BatchPlanned, nil, models.BatchStateDraft, models.JournalKindReserve, "a closed period is planned; every payout that passes the gates is reserved"},
	{BatchApproved, batches(models.BatchStateDraft, models.BatchStateApproved), models.BatchStateApproved, "", "its content hash is approved; again only after the approval expired"},
	{BatchRenewed, batches(models.BatchStatePaused), models.BatchStatePaused, "", "its approval expired while it was paused; then it can go on"},
	{BatchStarted, batches(models.BatchStateApproved), models.BatchStateExecuting, "", "within the life of its approval"},
	{BatchStopped, batches(models.BatchStateExecuting), models.BatchStatePaused, "", "funds are short, the rail's setup is refused, or payouts are stopped"},
	{BatchResumed, batches(models.BatchStatePaused), models.BatchStateExecuting, "", "a person goes on, or stopped payouts start again"},
	{BatchGivenUp, batches(models.BatchStateDraft, models.BatchStateApproved), models.BatchStateCanceled, models.JournalKindRelease, "before the first attempt; what it reserved is payable again"},
	{BatchPaidOut, batches(models.BatchStateExecuting, models.BatchStatePaused), models.BatchStateReconciling, "", "no payout is planned, ready, sending, unknown or under review"},
	{BatchProven, batches(models.BatchStateReconciling), models.BatchStateClosed, models.JournalKindReconcile, "the rail agrees, or people settled each difference"},
}

// PayoutRules is everything that can happen to a payout. What is not here cannot.
var PayoutRules = []Rule[models.PayoutState, PayoutEvent]{
	{PayoutPlanned, nil, models.PayoutStatePlanned, models.JournalKindReserve, "with its batch: it passes every gate"},
	{PayoutGated, nil, models.PayoutStateHeld, "", "with its batch: a gate is shut; stays payable"},
	{PayoutCarried, nil, models.PayoutStateCarried, "", "with its batch: a debt, or under the minimum; stays payable"},
	{PayoutCanceled, payouts(models.PayoutStatePlanned), models.PayoutStateCanceled, models.JournalKindRelease, "with its batch"},
	{PayoutStarted, payouts(models.PayoutStatePlanned), models.PayoutStateReady, "", "with its batch"},
	{PayoutAttempted, payouts(models.PayoutStateReady, models.PayoutStateUnknown), models.PayoutStateSending, "", "claimed and written down before the call leaves; an unknown only within the life of its key"},
	{PayoutLost, payouts(models.PayoutStateSending), models.PayoutStateUnknown, "", "its claim ran out"},
	{PayoutDoubted, payouts(models.PayoutStateSending), models.PayoutStateUnknown, "", "the outcome of the call is not known"},
	{PayoutTurned, payouts(models.PayoutStateSending), models.PayoutStateReady, "", "turned away before execution, and no earlier attempt of the generation is open: same key, later"},
	{PayoutBlocked, payouts(models.PayoutStateSending), models.PayoutStateReady, "", "refused for good for want of funds or setup: next generation, the batch pauses"},
	{PayoutRefused, payouts(models.PayoutStateSending), models.PayoutStateHeld, models.JournalKindRelease, "refused for good for the partner's account"},
	{PayoutPaid, payouts(models.PayoutStateSending), models.PayoutStateTransferred, models.JournalKindSettle, "the rail answers with the transfer that was asked for"},
	{PayoutLooked, payouts(models.PayoutStateUnknown), models.PayoutStateUnknown, "", "past the life of its key: claimed to be looked up, never sent"},
	{PayoutUnseen, payouts(models.PayoutStateUnknown), models.PayoutStateUnknown, "", "a complete list does not hold it"},
	{PayoutUnlisted, payouts(models.PayoutStateUnknown), models.PayoutStateUnknown, "", "three days after its first attempt the rail gives no complete list; an alarm, no decision"},
	{PayoutFound, payouts(models.PayoutStateReady, models.PayoutStateUnknown, models.PayoutStateNeedsReview), models.PayoutStateTransferred, models.JournalKindSettle,
		"a list holds exactly the transfer that was asked for, or two people name it; by their word alone where the rail has given no list for three days"},
	{PayoutFoundLate, payouts(models.PayoutStateHeld), models.PayoutStateTransferred, models.JournalKindSettle, "it was ready and then given up, and a list holds its transfer after all"},
	{PayoutReplaced, payouts(models.PayoutStateTransferred), models.PayoutStateTransferred, "", "the transfer we know came back whole and the one other that was asked for stands; nobody has settled the two"},
	{PayoutDisputed, payouts(models.PayoutStateReady, models.PayoutStateSending, models.PayoutStateUnknown, models.PayoutStateNeedsReview), models.PayoutStateNeedsReview, "",
		"two lists do not hold it, another transfer is listed, or its key, content or account is not what it was"},
	{PayoutRetried, payouts(models.PayoutStateNeedsReview), models.PayoutStateReady, "", "two people, after two lists without it: next generation"},
	{PayoutReleased, payouts(models.PayoutStateNeedsReview, models.PayoutStateReady), models.PayoutStateHeld, models.JournalKindRelease, "two people, and no transfer of it stands at the rail"},
	{PayoutTakenOut, payouts(models.PayoutStateReady), models.PayoutStateHeld, models.JournalKindRelease, "one person, or a changed account; every attempt has a definite end"},
	{PayoutByHand, payouts(models.PayoutStateReady), models.PayoutStateTransferred, models.JournalKindSettle, "manual rail: a person paid it"},
	{PayoutNotByHand, payouts(models.PayoutStateReady), models.PayoutStateHeld, models.JournalKindRelease, "manual rail: a person did not pay it"},
	{PayoutPartBack, payouts(models.PayoutStateTransferred, models.PayoutStatePartlyReversed), models.PayoutStatePartlyReversed, models.JournalKindReversal, "reversed at the rail in part; owed again"},
	{PayoutAllBack, payouts(models.PayoutStateTransferred, models.PayoutStatePartlyReversed), models.PayoutStateReversed, models.JournalKindReversal,
		"reversed at the rail, or returned by the bank; owed again"},
	{PayoutCorrected, paidOnce, models.PayoutStateTransferred, models.JournalKindCorrection, "two people: the rail moved another amount; less is owed again, more is a debt"},
	{PayoutCorrectedInPart, paidOnce, models.PayoutStatePartlyReversed, models.JournalKindCorrection, "the same, of a transfer of which a part came back"},
	{PayoutCorrectedAway, payouts(models.PayoutStateTransferred, models.PayoutStatePartlyReversed), models.PayoutStateReversed, models.JournalKindCorrection,
		"two people: the rail moved nothing to its destination; owed again"},
}

// paidOnce are the states of a payout that has, or had, a transfer.
var paidOnce = payouts(models.PayoutStateTransferred, models.PayoutStatePartlyReversed, models.PayoutStateReversed)

func batches(states ...models.BatchState) []models.BatchState   { return states }
func payouts(states ...models.PayoutState) []models.PayoutState { return states }

// errNoRule is returned for an event that no rule has: a mistake in this package.
var errNoRule = fault.New(fault.Internal, "NO_SUCH_TRANSITION", "the machine has no such transition")

func ruleOf[S, E ~string](rules []Rule[S, E], event E) Rule[S, E] {
	i := slices.IndexFunc(rules, func(r Rule[S, E]) bool { return r.Event == event })
	if i < 0 {
		return Rule[S, E]{Event: event}
	}
	return rules[i]
}

// leads gives the rule by which the event leads on from a state, or the refusal.
func leads[S, E ~string](rules []Rule[S, E], event E, from S, refusal error) (Rule[S, E], error) {
	r := ruleOf(rules, event)
	if !slices.Contains(r.From, from) {
		return r, refusal
	}
	return r, nil
}

// RuleTable gives rules as the table of the documentation.
func RuleTable[S, E ~string](rules []Rule[S, E]) string {
	var b strings.Builder
	b.WriteString("| event | from | to | journal | when |\n|---|---|---|---|---|\n")
	for _, r := range rules {
		from := make([]string, len(r.From))
		for i, s := range r.From {
			from[i] = "`" + string(s) + "`"
		}
		journal := ""
		if r.Journal != "" {
			journal = "`" + string(r.Journal) + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s |\n", r.Event, strings.Join(from, ", "), r.To, journal, r.When)
	}
	return b.String()
}
