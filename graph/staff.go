package graph

import (
	"context"
	"crypto/sha256"
	"strings"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

type staffResolver struct{ *root }

func (r queryResolver) Staff(ctx context.Context, first *int, after *string, last *int, before *string) (*StaffMemberConnection, error) {
	return connect(first, after, last, before, func(s models.Staff) models.ID { return s.UserID },
		func(page models.Page) (models.Slice[models.Staff], error) {
			return r.Access.StaffOf(ctx, callerOf(ctx), page)
		})
}

func (r staffResolver) User(ctx context.Context, s *models.Staff) (*models.User, error) {
	return loadersOf(ctx).users.Load(ctx, s.UserID)
}

// stranger is somebody without a login: idempotency keys live under the address.
func stranger(email string) access.Caller {
	sum := sha256.Sum256([]byte("sign-up " + strings.ToLower(strings.TrimSpace(email))))
	return access.Caller{Name: "stranger", UserID: models.ID(sum[:16])}
}

// SignUpMerchant has no caller yet, as SignUpPartner. The session is made afterwards and for the password, so that
// nobody gets one by repeating somebody's request.
func (r mutationResolver) SignUpMerchant(ctx context.Context, input SignUpMerchantInput) (*SignUpMerchantPayload, error) {
	hash, err := r.Access.HashPassword(input.Password)
	if err != nil {
		_, problems, err := settle(models.Merchant{}, err)
		return &SignUpMerchantPayload{UserErrors: problems}, err
	}
	remembered := input
	remembered.Password = ""
	answer, problems, err := mutateAs(ctx, r.root, stranger(input.Email), "signUpMerchant", input.IdempotencyKey, remembered,
		func(tx *models.Tx, _ access.Caller) (models.Merchant, error) {
			return r.Services.Program.SignUpMerchant(tx, program.SignUpMerchantInput{Slug: input.Slug, Name: input.Name,
				Email: input.Email, OwnerName: input.OwnerName, PasswordHash: hash})
		})
	if answer == nil || err != nil {
		return &SignUpMerchantPayload{UserErrors: problems}, err
	}
	session, err := r.Access.SignIn(ctx, access.SignInInput{Email: input.Email, Password: input.Password, Merchant: answer.Slug, From: originOf(ctx)})
	if err != nil {
		return nil, err
	}
	return &SignUpMerchantPayload{Merchant: answer, Session: &session, UserErrors: problems}, nil
}

func (r mutationResolver) AddStaff(ctx context.Context, input AddStaffInput) (*AddStaffPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "addStaff", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Staff, error) {
			return r.Access.Employ(tx, by, access.EmployInput{Email: input.Email, Name: textOr(input.Name), Role: input.Role})
		})
	return &AddStaffPayload{StaffMember: answer, UserErrors: problems}, err
}

// AcceptStaffInvite has no caller yet, as SignUpPartner: its key lives under the token, and no trace of the password is kept
// beside its hash.
func (r mutationResolver) AcceptStaffInvite(ctx context.Context, input AcceptStaffInviteInput) (*AcceptStaffInvitePayload, error) {
	hash, err := r.Access.HashPassword(input.Password)
	if err != nil {
		_, problems, err := settle(models.User{}, err)
		return &AcceptStaffInvitePayload{UserErrors: problems}, err
	}
	remembered := input
	remembered.Password, remembered.InviteToken = "", ""
	answer, problems, err := mutateAs(ctx, r.root, stranger(input.InviteToken), "acceptStaffInvite", input.IdempotencyKey, remembered,
		func(tx *models.Tx, _ access.Caller) (models.User, error) {
			return r.Access.AcceptInvite(tx, input.InviteToken, hash)
		})
	return &AcceptStaffInvitePayload{User: answer, UserErrors: problems}, err
}

func (r mutationResolver) RemoveStaff(ctx context.Context, input RemoveStaffInput) (*RemoveStaffPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "removeStaff", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Staff, error) {
			id, err := idIn("userId", models.PrefixUser, input.UserID)
			if err != nil {
				return models.Staff{}, err
			}
			return r.Access.Dismiss(tx, by, id)
		})
	return &RemoveStaffPayload{StaffMember: answer, UserErrors: problems}, err
}
