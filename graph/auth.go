package graph

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"tributary/internal/access"
	"tributary/models"
)

type callerKey struct{}

// Authenticate reads the Authorization header. No header is nobody; a credential that is not valid is refused.
// Code UNAUTHENTICATED.
func Authenticate(s *access.Service, r *http.Request) (access.Caller, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return access.Caller{}, nil
	}
	scheme, credential, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Caller{}, access.ErrUnauthenticated
	}
	return s.Authenticate(r.Context(), strings.TrimSpace(credential))
}

func withCaller(ctx context.Context, by access.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, by)
}

// withOrigin gives a context whose changes are by the caller, for the audit log.
func withOrigin(ctx context.Context, by access.Caller, operation string) context.Context {
	return models.WithOrigin(ctx, models.Origin{Actor: cmp.Or(by.Name, "stranger"), Action: operation,
		RequestID: requestIDOf(ctx), MerchantID: by.MerchantID})
}

// callerOf gives who is calling; the zero caller may do nothing.
func callerOf(ctx context.Context) access.Caller {
	by, _ := ctx.Value(callerKey{}).(access.Caller)
	return by
}
