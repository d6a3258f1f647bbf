package graph

import (
	"context"
	"strings"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

type (
	viewerResolver   struct{ *root }
	merchantResolver struct{ *root }
	apiKeyResolver   struct{ *root }
)

func (r queryResolver) Viewer(ctx context.Context) (*access.Caller, error) {
	by := callerOf(ctx)
	if by.IsAnonymous() {
		return nil, nil
	}
	return &by, nil
}

func (r queryResolver) APIKeys(ctx context.Context, first *int, after *string, last *int, before *string) (*ApiKeyConnection, error) {
	return connect(first, after, last, before, func(k models.APIKey) models.ID { return k.ID },
		func(page models.Page) (models.Slice[models.APIKey], error) {
			return r.Access.APIKeys(ctx, callerOf(ctx), page)
		})
}

// own reads one of the rows that the caller itself stands for.
func own[T any](ctx context.Context, s Services, id models.ID) (*T, error) {
	if id.IsZero() {
		return nil, nil
	}
	rows, err := program.ByID[T](s.DB.Read(ctx), []models.ID{id})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func (r viewerResolver) User(ctx context.Context, by *access.Caller) (*models.User, error) {
	return own[models.User](ctx, r.Services, by.UserID)
}

func (r viewerResolver) Merchant(ctx context.Context, by *access.Caller) (*models.Merchant, error) {
	return own[models.Merchant](ctx, r.Services, by.MerchantID)
}

func (r viewerResolver) Partner(ctx context.Context, by *access.Caller) (*models.Partner, error) {
	return own[models.Partner](ctx, r.Services, by.PartnerID)
}

func (r viewerResolver) Scopes(_ context.Context, by *access.Caller) ([]string, error) {
	scopes := []string{}
	for _, scope := range access.AllScopes {
		if by.Has(scope) {
			scopes = append(scopes, string(scope))
		}
	}
	return scopes, nil
}

func (r apiKeyResolver) Scopes(_ context.Context, k *models.APIKey) ([]string, error) {
	return strings.Fields(k.Scopes), nil
}

func (r mutationResolver) UpdateMerchant(ctx context.Context, input UpdateMerchantInput) (*UpdateMerchantPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "updateMerchant", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Merchant, error) {
			return r.Services.Program.RequireTOTP(tx, by, input.RequireTotpForPayouts)
		})
	return &UpdateMerchantPayload{Merchant: answer, UserErrors: problems}, err
}

// SignUpPartner has no caller yet: its key lives under the address. The password is no part of what a retry must
// repeat, so that no trace of it is kept beside its hash.
func (r mutationResolver) SignUpPartner(ctx context.Context, input SignUpPartnerInput) (*SignUpPartnerPayload, error) {
	if err := r.Access.AdmitStranger(ctx, originOf(ctx)); err != nil {
		return nil, err
	}
	hash, err := r.Access.HashPassword(input.Password)
	if err != nil {
		_, problems, err := settle(models.Partner{}, err)
		return &SignUpPartnerPayload{UserErrors: problems}, err
	}
	remembered := input
	remembered.Password = ""
	answer, problems, err := mutateAs(ctx, r.root, stranger(input.Email), "signUpPartner", input.IdempotencyKey, remembered,
		func(tx *models.Tx, _ access.Caller) (models.Partner, error) {
			return r.Services.Program.SignUpPartner(tx, input.Email, input.Name, hash, textOr(input.InviteToken))
		})
	return &SignUpPartnerPayload{Partner: answer, UserErrors: problems}, err
}

// newKey is an API key with its text, which is not stored with the remembered answer.
type newKey struct {
	Key    models.APIKey
	Secret *string `json:"-"`
}

func (r mutationResolver) CreateAPIKey(ctx context.Context, input CreateAPIKeyInput) (*CreateAPIKeyPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "createApiKey", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (newKey, error) {
			scopes := make([]access.Scope, len(input.Scopes))
			for i, scope := range input.Scopes {
				scopes[i] = access.Scope(scope)
			}
			key, secret, err := r.Access.CreateAPIKey(tx, by, access.APIKeyInput{Name: input.Name, Scopes: scopes, ExpiresAt: input.ExpiresAt})
			return newKey{Key: key, Secret: &secret}, err
		})
	payload := &CreateAPIKeyPayload{UserErrors: problems}
	if answer != nil {
		payload.APIKey, payload.Secret = &answer.Key, answer.Secret
	}
	return payload, err
}

// rotated is a new API key, and the one whose place it takes.
type rotated struct {
	newKey
	Old models.APIKey
}

func (r mutationResolver) RotateAPIKey(ctx context.Context, input RotateAPIKeyInput) (*RotateAPIKeyPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "rotateApiKey", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (rotated, error) {
			id, err := idIn("id", models.PrefixAPIKey, input.ID)
			if err != nil {
				return rotated{}, err
			}
			next, secret, old, err := r.Access.RotateAPIKey(tx, by, id, input.OverlapHours)
			return rotated{newKey{Key: next, Secret: &secret}, old}, err
		})
	payload := &RotateAPIKeyPayload{UserErrors: problems}
	if answer != nil {
		payload.APIKey, payload.Secret, payload.ReplacedAPIKey = &answer.Key, answer.Secret, &answer.Old
	}
	return payload, err
}

func (r mutationResolver) RevokeAPIKey(ctx context.Context, input RevokeAPIKeyInput) (*RevokeAPIKeyPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "revokeApiKey", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.APIKey, error) {
			id, err := idIn("id", models.PrefixAPIKey, input.ID)
			if err != nil {
				return models.APIKey{}, err
			}
			return r.Access.RevokeAPIKey(tx, by, id)
		})
	return &RevokeAPIKeyPayload{APIKey: answer, UserErrors: problems}, err
}
