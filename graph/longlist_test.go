package graph_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

const recordBatch = `mutation($in: RecordConversionsInput!) { recordConversions(input: $in) {
	results { conversion { id externalId receivedAt amount { amount } } outcome userErrors { field code } } userErrors { code } } }`

// batchOf is n conversions, of which change makes the last what it is.
func (s *served) batchOf(n int, key string, change func(last map[string]any)) map[string]any {
	one := s.sale("")["in"].(map[string]any)["conversion"].(map[string]any)
	conversions := make([]any, n)
	for i := range conversions {
		c := maps.Clone(one)
		c["externalId"] = "o-" + strings.Repeat("x", i)
		if i == n-1 {
			change(c)
		}
		conversions[i] = c
	}
	return map[string]any{"in": map[string]any{"programId": s.Program.ID.Format(models.PrefixProgram), "idempotencyKey": key, "conversions": conversions}}
}

// A long list of objects is checked in another way than a short one, and must be found to be the same.
func TestALongListIsCheckedLikeAShortOne(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	item := func(quantity any) []any {
		return []any{map[string]any{"sku": "a", "quantity": quantity, "amount": "1.00"}}
	}
	for name, change := range map[string]func(map[string]any){
		"right":             func(map[string]any) {},
		"null":              func(c map[string]any) { c["linkCode"] = nil },
		"one item":          func(c map[string]any) { c["items"] = item(2)[0] },
		"no amount":         func(c map[string]any) { delete(c, "amount") },
		"null for amount":   func(c map[string]any) { c["amount"] = nil },
		"another field":     func(c map[string]any) { c["colour"] = "red" },
		"__typename":        func(c map[string]any) { c["__typename"] = "x" },
		"a number":          func(c map[string]any) { c["customerId"] = 5 },
		"an Int in quotes":  func(c map[string]any) { c["items"] = item("2") },
		"a large Int":       func(c map[string]any) { c["items"] = item(1 << 40) },
		"a fraction":        func(c map[string]any) { c["items"] = item(1.5) },
		"a text for items":  func(c map[string]any) { c["items"] = "x" },
		"null for an item":  func(c map[string]any) { c["items"] = []any{nil} },
		"a wrong amount":    func(c map[string]any) { c["amount"] = "1.005" },
		"a list for a text": func(c map[string]any) { c["externalId"] = []any{"x"} },
	} {
		told := map[int]string{}
		for _, n := range []int{3, 40} {
			a := s.ask(s.key, recordBatch, s.batchOf(n, strings.ReplaceAll(name, " ", "-")+strings.Repeat("+", n), change))
			told[n] = "data"
			if len(a.Errors) > 0 {
				told[n] = a.code().(string) + " " + strings.ReplaceAll(a.Errors[0].Message, "39", "2")
			}
		}
		require.Equal(t, told[3], told[40], name)
		require.Equal(t, name == "right" || name == "one item" || name == "a wrong amount", told[40] == "data", "%s: %s", name, told[40])
	}
}
