package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/models"
)

// A partner reads whatever it can reach: nothing of it tells who another partner is, what it shares, or whom it sold to.
func TestWhatAPartnerReachesTellsNothingOfOthers(t *testing.T) {
	s := serve(t)
	amy := s.Enroll("amy", models.ID{})
	ben := s.Enroll("ben", amy.ID)
	s.Enroll("eve", models.ID{})
	ids := s.everythingShown(ben, "ben")
	s.Sell("recruit", "200.00")
	s.CloseMonth()
	tokens := map[string]string{}
	for _, name := range []string{"amy", "ben", "eve", "top", "recruit"} {
		tokens[name] = s.partnerToken(s.enrolled(name), name+"@partners.example")
	}
	for name := range tokens { // closing months ended the first sessions
		tokens[name] = s.signIn(name + "@partners.example")
	}
	require.NotEmpty(t, under(s.must(tokens["amy"], "{ myEnrollments { nodes { commissions { nodes { id } } } } }", nil).Data, "id"), "she earns by what others sell")
	for reader, token := range tokens {
		var read strings.Builder
		for _, query := range reachable(ids["Program"]) {
			got := s.ask(token, query, nil)
			require.NotNil(t, got.Data, "%s\n%s", got.text, query)
			read.WriteString(got.text)
			for owner := range tokens {
				if owner == reader {
					continue
				}
				for _, mark := range s.marksOf(owner) {
					require.NotContains(t, got.text, mark, "%s reads of %s:\n%s", reader, owner, query)
				}
			}
		}
		require.Contains(t, read.String(), reader+"@partners.example", "its own it does see")
	}
}

// marksOf are texts that stand for one partner, and for nobody else.
func (s *served) marksOf(name string) []string {
	s.T.Helper()
	e := s.enrolled(name)
	marks := []string{name + "@partners.example", "link-" + name, e.Code, e.PartnerID.Format(models.PrefixPartner)}
	var sales []string
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.Conversion{}).Where("enrollment_id = ?", e.ID).Pluck("external_id", &sales).Error)
	for _, sale := range sales {
		marks = append(marks, `"`+sale+`"`)
	}
	var accounts []string
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Pluck("destination", &accounts).Error)
	return append(marks, accounts...)
}

// reachable are queries for everything behind a partner's own enrollments and behind a program, a few steps deep.
func reachable(programID string) []string {
	var queries []string
	for _, from := range []struct{ typeName, before, after string }{
		{"Enrollment", "{ myEnrollments(first: 3) { nodes { ", " } } }"},
		{"Program", `{ node(id: "` + programID + `") { ... on Program { `, " } } }"},
	} {
		for _, field := range schema().Types[from.typeName].Fields {
			inner := behind(field, 3)
			for depth := 2; len(strings.Fields(inner)) > 450; depth-- { // an operation has at most 500 fields
				inner = behind(field, depth)
			}
			if inner != "" {
				queries = append(queries, from.before+inner+from.after)
			}
		}
	}
	return queries
}

// behind selects a field with everything behind it, down to depth objects.
func behind(field *ast.FieldDefinition, depth int) string {
	if strings.HasPrefix(field.Name, "__") || field.Name == "ledgerProof" {
		return ""
	}
	target, arguments := schema().Types[field.Type.Name()], ""
	if target.Kind == ast.Scalar || target.Kind == ast.Enum {
		return field.Name
	}
	before, after := " { ", " }"
	if strings.HasSuffix(target.Name, "Connection") {
		target, arguments = schema().Types[target.Fields.ForName("nodes").Type.Name()], "(first: 2)"
		before, after = " { nodes { ", " } }"
	}
	var inner []string
	for _, next := range target.Fields {
		if leaf := schema().Types[next.Type.Name()].Kind; depth > 0 || leaf == ast.Scalar || leaf == ast.Enum {
			if selected := behind(next, depth-1); selected != "" {
				inner = append(inner, selected)
			}
		}
	}
	if len(inner) == 0 {
		return ""
	}
	return field.Name + arguments + before + strings.Join(inner, " ") + after
}
