package graph_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/internal/tracking"
	"tributary/models"
)

// customerOf is what makes a list go the engine's way, as it stands in an answer: it needs a statement of its own.
var customerOf = regexp.MustCompile(`,"customerId":(null|"[^"]*")`)

// oddOrders records conversions with all there may be, and with what must be escaped.
func (s *served) oddOrders() {
	s.T.Helper()
	at := time.Date(2026, 1, 5, 9, 0, 0, 120_000_000, time.UTC)
	for _, in := range []tracking.ConversionInput{
		{ExternalID: "plain", Amount: "0.05", Currency: "GBP", OccurredAt: at},
		{ExternalID: `a "quote", a \ and <tags> & Ünïcode ☃`, Amount: "1234567.89", Currency: "GBP", OccurredAt: at.Add(time.Microsecond), CustomerID: "c-1",
			Country: "GB", Coupon: "SALE20", Metadata: map[string]string{"b": "x\ny\t\u0001<", "a": `"`}},
		{ExternalID: "awaits its rate", Amount: "100", Currency: "JPY", OccurredAt: at.Truncate(time.Second)},
		{ExternalID: "has a rate", Amount: "100", Currency: "JPY", FxRate: "0.0053", FxSource: "a bank", FxQuotedAt: &at, OccurredAt: at},
	} {
		in.LinkCode = "link-ann"
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, in)
			return err
		})
	}
}

// TestListsAreWrittenAtOnceAsTheEngineWritesThem asks for each list twice: as it is written at once, and with one field more, with
// which the engine writes it.
func TestListsAreWrittenAtOnceAsTheEngineWritesThem(t *testing.T) {
	s, _ := servePurse(t)
	token := s.partnerToken(s.Enroll("ann", models.ID{}), "ann@partners.example")
	s.oddOrders()
	const all = "__typename id source externalId kind revision state occurredAt receivedAt country coupon metadata amount { amount currencyCode __typename } sourceAmount { a: currencyCode amount } fxRate"
	for name, selection := range map[string]string{
		"everything": all,
		"aliases":    "a: id c: amount { x: amount } c: amount { currencyCode }",
		"fragments":  "... on Node { id } ...f ... @include(if: $no) { source } kind @skip(if: $no)",
		"edges":      "",
	} {
		for _, credential := range []string{s.key, token} {
			ask := func(more string) answer {
				page := "nodes { " + selection + more + " }"
				if selection == "" {
					page = "edges { cursor node { " + all + more + " } __typename }"
				}
				return s.must(credential, `query($id: ID!, $no: Boolean = false) {
					program(id: $id) { conversions(orderBy: {field: OCCURRED_AT, direction: DESC}) { `+page+` pageInfo @skip(if: $no) { endCursor } } }
					spreads: program(id: $id) @include(if: $no) { conversions { nodes { ...f } } }
				} fragment f on Conversion { revision source amount { ...m } } fragment m on Money { amount }`, map[string]any{"id": s.main()})
			}
			atOnce, byEngine := ask(""), ask(" customerId")
			data := func(a answer) string {
				text, _, found := strings.Cut(a.text, `,"extensions"`)
				require.True(t, found)
				return customerOf.ReplaceAllString(text, "")
			}
			require.Equal(t, data(byEngine), data(atOnce), name)
			require.Equal(t, 4, strings.Count(atOnce.text, `:"conversion_`), atOnce.text)
			require.Equal(t, *byEngine.cost(t).ActualQueryCost, *atOnce.cost(t).ActualQueryCost, name)
		}
	}
}

func TestEveryFieldAtHandIsWrittenAtOnce(t *testing.T) {
	var want []string
	for _, field := range schema().Types["Conversion"].Fields {
		if behind := schema().Types[field.Type.Name()]; field.Type.Elem == nil && (behind.IsLeafType() || behind.Name == "Money") && field.Name != "customerId" {
			want = append(want, field.Name)
		}
	}
	require.ElementsMatch(t, want, graph.PlainFieldsOfConversion())
}
