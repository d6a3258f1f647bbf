package graph_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/internal/access"
	"tributary/models"
)

// rule is what @access says of a field or an object.
type rule struct {
	scope   access.Scope
	person  bool
	staff   []models.StaffRole
	partner bool
	public  bool
}

// ruleOf reads what is declared; it tells whether anything is.
func ruleOf(declared ast.DirectiveList) (rule, bool) {
	directive := declared.ForName("access")
	if directive == nil {
		return rule{}, false
	}
	said := directive.ArgumentMap(nil)
	scope, _ := said["scope"].(string)
	is := func(name string) bool { return said[name] == true }
	r := rule{scope: access.Scope(scope), person: is("person"), partner: is("partner"), public: is("public")}
	roles, _ := said["staff"].([]any)
	for _, role := range roles {
		r.staff = append(r.staff, models.StaffRole(role.(string)))
	}
	return r, true
}

// allows tells whether the rule names a caller, who has the role where it is a member of the staff.
func (r rule) allows(by access.Caller, role models.StaffRole) bool {
	switch {
	case r.public:
		return true
	case by.IsAnonymous():
		return false
	case r.isBare():
		return !(r.person && by.IsKey())
	case r.partner && !by.PartnerID.IsZero():
		return true
	case r.scope != "" && by.Has(r.scope) && !(r.person && by.IsKey()):
		return true
	}
	return slices.Contains(r.staff, role)
}

// isBare tells whether the rule is for whoever is signed in: what it is about is the caller's own.
func (r rule) isBare() bool { return r.scope == "" && !r.partner && r.staff == nil && !r.public }

// rootFields are the fields of Query and Mutation, by name.
func rootFields() map[string]*ast.FieldDefinition {
	fields := map[string]*ast.FieldDefinition{}
	for _, definition := range []*ast.Definition{schema().Query, schema().Mutation, schema().Subscription} {
		if definition == nil {
			continue
		}
		for _, field := range definition.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				fields[field.Name] = field
			}
		}
	}
	return fields
}

func TestEveryRootFieldAndNodeHasARule(t *testing.T) {
	for name, field := range rootFields() {
		r, declared := ruleOf(field.Directives)
		require.True(t, declared, "%s has no rule: say who may use it with @access", name)
		r.check(t, name)
	}
	for _, noun := range schema().GetPossibleTypes(schema().Types["Node"]) {
		r, declared := ruleOf(noun.Directives)
		require.True(t, declared, "objects of type %s have no rule: say who may see them with @access", noun.Name)
		r.check(t, noun.Name)
	}
}

// check refuses rules that say nothing or contradict themselves.
func (r rule) check(t *testing.T, of string) {
	t.Helper()
	if r.scope != "" {
		require.Contains(t, access.AllScopes, r.scope, of)
	}
	for _, role := range r.staff {
		require.Contains(t, staffRoles, role, of)
	}
	require.False(t, r.person && r.scope == "" && !r.isBare(), "%s: person is about a scope, or about whoever is signed in", of)
	require.False(t, r.public && (r.scope != "" || r.partner || r.staff != nil), "%s: what is public is everybody's", of)
}

var scopeNamed = regexp.MustCompile(`\b[a-z]+:(?:read|write)\b`)

// What a description tells of rights is what the rule says.
func TestDescriptionsAgreeWithTheRules(t *testing.T) {
	for typeName, definition := range schema().Types {
		if definition.Kind != ast.Object {
			continue
		}
		for _, field := range definition.Fields {
			name := typeName + "." + field.Name
			r, declared := ruleOf(field.Directives)
			named := scopeNamed.FindAllString(field.Description, -1)
			if !declared {
				require.Empty(t, named, "%s names a scope: declare it with @access", name)
				continue
			}
			if r.scope != "" {
				require.Contains(t, named, string(r.scope), "%s does not name its scope", name)
			}
			require.Equal(t, r.person && r.scope != "", strings.Contains(field.Description, "For people, not API keys."), name)
			require.Equal(t, r.person && r.scope == "", strings.Contains(field.Description, "For signed-in users."), name)
			require.Equal(t, r.public, strings.Contains(field.Description, "For anybody.") || strings.Contains(field.Description, "by whoever holds it"), name)
			if r.partner {
				require.Regexp(t, "partner|For a merchant, needs", field.Description, name)
			}
			for _, role := range r.staff {
				require.Contains(t, field.Description, strings.ToLower(string(role)), "%s does not name who of the staff may", name)
			}
		}
	}
}
