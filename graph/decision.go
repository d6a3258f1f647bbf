package graph

import (
	"context"
	"time"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

type (
	decisionResolver struct{ *root }
	attemptResolver  struct{ *root }
	stopResolver     struct{ *root }
)

func (r batchResolver) Decisions(ctx context.Context, b *models.PayoutBatch, first *int, after *string, last *int, before *string) (*PayoutDecisionConnection, error) {
	return connect(first, after, last, before, func(d models.PayoutDecision) models.ID { return d.ID },
		func(page models.Page) (models.Slice[models.PayoutDecision], error) {
			return r.Services.Payouts.DecisionsOfBatch(ctx, callerOf(ctx), b.ID, page)
		})
}

func (r batchResolver) Stop(ctx context.Context, _ *models.PayoutBatch) (*models.PayoutStop, error) {
	return loadersOf(ctx).stops.Load(ctx, callerOf(ctx).MerchantID)
}

func (r batchResolver) ApprovalExpiresAt(_ context.Context, b *models.PayoutBatch) (*time.Time, error) {
	if (b.State != models.BatchStateApproved && b.State != models.BatchStatePaused) || b.ApprovedAt == nil {
		return nil, nil
	}
	at := b.ApprovedAt.Add(payout.ApprovalLife)
	return &at, nil
}

func (r payoutResolver) Attempts(ctx context.Context, p *models.Payout, first *int, after *string, last *int, before *string) (*PayoutAttemptConnection, error) {
	if callerOf(ctx).MerchantID.IsZero() {
		return nil, nil
	}
	return connect(first, after, last, before, func(a models.PayoutAttempt) models.ID { return a.ID },
		func(page models.Page) (models.Slice[models.PayoutAttempt], error) {
			return r.Services.Payouts.AttemptsOf(ctx, callerOf(ctx), p.ID, page)
		})
}

func (r attemptResolver) Outcome(_ context.Context, a *models.PayoutAttempt) (*models.AttemptOutcome, error) {
	if a.Outcome == "" {
		return nil, nil
	}
	return &a.Outcome, nil
}

func (r attemptResolver) Sentence(_ context.Context, a *models.PayoutAttempt) (string, error) {
	return payout.AttemptSentence(*a), nil
}

func (r stopResolver) EveryMerchant(_ context.Context, s *models.PayoutStop) (bool, error) {
	return s.ScopeID.IsZero(), nil
}

func (r decisionResolver) Payout(ctx context.Context, d *models.PayoutDecision) (*models.Payout, error) {
	return loadRef(ctx, loadersOf(ctx).payouts, d.PayoutID)
}

func (r decisionResolver) FindingID(_ context.Context, d *models.PayoutDecision) (*string, error) {
	if d.FindingID == nil {
		return nil, nil
	}
	id := d.FindingID.Format(models.PrefixFinding)
	return &id, nil
}

func (r payoutResolver) OpenDecision(ctx context.Context, p *models.Payout) (*models.PayoutDecision, error) {
	if !callerOf(ctx).Has(access.PayoutsRead) {
		return nil, nil
	}
	return loadersOf(ctx).openDecisions.Load(ctx, p.ID)
}

func (r findingResolver) OpenDecision(ctx context.Context, f *models.ReconFinding) (*models.PayoutDecision, error) {
	return loadersOf(ctx).openDecisions.Load(ctx, f.ID)
}

func (r mutationResolver) HoldPayout(ctx context.Context, input HoldPayoutInput) (*HoldPayoutPayload, error) {
	answer, problems, err := onOne(ctx, r, "holdPayout", input.IdempotencyKey, input, "payoutId", models.PrefixPayout, input.PayoutID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Payout, error) {
			return r.Services.Payouts.HoldPayout(tx, by, id, input.Reason)
		})
	return &HoldPayoutPayload{Payout: answer, UserErrors: problems}, err
}

