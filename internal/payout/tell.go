package payout

import (
	"fmt"

	"tributary/internal/money"
	"tributary/internal/notify"
	"tributary/models"
)

// ofPayout is what it is called that a payout has come into a state.
var ofPayout = map[models.PayoutState]notify.Type{
	models.PayoutStatePlanned:        notify.PayoutPlanned,
	models.PayoutStateReady:          notify.PayoutReady,
	models.PayoutStateSending:        notify.PayoutSending,
	models.PayoutStateUnknown:        notify.PayoutUnknown,
	models.PayoutStateTransferred:    notify.PayoutTransferred,
	models.PayoutStateNeedsReview:    notify.PayoutNeedsReview,
	models.PayoutStateHeld:           notify.PayoutHeld,
	models.PayoutStateCarried:        notify.PayoutCarried,
	models.PayoutStateCanceled:       notify.PayoutCanceled,
	models.PayoutStatePartlyReversed: notify.PayoutPartlyReversed,
	models.PayoutStateReversed:       notify.PayoutReversed,
}

// ofBatch is what it is called that a batch has come into a state.
var ofBatch = map[models.BatchState]notify.Type{
	models.BatchStateDraft:       notify.BatchPlanned,
	models.BatchStateApproved:    notify.BatchApproved,
	models.BatchStateExecuting:   notify.BatchExecuting,
	models.BatchStatePaused:      notify.BatchPaused,
	models.BatchStateReconciling: notify.BatchReconciling,
	models.BatchStateClosed:      notify.BatchClosed,
	models.BatchStateCanceled:    notify.BatchCanceled,
}

// ofDecision is what it is called that a decision has come into a state.
var ofDecision = map[models.DecisionState]notify.Type{
	models.DecisionStateOpen:      notify.DecisionRequested,
	models.DecisionStateConfirmed: notify.DecisionConfirmed,
	models.DecisionStateDeclined:  notify.DecisionDeclined,
}

// plannedAs is what happens to a balance that a plan gives a state.
var plannedAs = map[models.PayoutState]PayoutEvent{
	models.PayoutStatePlanned: PayoutPlanned,
	models.PayoutStateHeld:    PayoutGated,
	models.PayoutStateCarried: PayoutCarried,
}

// told is the event of a payout that came into a state.
func told(p models.Payout, event PayoutEvent, to models.PayoutState) notify.Event {
	return notify.Event{Type: ofPayout[to], EnrollmentID: p.EnrollmentID, Data: notify.PayoutData{PayoutID: p.ID.Format(models.PrefixPayout),
		BatchID: p.BatchID.Format(models.PrefixBatch), EnrollmentID: p.EnrollmentID.Format(models.PrefixEnrollment), State: to, Cause: string(event),
		Amount: money.New(p.AmountMinor, p.Currency), Reversed: money.New(p.ReversedMinor, p.Currency),
		Corrected: money.New(p.CorrectedMinor, p.Currency), Rail: p.Rail}}
}

// tell puts a payout's transition into the log, unless it only stays where it is: with its changed columns.
func tell(tx *models.Tx, p models.Payout, rule Rule[models.PayoutState, PayoutEvent], more map[string]any) error {
	if p.State == rule.To && rule.Journal == "" && rule.Event != PayoutReplaced {
		return nil
	}
	if minor, changed := more["reversed_minor"].(int64); changed {
		p.ReversedMinor = minor
	}
	if minor, changed := more["corrected_minor"].(int64); changed {
		p.CorrectedMinor = minor
	}
	return notify.Emit(tx, p.ProgramID, told(p, rule.Event, rule.To))
}

func tellBatch(tx *models.Tx, b models.PayoutBatch, event BatchEvent) error {
	return notify.Emit(tx, b.ProgramID, notify.Event{Type: ofBatch[b.State], Data: notify.BatchData{BatchID: b.ID.Format(models.PrefixBatch),
		PeriodID: b.PeriodID.Format(models.PrefixPeriod), State: b.State, Cause: string(event), Total: money.New(b.TotalMinor, b.Currency),
		PayoutCount: b.PayoutCount, PauseReason: b.PauseReason}})
}

func tellDecision(tx *models.Tx, d models.PayoutDecision) error {
	var b models.PayoutBatch
	if err := tx.Select("program_id").Where("id = ?", d.BatchID).Take(&b).Error; err != nil {
		return fmt.Errorf("read batch: %w", err)
	}
	data := notify.DecisionData{DecisionID: d.ID.Format(models.PrefixDecision), BatchID: d.BatchID.Format(models.PrefixBatch), Kind: d.Kind, State: d.State}
	if d.PayoutID != nil {
		data.PayoutID = d.PayoutID.Format(models.PrefixPayout)
	}
	return notify.Emit(tx, b.ProgramID, notify.Event{Type: ofDecision[d.State], Data: data})
}

// tellComparison tells what a comparison found; one that found nothing is told only of a batch that it closes.
func tellComparison(tx *models.Tx, b models.PayoutBatch, run models.ReconRun, isWhole bool) error {
	if run.FindingCount == 0 && !isWhole {
		return nil
	}
	return notify.Emit(tx, b.ProgramID, notify.Event{Type: notify.BatchCompared, Data: notify.ComparisonData{BatchID: b.ID.Format(models.PrefixBatch),
		TransferCount: run.TransferCount, FindingCount: run.FindingCount}})
}
