package graph

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Budget keeps the points that callers and tenants may still spend.
type Budget interface {
	// Charge takes points from the caller and from its tenant, if it has one: from both or from neither. Less than none gives
	// back. It always answers: what it cannot ask for, it decides by itself.
	Charge(ctx context.Context, caller, tenant string, points int) Balance
}

// Balance is what is left of the smaller of the budgets that were charged.
type Balance struct {
	Most, Left, PerSecond int
	Wait                  time.Duration // until there is enough for what was refused; 0 when it was granted
}

const codeThrottled = "THROTTLED"

// spender charges each operation before it runs what it may cost at most, and gives back what it did not cost.
type spender struct {
	budget Budget
	schema graphql.ExecutableSchema
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
	graphql.FieldInterceptor
	graphql.ResponseInterceptor
} = (*spender)(nil)

// bill is what an operation was charged, what it has used, and what its caller has left.
type bill struct {
	requested int
	fixed     map[*ast.Field]int
	used      atomic.Int64
	balance   Balance
}

// ExtensionName names the spender for gqlgen.
func (*spender) ExtensionName() string { return "Budget" }

// Validate keeps the schema, which knows the complexities.
func (s *spender) Validate(schema graphql.ExecutableSchema) error {
	s.schema = schema
	return nil
}

// MutateOperationContext charges an operation. Codes COMPLEXITY_LIMIT_EXCEEDED (dearer than a full budget), THROTTLED.
func (s *spender) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	b := &bill{fixed: map[*ast.Field]int{}}
	each, once := tariff{schema: s.schema, variables: op.Variables, fixed: b.fixed}.of(ctx, op.Operation.SelectionSet)
	b.requested = each + once
	caller, tenant := payerOf(ctx)
	b.balance = s.budget.Charge(ctx, caller, tenant, b.requested)
	op.Stats.SetExtension(s.ExtensionName(), b)
	switch {
	case b.requested > b.balance.Most:
		refusal := gqlerror.Errorf("the operation may cost %d points, more than the %d that there ever are", b.requested, b.balance.Most)
		errcode.Set(refusal, "COMPLEXITY_LIMIT_EXCEEDED")
		return refusal
	case b.balance.Wait > 0:
		refusal := gqlerror.Errorf("the operation may cost %d points, and %d are left: try again in %d s", b.requested, b.balance.Left, b.waitSeconds())
		errcode.Set(refusal, codeThrottled)
		return refusal
	}
	return nil
}

// InterceptField counts the objects that a field gives, and what it costs besides.
func (s *spender) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if b := billOf(graphql.GetOperationContext(ctx)); b != nil {
		field := graphql.GetFieldContext(ctx).Field
		points := b.fixed[field.Field]
		if len(field.Selections) > 0 && field.ObjectDefinition.Name[0] != '_' {
			points += objectsIn(value)
		}
		if points > 0 {
			b.used.Add(int64(points))
		}
	}
	return value, err
}

// InterceptResponse gives back what was not used, and tells of it in extensions.cost. Of a subscription nothing is given back.
func (s *spender) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response, op := next(ctx), graphql.GetOperationContext(ctx)
	b := billOf(op)
	if response == nil || b == nil || op.Operation.Operation == ast.Subscription {
		return response
	}
	caller, tenant := payerOf(ctx)
	b.balance = s.budget.Charge(ctx, caller, tenant, b.actual()-b.requested)
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	actual := b.actual()
	response.Extensions["cost"] = b.cost(&actual)
	return response
}

func billOf(op *graphql.OperationContext) *bill {
	if op == nil {
		return nil
	}
	b, _ := op.Stats.GetExtension((*spender)(nil).ExtensionName()).(*bill)
	return b
}

// actual is what an operation has cost, which is at most what it was charged: a list may be longer than was thought.
func (b *bill) actual() int { return min(int(b.used.Load()), b.requested) }

func (b *bill) waitSeconds() int { return int(math.Ceil(b.balance.Wait.Seconds())) }

// cost has the shape of Shopify's Admin API, which client libraries know; actual is nil for what never ran.
func (b *bill) cost(actual *int) map[string]any {
	return map[string]any{"requestedQueryCost": b.requested, "actualQueryCost": actual, "throttleStatus": map[string]any{
		"maximumAvailable": b.balance.Most, "currentlyAvailable": b.balance.Left, "restoreRate": b.balance.PerSecond}}
}

// payerOf gives whose budgets pay: those of the caller and of its merchant; for nobody, that of the network address.
func payerOf(ctx context.Context) (caller, tenant string) {
	by := callerOf(ctx)
	if by.IsAnonymous() {
		return "address:" + originOf(ctx).Network(), ""
	}
	if !by.MerchantID.IsZero() {
		tenant = by.MerchantID.String()
	}
	return by.Name, tenant
}

// refusedForCost makes the answer of an operation that may cost more than is left: when to try again, and the status.
func refusedForCost(header http.Header, op *graphql.OperationContext, problems gqlerror.List) (status int, extensions map[string]any) {
	b := billOf(op)
	if b == nil || len(problems) != 1 || problems[0].Extensions["code"] != codeThrottled {
		return 0, nil
	}
	header.Set("Retry-After", strconv.Itoa(b.waitSeconds()))
	return http.StatusTooManyRequests, map[string]any{"cost": b.cost(nil)}
}
