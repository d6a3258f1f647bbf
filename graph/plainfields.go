package graph

import (
	"context"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"tributary/internal/money"
	"tributary/models"
)

var plainMoney = plainType[money.Amount]{moneyImplementors, map[string]plainField[money.Amount]{
	"amount": plainly(func(to []byte, a *money.Amount) []byte {
		return append(a.AppendDecimal(append(to, '"')), '"')
	}),
	"currencyCode": plainText(func(a *money.Amount) string { return string(a.Currency) }),
}}

// What is left out of these needs a statement of its own.
var plainConversion = plainType[models.Conversion]{conversionImplementors, map[string]plainField[models.Conversion]{
	"id":         plainID(models.PrefixConversion, func(c *models.Conversion) models.ID { return c.ID }),
	"source":     plainText(func(c *models.Conversion) string { return c.Source }),
	"externalId": plainText(func(c *models.Conversion) string { return c.ExternalID }),
	"kind":       plainText(func(c *models.Conversion) string { return c.Kind }),
	"revision": plainly(func(to []byte, c *models.Conversion) []byte {
		return strconv.AppendInt(to, int64(c.Revision), 10)
	}),
	"state":      plainText(func(c *models.Conversion) string { return string(c.State) }),
	"occurredAt": plainTime(func(c *models.Conversion) time.Time { return c.OccurredAt }),
	"receivedAt": plainTime(func(c *models.Conversion) time.Time { return c.ReceivedAt }),
	"country":    plainText(func(c *models.Conversion) string { return c.Country }),
	"coupon":     plainOrNull(conversionResolver{}.Coupon, appendText),
	"metadata":   plainOrNull(asPointer(conversionResolver{}.Metadata), appendTexts),
	"amount":     plainObject(plainMoney, conversionResolver{}.Amount),
	"sourceAmount": plainObject(plainMoney, func(_ context.Context, c *models.Conversion) (*money.Amount, error) {
		a := c.SourceAmount()
		return &a, nil
	}),
	"fxRate": plainText(func(c *models.Conversion) string { return c.FXRate }),
}}

var plainConversionEdge = plainEdge("ConversionEdge", plainConversion)

func plainEdge[T any](name string, node plainType[T]) plainType[Edge[T]] {
	return plainType[Edge[T]]{[]string{name}, map[string]plainField[Edge[T]]{
		"cursor": plainText(func(e *Edge[T]) string { return e.Cursor }),
		"node":   plainObject(node, func(_ context.Context, e *Edge[T]) (*T, error) { return &e.Node, nil }),
	}}
}

// plainly makes a field of what writes it, however it is selected.
func plainly[T any](write func(to []byte, of *T) []byte) plainField[T] {
	plain := func(_ *plainRun, to []byte, of *T) ([]byte, error) { return write(to, of), nil }
	return func(*graphql.OperationContext, graphql.CollectedField) (plainWrite[T], bool) { return plain, true }
}

func plainText[T any](text func(*T) string) plainField[T] {
	return plainly(func(to []byte, of *T) []byte { return appendText(to, text(of)) })
}

func plainTime[T any](instant func(*T) time.Time) plainField[T] {
	return plainly(func(to []byte, of *T) []byte { return appendDateTime(to, instant(of)) })
}

func plainID[T any](prefix string, id func(*T) models.ID) plainField[T] {
	return plainly(func(to []byte, of *T) []byte { return append(id(of).AppendFormat(append(to, '"'), prefix), '"') })
}

// plainOrNull makes a field of a resolver that waits for nothing.
func plainOrNull[T, V any](resolve func(context.Context, *T) (*V, error), write func([]byte, V) []byte) plainField[T] {
	plain := func(run *plainRun, to []byte, of *T) ([]byte, error) {
		value, err := resolve(run.Context, of)
		if err != nil || value == nil {
			return append(to, "null"...), err
		}
		return write(to, *value), nil
	}
	return func(*graphql.OperationContext, graphql.CollectedField) (plainWrite[T], bool) { return plain, true }
}

// plainObject makes a field of a resolver that gives an object. It may wait, if all entries wait for the same.
func plainObject[T, V any](behind plainType[V], resolve func(context.Context, *T) (*V, error)) plainField[T] {
	return func(op *graphql.OperationContext, field graphql.CollectedField) (plainWrite[T], bool) {
		write, ok := behind.compile(op, field.Selections)
		return func(run *plainRun, to []byte, of *T) ([]byte, error) {
			value, err := resolve(run.Context, of)
			if err != nil || value == nil {
				return append(to, "null"...), err
			}
			run.objects++
			return write(run, to, value)
		}, ok
	}
}

// asPointer shows a map that is nil as nothing.
func asPointer[T any](resolve func(context.Context, *T) (map[string]string, error)) func(context.Context, *T) (*map[string]string, error) {
	return func(ctx context.Context, of *T) (*map[string]string, error) {
		value, err := resolve(ctx, of)
		if err != nil || value == nil {
			return nil, err
		}
		return &value, nil
	}
}
