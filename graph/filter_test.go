package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// list asks a connection of an object for one field of its entries.
func (s *served) list(credential, id, connection, arguments, field string) answer {
	s.T.Helper()
	typeName := map[string]string{models.PrefixProgram: "Program", models.PrefixEnrollment: "Enrollment", models.PrefixBatch: "PayoutBatch"}[id[:strings.Index(id, "_")]]
	return s.ask(credential, fmt.Sprintf(`{ node(id: %q) { ... on %s { it: %s(%s) { totalCount nodes { %s } pageInfo { hasNextPage endCursor startCursor } } } } }`,
		id, typeName, connection, arguments, field), nil)
}

// values gives a field of all entries of the connection "it".
func (a answer) values(t *testing.T, field string) []string {
	t.Helper()
	values := []string{}
	nodes, _ := a.at(t, "node", "it", "nodes").([]any)
	for _, node := range nodes {
		values = append(values, fmt.Sprint(node.(map[string]any)[field]))
	}
	return values
}

// shop is a scene with sales a day apart, recorded in another order than they happened in.
func shop(t *testing.T) (s *served, program, ann, ben string) {
	s = serve(t)
	a, b := s.Enroll("ann", models.ID{}), s.Enroll("ben", models.ID{})
	start := s.Clock.Now()
	s.Clock.Advance(30 * 24 * time.Hour)
	for i, day := range []int{3, 1, 2, 0} {
		kind, link := "SALE", "link-ann"
		if i == 1 {
			kind, link = "LEAD", "link-ben"
		}
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: fmt.Sprintf("day-%d", day), Kind: kind,
				OccurredAt: start.AddDate(0, 0, day), Currency: "GBP", Amount: fmt.Sprintf("%d00.00", 1+day), LinkCode: link})
			return err
		})
	}
	return s, s.Program.ID.Format(models.PrefixProgram), a.ID.Format(models.PrefixEnrollment), b.ID.Format(models.PrefixEnrollment)
}

func TestConversionsAreNarrowedAndOrdered(t *testing.T) {
	s, program, ann, ben := shop(t)
	day := func(n int) string {
		var first models.Conversion
		require.NoError(t, s.DB.Read(t.Context()).Where("external_id = 'day-0'").Take(&first).Error)
		return first.OccurredAt.AddDate(0, 0, n).Format(time.RFC3339)
	}
	for arguments, want := range map[string][]string{
		"":                              {"day-3", "day-1", "day-2", "day-0"},
		"orderBy: {direction: DESC}":    {"day-0", "day-2", "day-1", "day-3"},
		"orderBy: {field: OCCURRED_AT}": {"day-0", "day-1", "day-2", "day-3"},
		"orderBy: {field: OCCURRED_AT, direction: DESC}":                           {"day-3", "day-2", "day-1", "day-0"},
		"orderBy: {field: OCCURRED_AT} last: 2":                                    {"day-2", "day-3"},
		"filter: {}":                                                               {"day-3", "day-1", "day-2", "day-0"},
		`filter: {externalId: "day-2"}`:                                            {"day-2"},
		`filter: {externalId: "day-9"}`:                                            {},
		`filter: {kind: "LEAD"}`:                                                   {"day-1"},
		"filter: {state: READY}":                                                   {"day-3", "day-1", "day-2", "day-0"},
		"filter: {state: AWAITING_RATE}":                                           {},
		`filter: {enrollmentId: "` + ann + `"} orderBy: {field: OCCURRED_AT}`:      {"day-0", "day-2", "day-3"},
		`filter: {occurredAt: {from: "` + day(1) + `", before: "` + day(3) + `"}}`: {"day-1", "day-2"},
		`filter: {occurredAt: {from: "` + day(2) + `"}} orderBy: {field: OCCURRED_AT, direction: DESC}`: {"day-3", "day-2"},
		`filter: {enrollmentId: "` + ann + `", occurredAt: {before: "` + day(2) + `"}}`:                 {"day-0"},
	} {
		if arguments == "" {
			arguments = "first: 10"
		}
		a := s.list(s.key, program, "conversions", arguments, "externalId")
		require.Empty(t, a.Errors, "%s: %s", arguments, a.text)
		require.Equal(t, want, a.values(t, "externalId"), arguments)
	}
	own := s.list(s.key, ben, "conversions", "orderBy: {field: OCCURRED_AT}", "externalId")
	require.Equal(t, []string{"day-1"}, own.values(t, "externalId"))
}

