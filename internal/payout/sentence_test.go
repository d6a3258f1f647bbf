package payout

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestWhereAPayoutStandsIsASentence(t *testing.T) {
	said := map[models.PayoutState]bool{}
	for _, row := range []struct {
		p    models.Payout
		want string
	}{
		{models.Payout{State: models.PayoutStatePlanned}, "planned; its batch has not started"},
		{models.Payout{State: models.PayoutStateReady}, "waits to be sent"},
		{models.Payout{State: models.PayoutStateReady, Rail: models.RailNameManual}, "a person has to pay it at the bank"},
		{models.Payout{State: models.PayoutStateReady, Reason: "balance_insufficient"},
			"waits to be sent: the rail refused it, since the merchant's balance there is too low (balance_insufficient)"},
		{models.Payout{State: models.PayoutStateSending, Attempts: 1}, "is being sent"},
		{models.Payout{State: models.PayoutStateUnknown, Attempts: 1, Reason: ReasonUnknown},
			"sent, and it is not known whether it is paid: the answer of the rail was lost; it is asked again"},
		{models.Payout{State: models.PayoutStateTransferred, Attempts: 1}, "paid"},
		{models.Payout{State: models.PayoutStateTransferred}, "paid"},
		{models.Payout{State: models.PayoutStateTransferred, Attempts: 2}, "paid, once, after 2 calls under the same key"},
		{models.Payout{State: models.PayoutStateTransferred, Attempts: 1, Currency: "GBP", AmountMinor: 7_000, PayableMinor: 2_000, DebtTakenMinor: 3_000},
			"paid; a debt took 30.00 GBP of what the period earned; 50.00 GBP of it stays owed"},
		{models.Payout{State: models.PayoutStateNeedsReview, Reason: ReasonDiffers},
			"a person must decide what became of it: the rail lists another transfer than the one asked for"},
		{models.Payout{State: models.PayoutStateHeld, Reason: ReasonAccountNotReady},
			"not paid in this batch, which leaves the amount payable: the partner has not completed the payout account"},
		{models.Payout{State: models.PayoutStateHeld, Reason: "insufficient_capabilities_for_transfer", Attempts: 1},
			"not paid in this batch, which leaves the amount payable: the rail refused it, since the partner's account may not receive transfers (insufficient_capabilities_for_transfer)"},
		{models.Payout{State: models.PayoutStateHeld, Reason: "new_code"}, "not paid in this batch, which leaves the amount payable: the rail refused it: new_code"},
		{models.Payout{State: models.PayoutStateCarried, Reason: ReasonDebt}, "not paid in this batch: the balance is a debt; later commissions settle it"},
		{models.Payout{State: models.PayoutStateCanceled}, "canceled with its batch before anything was sent, which leaves the amount payable"},
		{models.Payout{State: models.PayoutStatePartlyReversed, Currency: "GBP", ReversedMinor: 250}, "paid, and 2.50 GBP of it came back, which is owed again"},
		{models.Payout{State: models.PayoutStateUnknown, Reason: ReasonSilent},
			"sent, and it is not known whether it is paid: for three days the rail has told neither what became of it nor what it lists; it is asked each hour"},
		{models.Payout{State: models.PayoutStateReversed, AmountMinor: 100, PayableMinor: 100, CorrectedMinor: -100, Reason: ReasonCorrected},
			"nothing of it was paid in the end, which leaves the amount payable: people brought it to what the rail moved"},
		{models.Payout{State: models.PayoutStateTransferred, AmountMinor: 100, PayableMinor: 100, CorrectedMinor: 50, Currency: "GBP", Reason: ReasonCorrected},
			"the rail paid 1.50 GBP in the end: people brought it to what the rail moved"},
		{models.Payout{State: models.PayoutStateReversed, Reason: ReasonReturned}, "paid, and all of it came back, which is owed again: the bank returned it"},
	} {
		require.Equal(t, row.want, Sentence(row.p))
		said[row.p.State] = true
	}
	for _, r := range PayoutRules {
		require.True(t, said[r.To], "no sentence is known for %s", r.To)
	}
}

func TestWhatCameOfACallIsASentence(t *testing.T) {
	for _, row := range []struct {
		a    models.PayoutAttempt
		want string
	}{
		{models.PayoutAttempt{}, "no answer is recorded so far"},
		{models.PayoutAttempt{Outcome: models.AttemptOutcomePaid, HttpStatus: 200}, "the rail made the transfer"},
		{models.PayoutAttempt{Outcome: models.AttemptOutcomePaid, HttpStatus: 200, Replayed: true},
			"the rail gave the answer of the earlier call under the key again: that call had paid it"},
		{models.PayoutAttempt{Outcome: models.AttemptOutcomeRefused, HttpStatus: 400, ErrorCode: "account_closed"},
			"the rail refused it, since the partner's account is closed (account_closed); nothing moved"},
		{models.PayoutAttempt{Outcome: models.AttemptOutcomeNotExecuted, HttpStatus: 429}, "turned away before it ran; the same call is made again"},
		{models.PayoutAttempt{Outcome: models.AttemptOutcomeUnknown}, "no answer came: it may have paid or not"},
		{models.PayoutAttempt{Outcome: models.AttemptOutcomeUnknown, HttpStatus: 500}, "the answer does not tell whether it paid or not"},
	} {
		require.Equal(t, row.want, AttemptSentence(row.a))
	}
}
