package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

// VerifyEmail has no caller: its key lives under the token, which is kept nowhere else.
func (r mutationResolver) VerifyEmail(ctx context.Context, input VerifyEmailInput) (*VerifyEmailPayload, error) {
	remembered := input
	remembered.Token = ""
	answer, problems, err := mutateAs(ctx, r.root, stranger(input.Token), "verifyEmail", input.IdempotencyKey, remembered,
		func(tx *models.Tx, _ access.Caller) (models.User, error) {
			return r.Services.Program.ConfirmEmail(tx, input.Token)
		})
	return &VerifyEmailPayload{User: answer, UserErrors: problems}, err
}

func (r mutationResolver) RequestEmailVerification(ctx context.Context, input RequestEmailVerificationInput) (*RequestEmailVerificationPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "requestEmailVerification", input.IdempotencyKey, input, r.Access.RequestVerification)
	return &RequestEmailVerificationPayload{User: answer, UserErrors: problems}, err
}

// ChangeEmail looks at the password outside of the transaction, as it takes long, and remembers nothing of it.
func (r mutationResolver) ChangeEmail(ctx context.Context, input ChangeEmailInput) (*ChangeEmailPayload, error) {
	seen := r.Access.CheckPassword(ctx, callerOf(ctx), input.Password)
	remembered := input
	remembered.Password = ""
	answer, problems, err := mutate(ctx, r.root, "changeEmail", input.IdempotencyKey, remembered,
		func(tx *models.Tx, by access.Caller) (models.User, error) {
			return r.Access.ChangeEmail(tx, by, seen, input.Email)
		})
	return &ChangeEmailPayload{User: answer, UserErrors: problems}, err
}

// RequestPasswordReset has no caller: its key lives under the address.
func (r mutationResolver) RequestPasswordReset(ctx context.Context, input RequestPasswordResetInput) (*RequestPasswordResetPayload, error) {
	_, problems, err := mutateAs(ctx, r.root, stranger(input.Email), "requestPasswordReset", input.IdempotencyKey, input,
		func(tx *models.Tx, _ access.Caller) (bool, error) {
			return true, r.Access.RequestPasswordReset(tx, input.Email)
		})
	return &RequestPasswordResetPayload{UserErrors: problems}, err
}

// ResetPassword has no caller, as AcceptStaffInvite: its key lives under the token, and no trace of the password is kept beside
// its hash.
func (r mutationResolver) ResetPassword(ctx context.Context, input ResetPasswordInput) (*ResetPasswordPayload, error) {
	hash, err := r.Access.HashPassword(input.Password)
	if err != nil {
		_, problems, err := settle(models.User{}, err)
		return &ResetPasswordPayload{UserErrors: problems}, err
	}
	remembered := input
	remembered.Password, remembered.Token = "", ""
	answer, problems, err := mutateAs(ctx, r.root, stranger(input.Token), "resetPassword", input.IdempotencyKey, remembered,
		func(tx *models.Tx, _ access.Caller) (models.User, error) {
			return r.Access.ResetPassword(tx, input.Token, hash)
		})
	return &ResetPasswordPayload{User: answer, UserErrors: problems}, err
}
