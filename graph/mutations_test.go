package graph_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

// caller is who a mutation is for.
type caller int

const (
	byMerchant caller = iota // whoever holds the scope
	byOwner                  // a signed-in owner
	byPartner                // a signed-in partner
	byPerson                 // a signed-in holder of the scope, no key
	byBoth                   // the scope's holder, and the partner whose enrollment it is
	byUser                   // whoever is signed in, no key
	byAnybody                // nobody has to be signed in
)

// duty is what must hold for one mutation. The input is made on a fresh scene and holds no idempotency key.
type duty struct {
	by     caller
	scope  access.Scope
	input  func(*served) map[string]any
	answer string         // what is selected of the payload; none of it is null
	other  map[string]any // changes that make it another request; none for an input that says nothing
	once   []string       // what only the first answer shows, or what is made afresh
}

// text gives the mutation, with its payload under the alias it.
func (d duty) text(name string) string {
	return "mutation($in: " + schema().Mutation.Fields.ForName(name).Arguments.ForName("input").Type.String() + ") { " +
		"it: " + name + "(input: $in) { " + d.answer + " userErrors { field code } } }"
}

// variables gives the input with changes.
func variables(input map[string]any, key string, changes map[string]any) map[string]any {
	input = maps.Clone(input)
	if input == nil {
		input = map[string]any{}
	}
	if key != "" {
		input["idempotencyKey"] = key
	}
	maps.Copy(input, changes)
	return map[string]any{"in": input}
}

// dump is all the database holds, less what every request leaves behind, as rows with the name of their table in front.
func (s *served) dump() map[string]int {
	s.T.Helper()
	all := s.state()
	delete(all, (models.IdempotencyKey{}).TableName())
	return all.without(nil)
}

