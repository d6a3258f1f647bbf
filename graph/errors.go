package graph

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tributary/internal/fault"
)

// UserError is something the caller can mend in a mutation's input.
type UserError struct {
	Field   []string `json:"field"`
	Message string   `json:"message"`
	Code    string   `json:"code"`
}

const internalCode = "INTERNAL"

// wireCodes maps the kinds of errors to extensions.code. What is not in it is internal.
var wireCodes = map[fault.Kind]string{
	fault.Invalid:         "BAD_USER_INPUT",
	fault.Unauthenticated: "UNAUTHENTICATED",
	fault.Forbidden:       "FORBIDDEN",
	fault.NotFound:        "NOT_FOUND",
	fault.Conflict:        "CONFLICT",
	fault.Precondition:    "PRECONDITION_FAILED",
	fault.Unavailable:     "UNAVAILABLE",
}

type requestKey struct{}

func requestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// present maps an error to the wire: a typed error to its code, what the GraphQL engine says about the document as
// it is, everything else to INTERNAL, whose cause goes to the log only.
func (s Services) present(ctx context.Context, err error) *gqlerror.Error {
	shown := *graphql.DefaultErrorPresenter(ctx, err)
	shown.Err = nil
	var typed *fault.Error
	var engine *gqlerror.Error
	code, isTyped := "", errors.As(err, &typed)
	if isTyped {
		code = wireCodes[typed.Kind]
	}
	switch {
	case code != "":
		shown.Message = typed.Msg
		shown.Extensions = map[string]any{"code": code, "reason": typed.Code}
		if typed.Field != "" {
			shown.Extensions["field"] = strings.Split(typed.Field, ".")
		}
		if typed.RetryAfter > 0 {
			shown.Extensions["retryAfterSeconds"] = int(typed.RetryAfter.Seconds())
		}
	case !isTyped && errors.As(err, &engine) && engine.Err == nil && engine.Extensions["code"] != nil:
		// the document, as the engine says
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		shown.Message = "the request took too long or was given up"
		shown.Extensions = map[string]any{"code": wireCodes[fault.Unavailable]}
	default:
		s.Log.ErrorContext(ctx, "graphql request failed", slog.Any("error", err),
			slog.String("request_id", requestIDOf(ctx)), slog.String("path", shown.Path.String()))
		shown.Message = "something went wrong on our side"
		shown.Extensions = map[string]any{"code": internalCode}
	}
	shown.Extensions["requestId"] = requestIDOf(ctx)
	return &shown
}

// within puts a path in front of the field that a typed error names; one that names none is about something else.
func within(path string, err error) error {
	var typed *fault.Error
	switch {
	case !errors.As(err, &typed):
		return err
	case typed.Field == "" && typed.Kind == fault.Invalid:
		return typed.On(path)
	case typed.Field == "":
		return err
	}
	return typed.On(path + "." + typed.Field)
}

// renamed gives the field that a typed error names the name that it has in the input.
func renamed(from, to string, err error) error {
	var typed *fault.Error
	if errors.As(err, &typed) && typed.Field == from {
		return typed.On(to)
	}
	return err
}

// namedBy gives the field of a mutation's input that names an object, by the code that says there is no such object.
var namedBy = map[string]string{"PROGRAM_NOT_FOUND": "programId", "ENROLLMENT_NOT_FOUND": "enrollmentId", "LINK_NOT_FOUND": "linkId",
	"COUPON_NOT_FOUND": "couponId", "PERIOD_NOT_FOUND": "periodId", "BATCH_NOT_FOUND": "payoutBatchId", "PAYOUT_NOT_FOUND": "payoutId",
	"DECISION_NOT_FOUND": "decisionId", "FINDING_NOT_FOUND": "findingId",
	"STAFF_NOT_FOUND": "userId", "API_KEY_NOT_FOUND": "id", "SESSION_NOT_FOUND": "id", "TERMS_NOT_FOUND": "version",
	"CONVERSION_NOT_FOUND": "conversionId", "WHATIF_NOT_FOUND": "whatIfId", "EXPORT_NOT_FOUND": "exportId"}

// userErrors tells whether err is one that a mutation's payload shows, and shows it.
func userErrors(err error) ([]UserError, bool) {
	var typed *fault.Error
	if !errors.As(err, &typed) {
		return nil, false
	}
	switch typed.Kind {
	case fault.Invalid, fault.Conflict, fault.Precondition, fault.NotFound:
		shown := UserError{Message: typed.Msg, Code: typed.Code}
		if field := cmp.Or(typed.Field, namedBy[typed.Code]); field != "" {
			shown.Field = strings.Split(field, ".")
		}
		return []UserError{shown}, true
	}
	return nil, false
}
