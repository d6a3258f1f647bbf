package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

type sessionResolver struct{ *root }

func (r viewerResolver) Sessions(ctx context.Context, by *access.Caller) ([]models.Session, error) {
	return r.Access.Sessions(ctx, *by)
}

func (r sessionResolver) IsCurrent(ctx context.Context, s *models.Session) (bool, error) {
	return s.ID == callerOf(ctx).SessionID, nil
}

func (r mutationResolver) SignIn(ctx context.Context, input SignInInput) (*SignInPayload, error) {
	answer, problems, err := settle(r.Access.SignIn(ctx, access.SignInInput{Email: input.Email, Password: input.Password,
		Merchant: textOr(input.Merchant), TOTPCode: textOr(input.TotpCode), From: originOf(ctx)}))
	return &SignInPayload{Session: answer, UserErrors: problems}, err
}

func (r mutationResolver) RefreshSession(ctx context.Context, input RefreshSessionInput) (*RefreshSessionPayload, error) {
	answer, problems, err := settle(r.Access.Refresh(ctx, input.RefreshToken, originOf(ctx)))
	return &RefreshSessionPayload{Session: answer, UserErrors: problems}, err
}

// SignOut needs no idempotency key: done twice it is done.
func (r mutationResolver) SignOut(ctx context.Context, input SignOutInput) (*SignOutPayload, error) {
	err := models.InTx(ctx, r.DB, func(tx *models.Tx) error { return r.Access.SignOut(tx, input.RefreshToken) })
	_, problems, err := settle(struct{}{}, err)
	return &SignOutPayload{UserErrors: problems}, err
}

func (r mutationResolver) EndSession(ctx context.Context, input EndSessionInput) (*EndSessionPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "endSession", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Session, error) {
			id, err := idIn("id", models.PrefixSession, input.ID)
			if err != nil {
				return models.Session{}, err
			}
			return r.Access.EndSession(tx, by, id)
		})
	return &EndSessionPayload{Session: answer, UserErrors: problems}, err
}

// ChangePassword looks at the current password before the transaction, since that takes long. Neither password is a part of
// what a retry must repeat, so that no trace of them is kept beside the hash.
func (r mutationResolver) ChangePassword(ctx context.Context, input ChangePasswordInput) (*ChangePasswordPayload, error) {
	by := callerOf(ctx)
	if _, err := by.User(); err != nil { // before anything is hashed
		return nil, err
	}
	hash, err := r.Access.HashPassword(input.NewPassword)
	if err != nil {
		_, problems, err := settle(models.User{}, renamed("password", "newPassword", err))
		return &ChangePasswordPayload{UserErrors: problems}, err
	}
	seen := r.Access.CheckPassword(ctx, by, input.CurrentPassword)
	answer, problems, err := mutate(ctx, r.root, "changePassword", input.IdempotencyKey, nil,
		func(tx *models.Tx, by access.Caller) (models.User, error) {
			user, err := r.Access.ChangePassword(tx, by, seen, hash)
			return user, renamed("password", "currentPassword", err)
		})
	return &ChangePasswordPayload{User: answer, UserErrors: problems}, err
}
