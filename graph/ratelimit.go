package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

func (r queryResolver) RateLimit(ctx context.Context) (*RateLimit, error) {
	b := billOf(graphql.GetOperationContext(ctx))
	if b == nil {
		return nil, nil
	}
	left := b.balance
	full := time.Duration(left.Most-left.Left) * time.Second / time.Duration(left.PerSecond)
	return &RateLimit{Cost: b.requested, Limit: left.Most, Remaining: left.Left, ResetAt: r.DB.Now().Add(full)}, nil
}