// A page after the other gives everything once, and a cursor is refused by every other list than its own.
func TestCursorsAreBoundToTheirOrderAndFilter(t *testing.T) {
	s, program, ann, _ := shop(t)
	lists := []string{"", "orderBy: {direction: DESC}", "orderBy: {field: OCCURRED_AT}", "orderBy: {field: OCCURRED_AT, direction: DESC}",
		`filter: {enrollmentId: "` + ann + `"}`, `filter: {enrollmentId: "` + ann + `"} orderBy: {field: OCCURRED_AT}`, "filter: {state: READY}"}
	cursors := make([]string, len(lists))
	for i, arguments := range lists {
		whole := s.list(s.key, program, "conversions", arguments+" first: 100", "externalId").values(t, "externalId")
		var walked []string
		after, more := "null", true
		for more {
			a := s.list(s.key, program, "conversions", arguments+" first: 1, after: "+after, "externalId")
			require.Empty(t, a.Errors, a.text)
			require.EqualValues(t, len(whole), a.at(t, "node", "it", "totalCount"), "of all pages")
			walked = append(walked, a.values(t, "externalId")...)
			more = a.at(t, "node", "it", "pageInfo", "hasNextPage").(bool)
			cursors[i] = quoted(a.at(t, "node", "it", "pageInfo", "endCursor").(string))
			after = cursors[i]
		}
		require.Equal(t, whole, walked, arguments)
		before := s.list(s.key, program, "conversions", arguments+" last: 1, before: "+after, "externalId")
		require.Equal(t, whole[len(whole)-2:len(whole)-1], before.values(t, "externalId"), arguments)
	}
	for i, arguments := range lists {
		for j, cursor := range cursors {
			a := s.list(s.key, program, "conversions", arguments+" first: 1, after: "+cursor, "externalId")
			if i == j {
				require.Empty(t, a.Errors)
				continue
			}
			require.Equal(t, "CURSOR_INVALID", a.Errors[0].Extensions["reason"], "%s with a cursor of %s", arguments, lists[j])
			require.Equal(t, []any{"after"}, a.Errors[0].Extensions["field"])
		}
		for _, nonsense := range []string{`""`, `"x"`, `"cursor."`, `"cursor.AAAA"`, `"cursor.!"`, `"` + strings.Repeat("cursor.", 20) + `"`} {
			a := s.list(s.key, program, "conversions", arguments+" first: 1, after: "+nonsense, "externalId")
			require.Equal(t, "CURSOR_MALFORMED", a.Errors[0].Extensions["reason"], nonsense)
		}
	}
	cut := cursors[2][:len(cursors[2])-4] + `"`
	require.Equal(t, "CURSOR_MALFORMED", s.list(s.key, program, "conversions", lists[2]+" first: 1, after: "+cut, "externalId").Errors[0].Extensions["reason"])
}

func TestAPartnerNarrowsWhatItSees(t *testing.T) {
	s, program, ann, ben := shop(t)
	token := s.partnerToken(s.enrolled("ben"), "ben@partners.example")
	mine := s.list(token, program, "conversions", "orderBy: {field: OCCURRED_AT}", "externalId")
	require.Equal(t, []string{"day-1"}, mine.values(t, "externalId"))
	require.EqualValues(t, 1, mine.at(t, "node", "it", "totalCount"), "and counts no more")
	for _, arguments := range []string{`filter: {externalId: "day-2"}`, `filter: {enrollmentId: "` + ann + `"}`} {
		none := s.list(token, program, "conversions", arguments, "externalId")
		require.Empty(t, none.values(t, "externalId"))
		require.EqualValues(t, 0, none.at(t, "node", "it", "totalCount"))
	}
	require.NotEmpty(t, s.list(token, ben, "conversions", `filter: {state: READY}`, "externalId").values(t, "externalId"))
	require.Equal(t, "FORBIDDEN", s.list(token, program, "enrollments", `filter: {partnerEmailPrefix: "ann"}`, "code").code())
}