// differences are the tables whose rows are not the same.
func differences(a, b map[string]int) []string {
	found := map[string]bool{}
	for _, pair := range [][2]map[string]int{{a, b}, {b, a}} {
		for row, n := range pair[0] {
			if table, _, _ := strings.Cut(row, " "); pair[1][row] != n {
				found[table] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEveryMutationKeepsItsDuties(t *testing.T) {
	duties := duties()
	for _, field := range schema().Mutation.Fields {
		d, known := duties[field.Name]
		require.True(t, known, "mutation %s has no entry in duties()", field.Name)
		for _, who := range []caller{byMerchant, byOwner, byPerson, byPartner, byUser, byAnybody} {
			if who != d.by && (d.by != byBoth || who == byOwner || who == byPerson || who == byUser || who == byAnybody) {
				continue
			}
			t.Run(field.Name+map[caller]string{byMerchant: "", byOwner: "", byPerson: "", byPartner: "/partner", byUser: "", byAnybody: ""}[who], func(t *testing.T) {
				keeps(t, field.Name, d, who)
			})
		}
	}
	require.Len(t, duties, len(schema().Mutation.Fields))
}

// namesNothing are the mutations that are refused by no name of another tenant's in their input: what they do, they do for
// the caller's own, or row by row.
var namesNothing = []string{"joinProgram", "addStaff", "removeStaff", "createApiKey", "applyPlanFile", "stopPayouts", "startPayouts", "setStripeKey",
	"removeStripeKey", "importBankResults", "changePassword", "startTotp", "confirmTotp", "disableTotp", "confirmSession", "updateMerchant",
	"requestEmailVerification", "changeEmail"}

// keyless are the mutations that take no idempotency key, each with its reason: no answer of theirs is remembered.
var keyless = map[string]string{
	"signIn":         "every session is a new one",
	"refreshSession": "a refresh token counts once by itself, and the tokens of an answer are not kept",
	"signOut":        "the token says what is ended, and once is as good as twice",
}

func keeps(t *testing.T, name string, d duty, who caller) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.partnerToken(ann, "ann@partners.example")
	s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	s.staffToken("anna@acme.example", models.StaffRoleAnalyst)
	input := d.input(s) // it may turn the clock, which ends sessions
	annToken, ownerToken, analyst := s.signIn("ann@partners.example"), s.signIn("olivia@acme.example"), s.signIn("anna@acme.example")
	_, rival := s.otherMerchant()
	otherPartner := s.partnerToken(s.Enroll("eve", models.ID{}), "eve@partners.example")
	right := map[caller]string{byMerchant: s.key, byOwner: ownerToken, byPerson: ownerToken, byPartner: annToken, byUser: annToken}[who]
	wrong := wrongCallers(s, d, who, analyst, annToken)
	key := "key-1"
	if keyless[name] != "" {
		key = ""
	}
	query, first := d.text(name), variables(input, key, nil)
	before := s.dump()
	unchanged := func(note string) { t.Helper(); require.Empty(t, differences(before, s.dump()), note) }

	if who != byAnybody {
		require.Equal(t, "UNAUTHENTICATED", s.ask("", query, first).code())
		unchanged("nobody is signed in")
		for note, credential := range wrong {
			require.Equal(t, "FORBIDDEN", s.ask(credential, query, first).code(), note)
			unchanged(note)
		}
		stranger := rival
		if who == byPartner || who == byUser {
			stranger = otherPartner
		}
		if !slices.Contains(namesNothing, name) {
			refused := s.must(stranger, query, first)
			require.Regexp(t, "_NOT_FOUND$", refused.at(t, "it", "userErrors", 0, "code"))
			require.Len(t, refused.at(t, "it", "userErrors", 0, "field"), 1)
			unchanged("another tenant's")
		}
	}

	done := s.must(right, query, first)
	require.Empty(t, done.at(t, "it", "userErrors"), done.text)
	require.NotContains(t, done.text, "null")
	if name != "startOnboarding" {
		require.NotEmpty(t, differences(before, s.dump()), "it did nothing")
	}
	s.requireLogged(name, done, differences(before, s.dump()))
	if keyless[name] != "" {
		return
	}
	before = s.dump()
	again := s.must(right, query, first)
	forget := func(a answer) any {
		payload := maps.Clone(a.Data["it"].(map[string]any))
		maps.DeleteFunc(payload, func(field string, _ any) bool { return slices.Contains(d.once, field) })
		return payload
	}
	require.Equal(t, forget(done), forget(again), "a retry gives the same answer")
	if name != "signUpMerchant" { // who repeats it is signed in again
		unchanged("a retry")
	}
	if d.other != nil {
		reused := s.must(right, query, variables(input, "key-1", d.other))
		require.Equal(t, "IDEMPOTENCY_KEY_REUSED", reused.at(t, "it", "userErrors", 0, "code"))
		require.Equal(t, []any{"idempotencyKey"}, reused.at(t, "it", "userErrors", 0, "field"))
	}
	for _, key := range []string{" ", "ž", string(make([]byte, 191))} {
		refused := s.must(right, query, variables(input, key, nil))
		require.Equal(t, "IDEMPOTENCY_KEY_INVALID", refused.at(t, "it", "userErrors", 0, "code"))
	}
	if name != "signUpMerchant" {
		unchanged("a key of another request")
	}
}

// requireLogged tells that what a mutation changed is in the audit log, by its name, its caller and its request.
func (s *served) requireLogged(name string, a answer, changed []string) {
	s.T.Helper()
	var entries []models.AuditEntry
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("request_id = ?", a.header.Get("X-Request-Id")).Find(&entries).Error)
	for _, e := range entries {
		require.Equal(s.T, name, e.Action)
		require.Regexp(s.T, "^(user:|apikey:|stranger$)", e.Actor)
		require.Contains(s.T, changed, e.Entity)
	}
	if len(changed) > 0 && !slices.Contains(asksOnly, name) {
		require.NotEmpty(s.T, entries, "%s changed %v", name, changed)
	}
	var others int64
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.AuditEntry{}).Where("action = ? AND request_id <> ?", name, a.header.Get("X-Request-Id")).Count(&others).Error)
	require.Zero(s.T, others, "of a request that was refused")
}

// asksOnly are the mutations that change nothing by themselves: they ask for a task, which does, or give a session its next tokens.
var asksOnly = []string{"reconcilePayoutBatch", "refreshSession"}

// wrongCallers are signed in and may not do it.
func wrongCallers(s *served, d duty, who caller, analyst, partner string) map[string]string {
	switch {
	case who == byUser || who == byPartner && d.by == byPartner:
		return map[string]string{"a merchant's key": s.key}
	case who == byPartner:
		return nil
	}
	wrong := map[string]string{}
	subject, isRead := strings.CutSuffix(string(d.scope), ":read")
	if !isRead {
		wrong["an analyst"] = analyst
	}
	if d.by != byBoth {
		wrong["a partner"] = partner
	}
	if d.by == byPerson {
		wrong["a key"] = s.key
	}
	if d.by == byOwner {
		wrong["a key"] = s.key
		wrong["finance"] = s.staffToken("felix@acme.example", models.StaffRoleFinance)
		return wrong
	}
	rest := slices.DeleteFunc(slices.Clone(access.AllScopes), func(scope access.Scope) bool {
		return scope == d.scope || isRead && strings.HasPrefix(string(scope), subject+":")
	})
	wrong["a key without the scope"] = s.keyFor(s.Owner, rest...)
	return wrong
}
