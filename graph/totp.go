package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

func (r viewerResolver) HasTotp(ctx context.Context, by *access.Caller) (bool, error) {
	on, _, err := r.Access.HasTOTP(ctx, by.UserID)
	return on, err
}

func (r viewerResolver) RecoveryCodesLeft(ctx context.Context, by *access.Caller) (int, error) {
	_, left, err := r.Access.HasTOTP(ctx, by.UserID)
	return left, err
}

// newTOTP is a user with the secret of its TOTP, which is not stored with the remembered answer.
type newTOTP struct {
	Secret *access.NewTOTP `json:"-"`
}

// StartTotp looks at the password before the transaction, as ChangePassword does, and no trace of it is kept.
func (r mutationResolver) StartTotp(ctx context.Context, input StartTotpInput) (*StartTotpPayload, error) {
	seen := r.Access.CheckPassword(ctx, callerOf(ctx), input.Password)
	answer, problems, err := mutate(ctx, r.root, "startTotp", input.IdempotencyKey, nil,
		func(tx *models.Tx, by access.Caller) (newTOTP, error) {
			secret, err := r.Access.StartTOTP(tx, by, seen)
			return newTOTP{Secret: &secret}, err
		})
	payload := &StartTotpPayload{UserErrors: problems}
	if answer != nil && answer.Secret != nil {
		payload.Secret, payload.OtpauthURL = &answer.Secret.Secret, &answer.Secret.URL
	}
	return payload, err
}

// turnedOn is a user with its recovery codes, which are not stored with the remembered answer.
type turnedOn struct {
	RecoveryCodes []string `json:"-"`
}

func (r mutationResolver) ConfirmTotp(ctx context.Context, input ConfirmTotpInput) (*ConfirmTotpPayload, error) {
	answer, problems, err := withCode(ctx, r.root, "confirmTotp", input.IdempotencyKey,
		func(tx *models.Tx, by access.Caller) (turnedOn, error) {
			codes, err := r.Access.ConfirmTOTP(tx, by, input.TotpCode)
			return turnedOn{RecoveryCodes: codes}, err
		})
	payload := &ConfirmTotpPayload{UserErrors: problems}
	if answer != nil {
		payload.RecoveryCodes = answer.RecoveryCodes
	}
	return payload, err
}

func (r mutationResolver) DisableTotp(ctx context.Context, input DisableTotpInput) (*DisableTotpPayload, error) {
	seen := r.Access.CheckPassword(ctx, callerOf(ctx), input.Password)
	answer, problems, err := withCode(ctx, r.root, "disableTotp", input.IdempotencyKey,
		func(tx *models.Tx, by access.Caller) (models.User, error) {
			return r.Access.DisableTOTP(tx, by, seen, input.TotpCode)
		})
	return &DisableTotpPayload{User: answer, UserErrors: problems}, err
}

func (r mutationResolver) ConfirmSession(ctx context.Context, input ConfirmSessionInput) (*ConfirmSessionPayload, error) {
	answer, problems, err := withCode(ctx, r.root, "confirmSession", input.IdempotencyKey,
		func(tx *models.Tx, by access.Caller) (models.Session, error) {
			return r.Access.ConfirmSession(tx, by, input.TotpCode)
		})
	return &ConfirmSessionPayload{Session: answer, UserErrors: problems}, err
}

// withCode is mutate for who gives a code: the attempt is counted before, and counts whatever becomes of it. A code works once,
// so it is no part of what a retry must repeat.
func withCode[T any](ctx context.Context, r *root, operation, key string, fn func(tx *models.Tx, by access.Caller) (T, error)) (*T, []UserError, error) {
	if err := r.Access.Admit(ctx, callerOf(ctx)); err != nil {
		return nil, nil, err
	}
	return mutate(ctx, r, operation, key, nil, fn)
}
