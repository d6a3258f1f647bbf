package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

const (
	partnersHeader    = "external_id,email,name,country,link_code,sponsor_external_id,group\n"
	conversionsHeader = "external_id,kind,occurred_at,currency,amount,tax,shipping,discount,customer_id,link_code,coupon,click_id,items\n"
	refundsHeader     = "external_id,conversion_external_id,occurred_at,amount,reason\n"
)

// stage is a scene with an importer, and a program that has groups and room for deep trees.
type stage struct {
	*testkit.Scene
	files *Service
}

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{Scene: testkit.NewScene(t)}
	s.files = New(s.DB, s.Programs, s.Tracking)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC", MaxDepth: 20,
			Domains: []string{"acme.example"}, AutoApprove: true, Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: "50.00"},
			Groups: []program.GroupSpec{{Code: "gold"}, {Code: "silver"}}})
		return err
	})
	return s
}

func (s *stage) input(kind models.ImportKind, text string) Input {
	return Input{ProgramID: s.Program.ID, Kind: kind, File: strings.NewReader(text)}
}

func (s *stage) load(kind models.ImportKind, text string) (Summary, error) {
	s.T.Helper()
	return s.files.Import(s.T.Context(), s.Owner, s.input(kind, text))
}

// must imports and checks that the counts add up.
func (s *stage) must(kind models.ImportKind, text string) Summary {
	s.T.Helper()
	summary, err := s.load(kind, text)
	require.NoError(s.T, err)
	require.Equal(s.T, summary.Rows, summary.Earlier+summary.Recorded+summary.Restated+summary.Unchanged+summary.Rejected)
	require.Len(s.T, s.rejected(summary), int(summary.Rejected))
	return summary
}

// rejected lists a run's rejections as "line code field".
func (s *stage) rejected(summary Summary) []string {
	s.T.Helper()
	all, err := s.files.Rejections(s.T.Context(), s.Owner, summary.RunID)
	require.NoError(s.T, err)
	found := []string{}
	for r, err := range all {
		require.NoError(s.T, err)
		require.NotEmpty(s.T, r.Message)
		found = append(found, strings.TrimSpace(fmt.Sprintf("%d %s %s", r.Line, r.Code, r.Field)))
	}
	return found
}

// dump gives every row of every table but those of imports and of the audit log, which has an import's start, so that two dumps are equal only when nothing changed.
func dump(t testing.TB, db *models.DB) map[string][]string {
	t.Helper()
	tables := map[string][]string{}
	for _, row := range models.All() {
		name := row.(interface{ TableName() string }).TableName()
		if strings.HasPrefix(name, "import_") || strings.HasPrefix(name, "audit_") {
			continue
		}
		var rows []map[string]any
		require.NoError(t, db.Read(t.Context()).Table(name).Find(&rows).Error)
		tables[name] = []string{}
		for _, r := range rows {
			tables[name] = append(tables[name], fmt.Sprint(r))
		}
		slices.Sort(tables[name])
	}
	return tables
}

// content gives what the tables say without the ids and instants that differ between two databases.
func content(t testing.TB, db *models.DB) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for name, query := range map[string]string{
		"partners": "SELECT email, name, country FROM partners",
		"enrollments": `SELECT e.external_id, p.email, e.status, g.code FROM enrollments e JOIN partners p ON p.id = e.partner_id
			LEFT JOIN partner_groups g ON g.id = e.group_id`,
		"edges":     "SELECT c.external_id AS child, s.external_id AS sponsor, x.reason FROM sponsor_edges x JOIN enrollments c ON c.id = x.child_id JOIN enrollments s ON s.id = x.sponsor_id",
		"versions":  "SELECT version FROM tree_versions",
		"links":     "SELECT l.code, l.destination_url, e.external_id FROM links l JOIN enrollments e ON e.id = l.enrollment_id",
		"customers": `SELECT c.external_id, e.external_id AS bound FROM customers c LEFT JOIN enrollments e ON e.id = c.enrollment_id`,
		"conversions": `SELECT c.external_id, c.kind, c.revision, c.state, c.occurred_at, c.source_currency, c.source_amount_minor, c.amount_minor,
			c.tax_minor, c.shipping_minor, c.discount_minor, c.items, e.external_id AS seller FROM conversions c LEFT JOIN enrollments e ON e.id = c.enrollment_id`,
		"attributions": "SELECT c.external_id, c.kind, a.method, a.hold_reason, a.policy FROM attributions a JOIN conversions c ON c.id = a.conversion_id",
		"refunds":      "SELECT r.external_id, c.external_id AS sale, r.amount_minor, r.occurred_at, r.reason FROM refunds r JOIN conversions c ON c.id = r.conversion_id",
		"queue": `SELECT q.kind, c.external_id, c.revision, r.external_id AS refund FROM accrual_queue q
			LEFT JOIN conversions c ON c.id = q.id LEFT JOIN refunds r ON r.id = q.id`,
		"runs":       "SELECT kind, rows_done, rejected, finished_at IS NOT NULL AS finished FROM import_runs",
		"rejections": "SELECT r.kind, x.line, x.code, x.field, x.message FROM import_rejections x JOIN import_runs r ON r.id = x.run_id",
	} {
		var rows []map[string]any
		require.NoError(t, db.Read(context.WithoutCancel(t.Context())).Raw(query).Scan(&rows).Error)
		found[name] = []string{}
		for _, r := range rows {
			found[name] = append(found[name], fmt.Sprint(r))
		}
		slices.Sort(found[name])
	}
	return found
}

func stranger(s *stage) access.Caller {
	var other models.Merchant
	s.Do(func(tx *models.Tx) (err error) {
		other, err = s.Programs.CreateMerchant(tx, "other", "Other")
		return err
	})
	return access.System("stranger", other.ID)
}

// sale is a line of a conversions file.
func sale(id, amount, more string) string {
	return id + ",SALE,2026-01-02T10:00:00Z,GBP," + amount + more + "\n"
}

const shortHeader = "external_id,kind,occurred_at,currency,amount\n"
