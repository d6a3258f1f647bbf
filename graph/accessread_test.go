package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/models"
)

// shared are the objects that every partner of a program sees.
var shared = []string{"Program", "Period"}

// questions are the arguments of the fields of Query that need some.
func questions(ids map[string]string) map[string]map[string]any {
	return map[string]map[string]any{
		"program":              {"id": ids["Program"]},
		"whatIf":               {"id": ids["WhatIf"]},
		"export":               {"id": ids["Export"]},
		"sponsorChangePreview": {"enrollmentId": ids["Enrollment"]},
		"payoutPlanPreview":    {"periodId": ids["Period"]},
		"checkPlanFile":        {"planFile": planFile},
	}
}

// whoReads asks for every query, every object and every field of it from every caller.
func whoReads(t *testing.T, g *grid) {
	s := serve(t)
	ben, eve := s.Enroll("ben", models.ID{}), s.Enroll("eve", models.ID{})
	s.partnerToken(ben, "ben@partners.example")
	s.partnerToken(eve, "eve@partners.example")
	rival := s.hire()
	ids := s.everythingShown(ben, "ben")
	s.partnerToken(s.enrolled("top"), "top@partners.example")
	askers := s.askers("ben@partners.example", "top@partners.example", "eve@partners.example", rival)
	before := s.dump()

	for _, noun := range schema().GetPossibleTypes(schema().Types["Node"]) {
		require.Contains(t, ids, noun.Name, "everything() makes no %s", noun.Name)
		s.whoSees(g, noun, ids[noun.Name], askers)
	}
	require.Empty(t, differences(before, s.dump()), "reading changes nothing")

	s.drop(ids["PayoutBatch"]) // or no other can be planned
	before = s.dump()
	for _, field := range schema().Query.Fields {
		if strings.HasPrefix(field.Name, "__") || field.Name == "node" { // what node gives is up to each type of objects
			continue
		}
		r, _ := ruleOf(field.Directives)
		var cells []string
		for _, a := range askers {
			cell := s.read(a, field, questions(ids)[field.Name], ids)
			r.agree(t, field.Name, a, cell)
			cells = append(cells, cell)
		}
		g.put("Query."+field.Name, askers, cells)
	}
	require.Empty(t, differences(before, s.dump()), "reading changes nothing")
}

// drop cancels a payout batch.
func (s *served) drop(batch string) {
	s.T.Helper()
	id, err := models.ParseID(models.PrefixBatch, batch)
	require.NoError(s.T, err)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Cancel(tx, s.Owner, id)
		return err
	})
}

// read asks for one field of Query and tells what came of it.
func (s *served) read(a asker, field *ast.FieldDefinition, given map[string]any, ids map[string]string) string {
	s.T.Helper()
	var declared, passed []string
	for _, argument := range field.Arguments {
		if _, ok := given[argument.Name]; ok {
			declared = append(declared, "$"+argument.Name+": "+argument.Type.String())
			passed = append(passed, argument.Name+": $"+argument.Name)
			continue
		}
		require.False(s.T, argument.Type.NonNull, "query %s has no entry for %s in questions()", field.Name, argument.Name)
	}
	query := "{ it: " + field.Name + " " + inside(schema().Types[field.Type.Name()]) + " }"
	if given != nil {
		query = "query(" + strings.Join(declared, ", ") + ") { it: " + field.Name + "(" + strings.Join(passed, ", ") + ") " + inside(schema().Types[field.Type.Name()]) + " }"
	}
	got := s.ask(a.credential, query, given)
	if refused := got.refusal(); refused != "" {
		return refused
	}
	r, _ := ruleOf(field.Directives)
	if !a.outside || r.public {
		return cellYes
	}
	for noun, id := range ids {
		if !slices.Contains(shared, noun) || a.name == "other merchant" {
			require.NotContains(s.T, got.text, id, "%s sees what is not its own by %s", a.name, field.Name)
		}
	}
	return cellOwn
}

