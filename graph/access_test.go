package graph_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/internal/testkit"
	"tributary/models"
)

// Every query, mutation, subscription and object, and each field of such an object, for each kind of caller: what comes of it is in
// testdata/access.tsv, is what @access declares, and a refusal changes nothing.
func TestWhoMayDoWhat(t *testing.T) {
	if testkit.Server(t) != "" {
		t.Skip("the services decide it, not the database: it is held once, on SQLite, where a database for each mutation costs little")
	}
	var g grid
	t.Run("all", func(t *testing.T) {
		t.Run("queries", func(t *testing.T) { t.Parallel(); whoReads(t, &g) })
		t.Run("subscriptions", func(t *testing.T) { t.Parallel(); whoListens(t, &g) })
		duties := duties()
		for _, field := range schema().Mutation.Fields {
			d, known := duties[field.Name]
			require.True(t, known, "mutation %s has no entry in duties()", field.Name)
			t.Run(field.Name, func(t *testing.T) { t.Parallel(); whoWrites(t, &g, field, d) })
		}
	})
	if !t.Failed() {
		g.check(t)
	}
}

// whoWrites sends one mutation from every caller, each time to the same database.
func whoWrites(t *testing.T, g *grid, field *ast.FieldDefinition, d duty) {
	s := serve(t)
	sue := s.Enroll("sue", models.ID{})
	ann, eve := s.Enroll("ann", sue.ID), s.Enroll("eve", models.ID{})
	for name, e := range map[string]models.Enrollment{"sue": sue, "ann": ann, "eve": eve} {
		s.partnerToken(e, name+"@partners.example")
	}
	rival := s.hire()
	input := d.input(s) // it may turn the clock, which ends sessions
	askers := s.askers("ann@partners.example", "sue@partners.example", "eve@partners.example", rival)
	r, _ := ruleOf(field.Directives)
	query := duty{answer: "__typename"}.text(field.Name)
	before, remembered := s.dump(), s.remembered()
	restore := s.keep()

	var cells []string
	for _, a := range askers {
		key := "key of " + a.name
		if keyless[field.Name] != "" {
			key = ""
		}
		got := s.ask(a.credential, query, variables(input, strings.ReplaceAll(key, " ", "-"), nil))
		cell := got.mutated(t, a.outside && !r.public)
		changes := differences(before, s.dump())
		switch cell {
		case cellYes:
			restore()
		case cellOwn:
			require.Empty(t, s.gone(before, a), "%s changed what is not its own", a.name)
			restore()
		default:
			require.Empty(t, changes, "%s was refused, and these tables changed", a.name)
			require.Equal(t, remembered, s.remembered(), "%s was refused, and its key is remembered", a.name)
		}
		r.agree(t, field.Name, a, cell)
		cells = append(cells, cell)
	}
	g.put("Mutation."+field.Name, askers, cells)
}

// mutated tells what came of a mutation.
func (a answer) mutated(t *testing.T, isOutside bool) string {
	t.Helper()
	if refused := a.refusal(); refused != "" {
		return refused
	}
	shown := a.at(t, "it", "userErrors").([]any)
	switch code, _ := under(shown, "code").(string); {
	case strings.HasSuffix(code, "_NOT_FOUND"), code == "TOTP_NOT_STARTED", code == "TOTP_OFF": // it has none
		return cellHidden
	case isOutside:
		return cellOwn // refused for another reason or done: it was not ours
	case code != "":
		return code
	}
	return cellYes
}

// gone are the rows of others that there were and are no more.
func (s *served) gone(before map[string]int, a asker) []string {
	after := s.dump()
	return slices.DeleteFunc(slices.Collect(maps.Keys(before)), func(row string) bool {
		return after[row] == before[row] || strings.Contains(row, sprint(a.by.UserID[:]))
	})
}

// remembered counts the idempotency keys.
func (s *served) remembered() int64 {
	s.T.Helper()
	var n int64
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.IdempotencyKey{}).Count(&n).Error)
	return n
}
