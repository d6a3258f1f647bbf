package payout

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// The tables of the documentation are those of the code.
func TestTheDocumentationHasTheMachine(t *testing.T) {
	text, err := os.ReadFile("../../docs/payouts.md")
	require.NoError(t, err)
	for name, table := range map[string]string{"batch": RuleTable(BatchRules), "payout": RuleTable(PayoutRules)} {
		_, rest, begun := strings.Cut(string(text), "<!-- machine: "+name+" -->\n")
		found, _, ended := strings.Cut(rest, "<!-- end -->")
		require.True(t, begun && ended, "docs/payouts.md has no table of the %s", name)
		require.Equal(t, table, found, "the table of the %s is to be replaced by this:\n%s", name, table)
	}
}

func TestEveryStateIsReachedAndHasAnEnd(t *testing.T) {
	walk(t, BatchRules, map[models.BatchState]bool{models.BatchStateClosed: true, models.BatchStateCanceled: true})
	walk(t, PayoutRules, map[models.PayoutState]bool{models.PayoutStateCarried: true, models.PayoutStateCanceled: true,
		models.PayoutStateReversed: true, models.PayoutStateHeld: true, models.PayoutStateTransferred: true, models.PayoutStatePartlyReversed: true})
}

// walk requires that every state is reached from the beginning, and that an end is reached from every state.
func walk[S, E ~string](t *testing.T, rules []Rule[S, E], ends map[S]bool) {
	t.Helper()
	events, reached, ending := map[E]bool{}, map[S]bool{}, map[S]bool{}
	for s := range ends {
		ending[s] = true
	}
	for range rules {
		for _, r := range rules {
			if len(r.From) == 0 {
				reached[r.To] = true
			}
			for _, from := range r.From {
				reached[r.To] = reached[r.To] || reached[from]
				ending[from] = ending[from] || ending[r.To]
			}
		}
	}
	for _, r := range rules {
		require.False(t, events[r.Event], "%s stands twice", r.Event)
		events[r.Event] = true
		require.NotEmpty(t, r.When, r.Event)
		for _, s := range append(r.From, r.To) {
			require.True(t, reached[s], "nothing leads to %s", s)
			require.True(t, ending[s], "nothing leads on from %s", s)
		}
	}
}

// What a rule moves in the ledger follows from whether the states hold the amount reserved, paid, or neither.
func TestEveryPayoutRuleMovesWhatItsStatesSay(t *testing.T) {
	const free, reserved, paid = "free", "reserved", "paid"
	holds := map[models.PayoutState]string{models.PayoutStatePlanned: reserved, models.PayoutStateReady: reserved, models.PayoutStateSending: reserved,
		models.PayoutStateUnknown: reserved, models.PayoutStateNeedsReview: reserved, models.PayoutStateTransferred: paid,
		models.PayoutStateHeld: free, models.PayoutStateCarried: free, models.PayoutStateCanceled: free, models.PayoutStateReversed: free}
	journals := map[[2]string]models.JournalKind{{free, reserved}: models.JournalKindReserve, {reserved, free}: models.JournalKindRelease,
		{reserved, paid}: models.JournalKindSettle, {free, paid}: models.JournalKindSettle, {paid, free}: models.JournalKindReversal}
	for _, r := range PayoutRules {
		if r.Event == PayoutPartBack || r.Event == PayoutAllBack {
			require.Equal(t, models.JournalKindReversal, r.Journal)
			continue
		}
		if r.Event == PayoutCorrected || r.Event == PayoutCorrectedInPart || r.Event == PayoutCorrectedAway {
			require.Equal(t, models.JournalKindCorrection, r.Journal)
			continue
		}
		from := []string{free}
		if len(r.From) > 0 {
			from = nil
		}
		for _, s := range r.From {
			from = append(from, holds[s])
		}
		for _, f := range from {
			require.Equal(t, journals[[2]string{f, holds[r.To]}], r.Journal, "%s from %s", r.Event, f)
		}
	}
}

// What the table does not have is refused before anything is written.
func TestATransitionThatIsNotInTheTableIsImpossible(t *testing.T) {
	for _, event := range []PayoutEvent{PayoutPaid, PayoutRetried, PayoutAllBack, "made up"} {
		require.ErrorIs(t, transition(nil, models.Payout{State: models.PayoutStateCarried}, event, nil, nil), ErrPayoutState)
		require.ErrorIs(t, claim(nil, models.Payout{State: models.PayoutStateCarried}, event, nil), ErrPayoutState)
	}
	require.ErrorIs(t, transition(nil, models.Payout{State: models.PayoutStateSending}, PayoutPaid, nil, nil), errNoRule, "a settling needs its journal")
	require.ErrorIs(t, transition(nil, models.Payout{State: models.PayoutStateSending}, PayoutDoubted, nil, &entry{}), errNoRule, "a doubt has none")
	require.ErrorIs(t, moveBatch(nil, &models.PayoutBatch{State: models.BatchStateClosed}, BatchResumed, nil), ErrBatchState)
}

// A state is written in this package by the machine only.
func TestOnlyTheMachineWritesStates(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") || f.Name() == "transition.go" {
			continue
		}
		source, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		for _, writing := range []string{`"state": models.`, `Update("state"`, `columns["state"]`} {
			require.NotContains(t, string(source), writing, f.Name())
		}
	}
}
