package graph_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// sampled is every how many-th mutation the quick tests try; the others try all.
const sampled = 8

// madeAfresh are the mutations that give each sender a page or a session of its own, with the tables where that shows.
var madeAfresh = map[string][]string{"startOnboarding": {}, "signUpMerchant": {"sessions", "refresh_tokens", "audit_entries"}}

// senders is how many send the same request at once.
const senders = 8

func TestEveryMutationTakesAKeyOrSaysWhyNot(t *testing.T) {
	for _, field := range schema().Mutation.Fields {
		input := schema().Types[field.Arguments.ForName("input").Type.Name()]
		if keyless[field.Name] != "" {
			require.Nil(t, input.Fields.ForName("idempotencyKey"), "%s takes a key: take it out of keyless", field.Name)
			continue
		}
		require.NotNil(t, input.Fields.ForName("idempotencyKey"), "%s takes no idempotencyKey: give it one, or say in keyless why not", field.Name)
	}
	for name := range keyless {
		require.NotNil(t, schema().Mutation.Fields.ForName(name), "%s is no mutation any more", name)
	}
}

// Eight send the same mutation under the same key at once, while the database ends transactions by deadlocks. It happens
// once: all are told the same, and the database holds what one sender alone leaves behind.
func TestParallelRetriesHappenOnce(t *testing.T) {
	for i, field := range schema().Mutation.Fields {
		if keyless[field.Name] != "" || testing.Short() && i%sampled != 0 {
			continue
		}
		d, known := duties()[field.Name]
		require.True(t, known, "mutation %s has no entry in duties()", field.Name)
		t.Run(field.Name, func(t *testing.T) {
			t.Parallel()
			happensOnce(t, field.Name, d)
		})
	}
}

func happensOnce(t *testing.T, name string, d duty) {
	s := serve(t)
	s.partnerToken(s.Enroll("ann", models.ID{}), "ann@partners.example")
	s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	s.staffToken("anna@acme.example", models.StaffRoleAnalyst)
	input := d.input(s) // it may turn the clock, which ends sessions
	credential := map[caller]string{byMerchant: s.key, byBoth: s.key, byOwner: s.signIn("olivia@acme.example"),
		byPerson: s.signIn("olivia@acme.example"), byPartner: s.signIn("ann@partners.example"), byUser: s.signIn("ann@partners.example")}[d.by]
	query, asked := d.text(name), variables(input, "key-1", nil)
	restore := s.keep()

	alone := func() state {
		t.Helper()
		require.Empty(t, s.must(credential, query, asked).at(t, "it", "userErrors"))
		defer restore()
		return s.state()
	}
	one, twin := alone(), alone()
	storm := s.brew(name)
	answers := s.sendAtOnce(credential, query, asked)
	require.NotZero(t, storm.end(), "no transaction was ended")
	for _, a := range answers {
		require.Empty(t, a.at(t, "it", "userErrors"), a.text)
		require.Equal(t, answers[0].lasting(d), a.lasting(d), "all are told the same")
	}
	afresh, isAfresh := madeAfresh[name]
	if len(d.once) > 0 && !isAfresh {
		require.Equal(t, 1, timesTold(answers, d.once[0]), "%s is shown once", d.once[0])
	}
	chance, many := varying(one, twin), s.state()
	for _, table := range afresh {
		delete(one, table)
		delete(many, table)
	}
	require.Equal(t, one.without(chance), many.without(chance), "what many senders left behind is what one does")
}

// lasting is what an answer tells that the next one for the same key tells too.
func (a answer) lasting(d duty) map[string]any {
	payload := maps.Clone(a.Data["it"].(map[string]any))
	maps.DeleteFunc(payload, func(field string, _ any) bool { return slices.Contains(d.once, field) })
	return payload
}

// timesTold counts the answers that tell a field.
func timesTold(answers []answer, field string) int {
	n := 0
	for _, a := range answers {
		if a.Data["it"].(map[string]any)[field] != nil {
			n++
		}
	}
	return n
}

// sendAtOnce sends one request several times at once, each until it is answered, as clients do.
func (s *served) sendAtOnce(credential, query string, asked map[string]any) []answer {
	s.T.Helper()
	answers := make([]answer, senders)
	var together sync.WaitGroup
	for i := range answers {
		together.Go(func() {
			for range 500 {
				if answers[i] = s.ask(credential, query, asked); answers[i].code() != "UNAVAILABLE" {
					return
				}
				time.Sleep(10 * time.Millisecond) // until the first of them is through: the clock of throttles stands
			}
		})
	}
	together.Wait()
	for _, a := range answers {
		require.Empty(s.T, a.Errors, a.text)
	}
	return answers
}
