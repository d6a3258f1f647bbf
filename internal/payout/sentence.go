package payout

import (
	"fmt"

	"tributary/internal/money"
	"tributary/models"
)

// Sentence tells where a payout stands and why, for partner and merchant.
func Sentence(p models.Payout) string {
	text := stateSentence(p)
	if reason := ReasonSentence(p.Reason); reason != "" {
		text += ": " + reason
	}
	if debt := DebtSentence(p); debt != "" {
		text += "; " + debt
	}
	return text
}

func stateSentence(p models.Payout) string {
	switch {
	case isWrittenOff(p):
		return "nothing of it was paid in the end, which leaves the amount payable"
	case p.CorrectedMinor != 0:
		return fmt.Sprintf("the rail paid %s in the end", money.New(paidMinor(p), p.Currency))
	}
	switch p.State {
	case models.PayoutStatePlanned:
		return "planned; its batch has not started"
	case models.PayoutStateReady:
		if p.Rail == models.RailNameManual {
			return "a person has to pay it at the bank"
		}
		return "waits to be sent"
	case models.PayoutStateSending:
		return "is being sent"
	case models.PayoutStateUnknown:
		return "sent, and it is not known whether it is paid"
	case models.PayoutStateTransferred:
		if p.Attempts > 1 {
			return fmt.Sprintf("paid, once, after %d calls under the same key", p.Attempts)
		}
		return "paid"
	case models.PayoutStateNeedsReview:
		return "a person must decide what became of it"
	case models.PayoutStateHeld:
		return "not paid in this batch, which leaves the amount payable"
	case models.PayoutStateCarried:
		return "not paid in this batch"
	case models.PayoutStateCanceled:
		return "canceled with its batch before anything was sent, which leaves the amount payable"
	case models.PayoutStatePartlyReversed:
		return fmt.Sprintf("paid, and %s of it came back, which is owed again", money.New(p.ReversedMinor, p.Currency))
	case models.PayoutStateReversed:
		return "paid, and all of it came back, which is owed again"
	}
	return string(p.State)
}

// AttemptSentence tells what came of one call to the rail.
func AttemptSentence(a models.PayoutAttempt) string {
	switch a.Outcome {
	case models.AttemptOutcomePaid:
		if a.Replayed {
			return "the rail gave the answer of the earlier call under the key again: that call had paid it"
		}
		return "the rail made the transfer"
	case models.AttemptOutcomeRefused:
		return ReasonSentence(a.ErrorCode) + "; nothing moved"
	case models.AttemptOutcomeNotExecuted:
		return "turned away before it ran; the same call is made again"
	case models.AttemptOutcomeUnknown:
		if a.HttpStatus == 0 {
			return "no answer came: it may have paid or not"
		}
		return "the answer does not tell whether it paid or not"
	}
	return "no answer is recorded so far"
}

// ReasonSentence gives the reason of a payout as a sentence for people; empty for none.
func ReasonSentence(reason string) string {
	if text, ok := reasonSentences[reason]; ok {
		return text
	}
	if text, ok := refusalSentences[reason]; ok {
		return fmt.Sprintf("the rail refused it, since %s (%s)", text, reason)
	}
	return "the rail refused it: " + reason
}

var reasonSentences = map[string]string{
	"":                    "",
	ReasonDebt:            "the balance is a debt; later commissions settle it",
	ReasonBelowMinimum:    "the balance is under the program's minimum and is carried to the next period",
	ReasonNoAccount:       "the partner has not set up a payout account",
	ReasonAccountNotReady: "the partner has not completed the payout account",
	ReasonAccountChanged:  "the payout account changed in the last two days, or since the batch was planned",
	ReasonTerms:           "the partner has not accepted the current terms",
	ReasonOperatorHold:    "payouts are held by the merchant",
	ReasonNotActive:       "the enrollment is not active",
	ReasonUnknown:         "the answer of the rail was lost; it is asked again",
	ReasonUnseen:          "the answer was lost and the rail does not list the transfer so far",
	ReasonNotFound:        "the answer was lost and the rail does not list the transfer",
	ReasonSilent:          "for three days the rail has told neither what became of it nor what it lists; it is asked each hour",
	ReasonDiffers:         "the rail lists another transfer than the one asked for",
	ReasonRetried:         "people decided that it was not paid, and it is sent again",
	ReasonReleased:        "people decided that it was not paid",
	ReasonTakenOut:        "a person took it out of the batch before it was sent",
	ReasonUnpaid:          "it was not paid by hand",
	ReasonCorrected:       "people brought it to what the rail moved",
	ReasonReturned:        "the bank returned it",
	ReasonChanged:         "amount or destination are not what was sent before; a person must decide",
	ReasonKeyReused:       "the rail saw another request under this payout's key",
}

// refusalSentences are the rails' codes that partners and merchants meet. What is not here is shown as it is, since rails
// add codes as they please.
var refusalSentences = map[string]string{
	"insufficient_capabilities_for_transfer": "the partner's account may not receive transfers",
	"transfers_not_allowed":                  "the partner's account may not receive transfers",
	"account_closed":                         "the partner's account is closed",
	"account_invalid":                        "the partner's account is not, or no longer, connected to the merchant",
	"resource_missing":                       "it does not know the partner's account",
	"balance_insufficient":                   "the merchant's balance there is too low",
}
