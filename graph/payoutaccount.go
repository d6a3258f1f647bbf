package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

type accountResolver struct{ *root }

func (r enrollmentResolver) PayoutAccount(ctx context.Context, e *models.Enrollment) (*models.PayoutAccount, error) {
	return loadersOf(ctx).accounts.Load(ctx, e.ID)
}

func (r accountResolver) Requirements(_ context.Context, a *models.PayoutAccount) ([]string, error) {
	var due []string
	if err := json.Unmarshal([]byte(a.Requirements), &due); err != nil {
		return nil, fmt.Errorf("decode requirements: %w", err)
	}
	return listOf(due), nil
}

func (r accountResolver) RequirementSentences(ctx context.Context, a *models.PayoutAccount) ([]string, error) {
	due, err := r.Requirements(ctx, a)
	if err != nil {
		return nil, err
	}
	sentences := make([]string, 0, len(due))
	for _, code := range due {
		if text := payout.RequirementSentence(code); !slices.Contains(sentences, text) {
			sentences = append(sentences, text)
		}
	}
	return sentences, nil
}

func (r accountResolver) ServiceAgreement(_ context.Context, a *models.PayoutAccount) (*models.ServiceAgreement, error) {
	if a.Agreement == "" {
		return nil, nil
	}
	return &a.Agreement, nil
}

func (r accountResolver) StatusSentence(_ context.Context, a *models.PayoutAccount) (string, error) {
	return payout.StatusSentence(a.Status), nil
}

// StartOnboarding calls the rail, which no transaction may wait for. The transaction before it only checks the caller and
// keeps the key for this input; that a retry opens no second account is the service's own promise.
func (r mutationResolver) StartOnboarding(ctx context.Context, input StartOnboardingInput) (*StartOnboardingPayload, error) {
	e, problems, err := mutate(ctx, r.root, "startOnboarding", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Enrollment, error) {
			return r.enrollmentIn(tx, by, input.EnrollmentID)
		})
	if e == nil || err != nil {
		return &StartOnboardingPayload{UserErrors: problems}, err
	}
	page, account, err := r.Payouts.Onboard(ctx, callerOf(ctx), e.ID, input.RefreshURL, input.ReturnURL)
	opened, problems, err := settle(account, err)
	if opened == nil {
		return &StartOnboardingPayload{UserErrors: problems}, err
	}
	return &StartOnboardingPayload{URL: &page, PayoutAccount: opened, UserErrors: problems}, err
}

func (r mutationResolver) SetBankReference(ctx context.Context, input SetBankReferenceInput) (*SetBankReferencePayload, error) {
	answer, problems, err := mutate(ctx, r.root, "setBankReference", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.PayoutAccount, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.PayoutAccount{}, err
			}
			return r.Payouts.SetBankReference(tx, by, id, input.Reference)
		})
	return &SetBankReferencePayload{PayoutAccount: answer, UserErrors: problems}, err
}