// inside selects the least of a type: the entries of a connection, and ids.
func inside(definition *ast.Definition) string {
	switch {
	case definition.Kind == ast.Scalar || definition.Kind == ast.Enum:
		return ""
	case strings.HasSuffix(definition.Name, "Connection"):
		return "{ nodes " + inside(schema().Types[definition.Fields.ForName("nodes").Type.Name()]) + " }"
	case definition.Fields.ForName("id") != nil:
		return "{ id }"
	}
	return "{ __typename }"
}

// whoSees asks for an object and each of its fields from every caller.
func (s *served) whoSees(g *grid, noun *ast.Definition, id string, askers []asker) {
	s.T.Helper()
	var selected []string
	cells := map[string][]string{}
	for _, field := range noun.Fields {
		selected = append(selected, field.Name+" "+inside(schema().Types[field.Type.Name()]))
	}
	query := "query($id: ID!) { it: node(id: $id) { __typename ... on " + noun.Name + " { " + strings.Join(selected, " ") + " } } }"
	r, _ := ruleOf(noun.Directives)
	for _, a := range askers {
		got := s.ask(a.credential, query, map[string]any{"id": id})
		cell := got.refusal()
		if cell == "" {
			cell = cellYes
		}
		if !(a.outside && cell == cellYes && a.name != "other merchant" && slices.Contains(shared, noun.Name)) {
			r.agree(s.T, noun.Name, a, cell)
		}
		cells[""] = append(cells[""], cell)
		for _, field := range noun.Fields {
			one := cellUnseen
			if cell == cellYes {
				one = got.shown(field.Name)
				s.keepsTo(noun, field, a, one)
			}
			cells["."+field.Name] = append(cells["."+field.Name], one)
		}
	}
	for field, row := range cells {
		g.put(noun.Name+field, askers, row)
	}
}

// notThere are fields that only some may see, and that the objects of this test have nothing in.
var notThere = []string{"SponsorChange.preview"} // it ends when the change is applied; TestWhoGainsByAnotherSponsorIsShownBefore

// keepsTo holds what is shown of a field against the field's own rule.
func (s *served) keepsTo(noun *ast.Definition, field *ast.FieldDefinition, a asker, cell string) {
	s.T.Helper()
	r, declared := ruleOf(field.Directives)
	if name := noun.Name + "." + field.Name; a.role == models.StaffRoleOwner && (declared || strings.Contains(field.Description, "for partners")) {
		require.Equal(s.T, !slices.Contains(notThere, name), cell == cellValue, "%s: put something into it in everythingShown(), or the table proves nothing of it", name)
	}
	switch allowed := !declared || r.allows(a.by, a.role); {
	case !allowed:
		require.NotEqual(s.T, cellValue, cell, "%s.%s, %s", noun.Name, field.Name, a.name)
	case declared && !a.outside:
		require.NotEqual(s.T, cellNo, cell, "%s.%s, %s", noun.Name, field.Name, a.name)
	}
	require.Contains(s.T, []string{cellValue, cellNull, cellEmpty, cellNo}, cell, "%s.%s, %s", noun.Name, field.Name, a.name)
}

// shown tells what an answer has for a field of the object it asks for.
func (a answer) shown(name string) string {
	for _, problem := range a.Errors {
		if len(problem.Path) > 1 && problem.Path[1] == name {
			if problem.Extensions["code"] == "FORBIDDEN" {
				return cellNo
			}
			return sprint(problem.Extensions["code"])
		}
	}
	value := a.Data["it"].(map[string]any)[name]
	if page, ok := value.(map[string]any); ok && page["nodes"] != nil {
		value = page["nodes"]
	}
	switch value := value.(type) {
	case nil:
		return cellNull
	case string:
		if value == "" {
			return cellEmpty
		}
	case []any:
		if len(value) == 0 {
			return cellEmpty
		}
	}
	return cellValue
}
