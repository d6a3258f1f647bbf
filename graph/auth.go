package graph

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

type (
	callerKey struct{}
	originKey struct{}
)

// Authenticate reads the Authorization header. No header is nobody; a credential that is not valid is refused.
// Code UNAUTHENTICATED.
func Authenticate(s *access.Service, r *http.Request) (access.Caller, error) {
	return authenticate(r.Context(), s, r.Header.Get("Authorization"))
}

// authenticate reads the value of an Authorization header, which WebSockets send in a message.
func authenticate(ctx context.Context, s *access.Service, header string) (access.Caller, error) {
	if header == "" {
		return access.Caller{}, nil
	}
	scheme, credential, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Caller{}, access.ErrUnauthenticated
	}
	return s.Authenticate(ctx, strings.TrimSpace(credential))
}

// isRefused tells whether a credential is not valid, and not only could not be looked up.
func isRefused(err error) bool { return err != nil && fault.KindOf(err) == fault.Unauthenticated }

func withCaller(ctx context.Context, by access.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, by)
}

// withActor gives a context whose changes are by the caller, for the audit log.
func withActor(ctx context.Context, by access.Caller, operation string) context.Context {
	return models.WithOrigin(ctx, changesOf(ctx, by, operation))
}

// changesOf gives what is behind the changes of an operation, for the audit log.
func changesOf(ctx context.Context, by access.Caller, operation string) models.Origin {
	return models.Origin{Actor: cmp.Or(by.Name, "stranger"), Action: operation, RequestID: requestIDOf(ctx), MerchantID: by.MerchantID}
}

// callerOf gives who is calling; the zero caller may do nothing.
func callerOf(ctx context.Context) access.Caller {
	by, _ := ctx.Value(callerKey{}).(access.Caller)
	return by
}

// withOrigin keeps where a request comes from; behind proxies, whoever serves it has put the client's address there.
func withOrigin(ctx context.Context, r *http.Request) context.Context {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return context.WithValue(ctx, originKey{}, access.Origin{Address: host, UserAgent: r.UserAgent()})
}

func originOf(ctx context.Context) access.Origin {
	from, _ := ctx.Value(originKey{}).(access.Origin)
	return from
}