func TestEnrollmentsAreNarrowedAndOrdered(t *testing.T) {
	s := serve(t)
	for i, name := range []string{"carl", "ann", "bob"} {
		s.Clock.Advance(time.Hour)
		e := s.Enroll(name, models.ID{})
		s.Do(func(tx *models.Tx) error {
			status := []models.EnrollmentStatus{models.EnrollmentStatusActive, models.EnrollmentStatusSuspended}[i%2]
			tags := []string{"vip", "t" + fmt.Sprint(i)}
			_, err := s.Programs.UpdateEnrollment(tx, s.Owner, e.ID, program.Change{Tags: &tags})
			if err == nil && status != models.EnrollmentStatusActive {
				err = tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("status", status).Error
			}
			return err
		})
	}
	id := s.Program.ID.Format(models.PrefixProgram)
	joined := s.enrolled("ann").CreatedAt.Format(time.RFC3339)
	names := func(arguments string) []string {
		a := s.list(s.key, id, "enrollments", arguments, "partner { name }")
		require.Empty(t, a.Errors, "%s: %s", arguments, a.text)
		var found []string
		for i := range a.at(t, "node", "it", "nodes").([]any) {
			found = append(found, a.at(t, "node", "it", "nodes", i, "partner", "name").(string))
		}
		return found
	}
	for arguments, want := range map[string][]string{
		"orderBy: {field: JOINED_AT, direction: DESC}": {"bob", "ann", "carl"},
		"filter: {status: SUSPENDED}":                  {"ann"},
		`filter: {tag: "vip"}`:                         {"carl", "ann", "bob"},
		`filter: {tag: "t2"}`:                          {"bob"},
		`filter: {tag: "t"}`:                           nil,
		`filter: {joinedAt: {from: "` + joined + `"}}`: {"ann", "bob"},
		`filter: {partnerNamePrefix: "b"}`:             {"bob"},
		`filter: {partnerNamePrefix: "B"}`:             nil,
		`filter: {partnerNamePrefix: "%"}`:             nil,
		`filter: {partnerEmailPrefix: "CARL"}`:         {"carl"},
		`filter: {partnerEmailPrefix: "c", partnerNamePrefix: "carl", status: ACTIVE} orderBy: {field: CODE}`: {"carl"},
	} {
		require.Equal(t, want, names(arguments), arguments)
	}
	for arguments, code := range map[string]string{
		`filter: {tag: "VIP!"}`:          "TAG_INVALID",
		`filter: {groupCode: "продажа"}`: "GROUP_CODE_INVALID",
	} {
		a := s.list(s.key, id, "enrollments", arguments, "code")
		require.Equal(t, code, a.Errors[0].Extensions["reason"], arguments)
		require.Equal(t, "filter", a.Errors[0].Extensions["field"].([]any)[0])
	}
}

func TestWhatElseIsNarrowedAndOrdered(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	for _, amount := range []string{"300.00", "100.00", "200.00"} {
		s.Sell("ann", amount)
	}
	e := s.enrolled("ann")
	s.coupon(e)
	_, _, err := s.Tracking.RecordClick(t.Context(), tracking.Visit{Code: "link-ann"})
	require.NoError(t, err)
	period := s.CloseMonth()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	programID, id := s.Program.ID.Format(models.PrefixProgram), ann.ID.Format(models.PrefixEnrollment)
	var batch models.PayoutBatch
	require.NoError(t, s.DB.Read(t.Context()).Take(&batch).Error)
	for _, c := range []struct {
		object, connection, arguments string
		want                          int
	}{
		{id, "commissions", "filter: {kind: EARNED} orderBy: {field: OCCURRED_AT, direction: DESC}", 3},
		{id, "commissions", `filter: {periodId: "` + period.ID.Format(models.PrefixPeriod) + `"}`, 3},
		{id, "commissions", "filter: {kind: REFUND}", 0},
		{programID, "periods", "filter: {state: CLOSED} orderBy: {field: KEY, direction: DESC}", 1},
		{programID, "payoutBatches", "filter: {state: CANCELED}", 0},
		{programID, "payoutBatches", "filter: {state: DRAFT} orderBy: {direction: DESC}", 1},
		{programID, "whatIfRuns", "filter: {state: DONE} orderBy: {direction: DESC}", 0},
		{programID, "clicks", "orderBy: {field: OCCURRED_AT, direction: DESC}", 1},
		{id, "links", `filter: {active: true, codePrefix: "link-"} orderBy: {direction: DESC}`, 1},
		{id, "links", `filter: {active: false}`, 0},
		{id, "coupons", `filter: {codePrefix: "~"}`, -1},
		{id, "coupons", `filter: {active: true}`, 1},
		{id, "payouts", `filter: {amount: {from: "60.00", to: "60.00"}}`, 1},
		{id, "payouts", `filter: {amount: {from: "60.01"}}`, 0},
		{id, "payouts", `filter: {amount: {from: "60.001"}}`, -1},
		{batch.ID.Format(models.PrefixBatch), "payouts", `filter: {enrollmentId: "` + id + `"} orderBy: {field: AMOUNT, direction: DESC}`, 1},
		{batch.ID.Format(models.PrefixBatch), "payouts", `filter: {amount: {to: "59.99"}} orderBy: {field: AMOUNT}`, 0},
	} {
		a := s.list(s.key, c.object, c.connection, c.arguments, "__typename")
		if c.want < 0 {
			require.Equal(t, "BAD_USER_INPUT", a.code(), "%s %s: %s", c.connection, c.arguments, a.text)
			continue
		}
		require.Empty(t, a.Errors, "%s %s: %s", c.connection, c.arguments, a.text)
		require.Len(t, a.at(t, "node", "it", "nodes"), c.want, "%s %s", c.connection, c.arguments)
		require.EqualValues(t, c.want, a.at(t, "node", "it", "totalCount"))
	}
}