func (r mutationResolver) MarkPayoutUnpaid(ctx context.Context, input MarkPayoutUnpaidInput) (*MarkPayoutUnpaidPayload, error) {
	answer, problems, err := onOne(ctx, r, "markPayoutUnpaid", input.IdempotencyKey, input, "payoutId", models.PrefixPayout, input.PayoutID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Payout, error) {
			return r.Services.Payouts.MarkUnpaid(tx, by, id, input.Reason)
		})
	return &MarkPayoutUnpaidPayload{Payout: answer, UserErrors: problems}, err
}

func (r mutationResolver) RequestPayoutDecision(ctx context.Context, input RequestPayoutDecisionInput) (*RequestPayoutDecisionPayload, error) {
	answer, problems, err := onOne(ctx, r, "requestPayoutDecision", input.IdempotencyKey, input, "payoutId", models.PrefixPayout, input.PayoutID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
			return r.Services.Payouts.RequestDecision(tx, by, payout.DecisionInput{PayoutID: id, Kind: input.Kind, TransferID: textOr(input.TransferID), Reason: input.Reason})
		})
	return &RequestPayoutDecisionPayload{Decision: answer, UserErrors: problems}, err
}

func (r mutationResolver) RequestFindingSettlement(ctx context.Context, input RequestFindingSettlementInput) (*RequestFindingSettlementPayload, error) {
	answer, problems, err := onOne(ctx, r, "requestFindingSettlement", input.IdempotencyKey, input, "findingId", models.PrefixFinding, input.FindingID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
			if input.Correct {
				return r.Services.Payouts.RequestCorrection(tx, by, id, input.Reason)
			}
			return r.Services.Payouts.RequestSettlement(tx, by, id, input.Reason)
		})
	return &RequestFindingSettlementPayload{Decision: answer, UserErrors: problems}, err
}

// ConfirmPayoutDecision asks the rail first, which no transaction may wait for.
func (r mutationResolver) ConfirmPayoutDecision(ctx context.Context, input ConfirmPayoutDecisionInput) (*ConfirmPayoutDecisionPayload, error) {
	var seen payout.Sighting
	if id, err := models.ParseID(models.PrefixDecision, input.DecisionID); err == nil {
		seen = r.Services.Payouts.LookForDecision(ctx, callerOf(ctx), id)
	}
	answer, problems, err := onOne(ctx, r, "confirmPayoutDecision", input.IdempotencyKey, input, "decisionId", models.PrefixDecision, input.DecisionID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
			return r.Services.Payouts.ConfirmDecision(tx, by, id, seen)
		})
	return &ConfirmPayoutDecisionPayload{Decision: answer, UserErrors: problems}, err
}

func (r mutationResolver) DeclinePayoutDecision(ctx context.Context, input DeclinePayoutDecisionInput) (*DeclinePayoutDecisionPayload, error) {
	answer, problems, err := onOne(ctx, r, "declinePayoutDecision", input.IdempotencyKey, input, "decisionId", models.PrefixDecision, input.DecisionID,
		r.Services.Payouts.DeclineDecision)
	return &DeclinePayoutDecisionPayload{Decision: answer, UserErrors: problems}, err
}

func (r mutationResolver) StopPayouts(ctx context.Context, input StopPayoutsInput) (*StopPayoutsPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "stopPayouts", input.IdempotencyKey, input, func(tx *models.Tx, by access.Caller) (models.PayoutStop, error) {
		return r.Services.Payouts.Stop(tx, by, input.Reason)
	})
	return &StopPayoutsPayload{Stop: answer, UserErrors: problems}, err
}

func (r mutationResolver) StartPayouts(ctx context.Context, input StartPayoutsInput) (*StartPayoutsPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "startPayouts", input.IdempotencyKey, input, r.Services.Payouts.Start)
	return &StartPayoutsPayload{Stop: answer, UserErrors: problems}, err
}

// onOne is mutate for an operation on one object that its input names.
func onOne[T any](ctx context.Context, r mutationResolver, operation, key string, input any, field, prefix, text string,
	act func(*models.Tx, access.Caller, models.ID) (T, error)) (*T, []UserError, error) {
	return mutate(ctx, r.root, operation, key, input, func(tx *models.Tx, by access.Caller) (T, error) {
		id, err := idIn(field, prefix, text)
		if err != nil {
			var none T
			return none, err
		}
		return act(tx, by, id)
	})
}
