package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

// mutate runs fn once for the key, in one transaction, and splits the outcome: an answer, what the payload shows as
// userErrors, or an error of the request. The answer is nil unless fn ran to its end.
func mutate[T any](ctx context.Context, r *root, operation, key string, input any,
	fn func(tx *models.Tx, by access.Caller) (T, error)) (*T, []UserError, error) {
	return mutateAs(ctx, r, callerOf(ctx), operation, key, input, fn)
}

func mutateAs[T any](ctx context.Context, r *root, by access.Caller, operation, key string, input any,
	fn func(tx *models.Tx, by access.Caller) (T, error)) (*T, []UserError, error) {
	var answer T
	err := models.InTx(withActor(ctx, by, operation), r.DB, func(tx *models.Tx) error {
		var err error
		answer, err = access.Once(tx, by, operation, key, signed{by.Name, input}, func() (T, error) { return fn(tx, by) })
		return err
	})
	return settle(answer, err)
}

// signed is what an idempotency key stands for. The caller is a part of it: another caller of the tenant may not be allowed to
// see the answer.
type signed struct {
	By    string
	Input any
}

func settle[T any](answer T, err error) (*T, []UserError, error) {
	if err == nil {
		return &answer, []UserError{}, nil
	}
	if shown, ok := userErrors(err); ok {
		return nil, shown, nil
	}
	return nil, []UserError{}, err
}
