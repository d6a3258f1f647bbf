package commission_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// Every example of the plan files comes to the same lines in a database, through recording, the queue, and the close.
func TestExamplesComeToTheSameInTheDatabase(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	s := testkit.NewScene(t)
	n := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := commission.ParsePlanFile(data)
		require.NoError(t, err, name)
		for _, example := range file.Examples {
			n++
			if testing.Short() && n%5 != 0 {
				continue
			}
			t.Run(filepath.Base(name)+"/"+example.Name, func(t *testing.T) {
				if slices.ContainsFunc(example.Steps, isOfNothing) {
					t.Skip("a sale of nothing is refused when it is recorded")
				}
				play(t, s, file, example, n)
			})
		}
	}
}

func isOfNothing(step engine.EventSpec) bool {
	return step.Sale != nil && step.Sale.Amount == "0" && (step.Sale.Kind == "" || step.Sale.Kind == tracking.KindSale)
}

// theatre plays one example in a program of its own.
type theatre struct {
	*testkit.Scene
	t           *testing.T
	file        commission.PlanFile
	example     engine.ExampleSpec
	prefix      string
	program     models.Program
	enrollments map[string]models.Enrollment
	codes       map[engine.ID]string
	roots       map[string]models.ID // by the example's id
	kinds       map[string]string
	won         int
	rewritten   bool // a sponsor was changed as of an instant before the sales, which no merchant can
}

var premiere = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func play(t *testing.T, s *testkit.Scene, file commission.PlanFile, example engine.ExampleSpec, n int) {
	o := &theatre{Scene: s, t: t, file: file, example: example, prefix: fmt.Sprintf("c%d-", n), enrollments: map[string]models.Enrollment{},
		codes: map[engine.ID]string{}, roots: map[string]models.ID{}, kinds: map[string]string{}}
	o.publish()
	o.enroll()
	for _, step := range example.Steps {
		if step.Sale != nil && cmp.Or(step.Sale.Kind, tracking.KindSale) == tracking.KindSale && strings.Trim(step.Sale.Amount, "0.") == "" {
			return // the engine says what a sale of nothing comes to; the API takes none
		}
		o.run(step)
		_, err := s.Commission.Accrue(t.Context(), o.program.ID)
		require.NoError(t, err)
	}
	o.compare()
	o.compareWhatIf()
}

// do is Do of the scene for the subtest: an error ends only this example.
func (o *theatre) do(fn func(tx *models.Tx) error) {
	o.t.Helper()
	require.NoError(o.t, models.InTx(o.t.Context(), o.DB, fn))
}

func (o *theatre) publish() {
	o.Clock.Set(premiere)
	spec := o.file.Program
	spec.Slug, spec.AutoApprove, spec.MaxDepth = o.prefix+"program", true, 40
	earlier := slices.Clone(o.example.Earlier)
	slices.Reverse(earlier)
	o.do(func(tx *models.Tx) error {
		var err error
		if o.program, err = o.Programs.Apply(tx, o.Owner, spec); err != nil {
			return err
		}
		for _, plan := range append(earlier, o.file.Plan) {
			if _, err := o.Commission.Publish(tx, o.Owner, o.program.ID, plan); err != nil {
				return err
			}
		}
		return nil
	})
}

// enroll brings the partners in, sponsors before those they sponsor; codes are unique to the program.
func (o *theatre) enroll() {
	var bring func(code string)
	bring = func(code string) {
		if _, done := o.enrollments[code]; done {
			return
		}
		spec := o.example.Partners[code]
		var sponsor models.ID
		if spec.Sponsor != "" {
			bring(spec.Sponsor)
			sponsor = o.enrollments[spec.Sponsor].ID
		}
		o.do(func(tx *models.Tx) error {
			e, err := o.Programs.Enroll(tx, o.Owner, program.EnrollInput{ProgramID: o.program.ID, Email: o.prefix + code + "@partners.example", Name: code,
				Country: spec.Country, ExternalID: code, SponsorID: sponsor})
			if err != nil {
				return err
			}
			o.enrollments[code], o.codes[engine.ID(e.ID)] = e, code
			_, err = o.Programs.CreateLink(tx, o.Owner, program.CreateLinkInput{EnrollmentID: e.ID, DestinationURL: "https://" + o.file.Program.Domains[0] + "/", Code: o.link(code)})
			return err
		})
		o.describe(code, spec)
	}
	for _, code := range slices.Sorted(maps.Keys(o.example.Partners)) {
		bring(code)
	}
}

func (o *theatre) link(code string) string { return o.prefix + strings.ToLower(code) }

// describe makes an enrollment what the example says of it, whatever the ways of a merchant to do so.
func (o *theatre) describe(code string, p engine.PartnerSpec) {
	tags, err := json.Marshal(p.Tags)
	require.NoError(o.t, err)
	if len(p.Tags) == 0 {
		tags = nil
	}
	status := models.EnrollmentStatusActive
	if p.Inactive {
		status = models.EnrollmentStatusSuspended
	}
	e := o.enrollments[code]
	o.do(func(tx *models.Tx) error {
		var group *models.ID
		if p.Group != "" {
			var g models.Group
			if err := tx.Where("program_id = ? AND code = ?", o.program.ID, p.Group).Take(&g).Error; err != nil {
				return err
			}
			group = &g.ID
		}
		if err := tx.Model(&models.Partner{}).Where("id = ?", e.PartnerID).Update("country", p.Country).Error; err != nil {
			return err
		}
		return tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Updates(map[string]any{"code": code, "tags": string(tags), "status": status, "group_id": group}).Error
	})
}

func (o *theatre) run(step engine.EventSpec) {
	switch {
	case step.Sale != nil:
		o.sell(*step.Sale)
	case step.Refund != nil:
		o.refund(*step.Refund)
	case step.Void != "":
		o.refundAs(step.Void, tracking.RefundInput{Kind: models.RefundKindVoid})
	case step.Manual != nil:
		if step.Manual.At.Before(o.Clock.Now()) {
			o.LeaveOut(o.program.ID, "its line by hand is booked by a clock that is behind the close")
		}
		o.Clock.Set(step.Manual.At)
		o.do(func(tx *models.Tx) error {
			results, err := o.Commission.AddManualLines(tx, o.Owner, o.program.ID, []commission.ManualInput{{EnrollmentID: o.enrollments[step.Manual.To].ID, Amount: step.Manual.Amount, Reason: "as told"}})
			if err != nil {
				return err
			}
			return results[0].Err
		})
	case step.Placement != nil:
		p := step.Placement
		until := p.Until
		if until.IsZero() {
			until = models.OpenEnd
		}
		o.do(func(tx *models.Tx) error { // not as a merchant would, since that lets every month since then be closed
			return tx.Create(&models.PlacementAgreement{ID: models.NewID(), ProgramID: o.program.ID, EnrollmentID: o.enrollments[p.To].ID, Placement: p.ID,
				StartsAt: p.From, EndsAt: until}).Error
		})
	case step.Sponsor != nil:
		o.move(*step.Sponsor)
	case step.Partner != nil:
		o.describe(step.Partner.Code, step.Partner.PartnerSpec)
	default:
		o.close(step.Close)
	}
}

func (o *theatre) sell(sale engine.SaleSpec) {
	in := tracking.ConversionInput{ExternalID: sale.ID, Kind: sale.Kind, OccurredAt: sale.At, Currency: string(o.program.Currency), Amount: sale.Amount, Tax: sale.Tax,
		Shipping: sale.Shipping, Discount: sale.Discount, CustomerID: sale.Customer, LinkCode: o.link(sale.By), Coupon: sale.Coupon, Country: sale.Country, Metadata: sale.Metadata}
	if in.Amount == "" {
		in.Amount = "0"
	}
	for _, item := range sale.Items {
		in.Items = append(in.Items, tracking.Item{SKU: item.SKU, Name: item.Name, Category: item.Category, Quantity: max(item.Quantity, 1), Amount: item.Amount})
	}
	if sale.At.After(o.Clock.Now()) { // one that is told late is told now
		o.Clock.Set(sale.At)
	}
	e := o.enrollments[sale.By]
	o.do(func(tx *models.Tx) error {
		// Attribution asks for a seller in good standing; what an example shows is what pricing makes of it.
		var now models.Enrollment
		if err := tx.Where("id = ?", e.ID).Take(&now).Error; err != nil {
			return err
		}
		if err := tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("status", models.EnrollmentStatusActive).Error; err != nil {
			return err
		}
		result, err := o.Tracking.RecordConversion(tx, o.Owner, o.program.ID, in)
		if err != nil {
			return err
		}
		o.roots[sale.ID], o.kinds[sale.ID] = result.Conversion.RootID, result.Conversion.Kind
		if err := tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("status", now.Status).Error; err != nil {
			return err
		}
		subs := ""
		if len(sale.Subs) > 0 {
			text, err := json.Marshal(sale.Subs)
			if err != nil {
				return err
			}
			subs = string(text)
		}
		return tx.Model(&models.Attribution{}).Where("conversion_id = ?", result.Conversion.RootID).
			Updates(map[string]any{"method": sale.Method, "link_code": sale.Link, "sub_ids": subs}).Error
	})
}

func (o *theatre) refund(r engine.RefundSpec) {
	if !strings.HasPrefix(r.Amount, "-") {
		in := tracking.RefundInput{Amount: r.Amount}
		for _, sku := range slices.Sorted(maps.Keys(r.Items)) {
			in.Items = append(in.Items, tracking.RefundItem{SKU: sku, Amount: r.Items[sku]})
		}
		o.refundAs(r.Of, in)
		return
	}
	amount, err := money.Parse(r.Amount, o.program.Currency) // a dispute that was won, of whatever chargeback
	require.NoError(o.t, err)
	o.do(func(tx *models.Tx) error {
		row := models.Refund{ID: models.NewID(), ProgramID: o.program.ID, ConversionID: o.roots[r.Of], Source: "api", ExternalID: o.refundID(), OccurredAt: tx.Now,
			ReceivedAt: tx.Now, SourceAmountMinor: amount.Minor, AmountMinor: amount.Minor, Kind: models.RefundKindChargebackWon}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		var c models.Conversion
		if err := tx.Where("id = ?", o.roots[r.Of]).Take(&c).Error; err != nil {
			return err
		}
		return tx.Create(&models.AccrualItem{ProgramID: o.program.ID, Shard: int(c.EnrollmentID[15]) % tracking.Shards, ID: row.ID, RootID: c.ID, Kind: models.AccrualKindRefund}).Error
	})
}

func (o *theatre) refundID() string {
	o.won++
	return fmt.Sprintf("refund-%d", o.won)
}

func (o *theatre) refundAs(of string, in tracking.RefundInput) {
	in.ExternalID, in.ConversionExternalID, in.ConversionKind = o.refundID(), of, o.kinds[of]
	o.do(func(tx *models.Tx) error {
		in.OccurredAt = tx.Now
		_, _, err := o.Tracking.RecordRefund(tx, o.Owner, o.program.ID, in)
		return err
	})
}

// move changes a sponsor as of an instant that the example chooses, also one that is past.
func (o *theatre) move(c engine.SponsorSpec) {
	child := o.enrollments[c.Of].ID
	if c.At.Before(o.Clock.Now()) {
		o.rewritten = true
		o.LeaveOut(o.program.ID, "its tree is rewritten under lines that exist")
	}
	o.do(func(tx *models.Tx) error {
		if err := tx.Model(&models.SponsorEdge{}).Where("child_id = ? AND valid_to = ?", child, models.OpenEnd).Update("valid_to", c.At).Error; err != nil {
			return err
		}
		edge := models.SponsorEdge{ID: models.NewID(), ProgramID: o.program.ID, ChildID: child, SponsorID: o.enrollments[c.To].ID, ValidFrom: c.At, ValidTo: models.OpenEnd}
		if err := tx.Create(&edge).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE tree_versions SET version = version + 1 WHERE program_id = ?", o.program.ID).Error
	})
}

func (o *theatre) close(at time.Time) {
	zone, err := time.LoadLocation(o.program.TimeZone)
	require.NoError(o.t, err)
	key, from, to := engine.SpanOf(engine.PeriodKind(o.program.PeriodKind), zone, at)
	o.Clock.Set(to.Add(time.Hour))
	var due []models.Period
	o.do(func(tx *models.Tx) error { // also a period into which nothing fell
		_, err := models.BulkInsert(tx, models.Insert{Table: "periods", SkipExisting: true, Columns: []string{"id", "program_id", "period_key", "starts_at", "ends_at", "state", "line_count"}},
			[][]any{{models.NewID(), o.program.ID, key, from, to, models.PeriodStateOpen, 0}})
		return err
	})
	require.NoError(o.t, o.DB.Read(o.t.Context()).Where("program_id = ? AND state = ? AND ends_at <= ?", o.program.ID, models.PeriodStateOpen, to).Order("starts_at").Find(&due).Error)
	for _, p := range due {
		_, err = o.Commission.Close(o.t.Context(), p.ID)
		require.NoError(o.t, err, key)
	}
}

func (o *theatre) compare() {
	zone, err := time.LoadLocation(o.program.TimeZone)
	require.NoError(o.t, err)
	names := map[models.ID]string{}
	for name, root := range o.roots {
		names[root] = name
	}
	var rows []struct {
		models.Commission
		PeriodKey string
	}
	require.NoError(o.t, o.DB.Read(o.t.Context()).Table("commissions").Joins("JOIN periods q ON q.id = commissions.period_id").
		Where("commissions.program_id = ?", o.program.ID).Order("commissions.id").Select("commissions.*, q.period_key").Scan(&rows).Error)
	var lines []engine.Line
	for _, r := range rows {
		lines = append(lines, engine.Line{Share: engine.Share{Enrollment: engine.ID(r.EnrollmentID), Level: r.Level, Basis: r.BasisMinor, Rate: money.Rate(r.RatePpm), Amount: r.AmountMinor},
			RuleID: r.RuleID, Kind: engine.LineKind(r.Kind), Source: names[r.SourceID], Period: r.PeriodKey, MaturesAt: r.MaturesAt})
	}
	stopped := map[string]bool{}
	var stalls []models.StalledConversion
	require.NoError(o.t, o.DB.Read(o.t.Context()).Where("program_id = ?", o.program.ID).Find(&stalls).Error)
	for _, stall := range stalls {
		stopped[names[stall.RootID]] = true
	}
	in := engine.Setting{Terms: engine.Terms{Currency: o.program.Currency, Zone: zone}, PeriodKind: engine.PeriodKind(o.program.PeriodKind)}
	require.NoError(o.t, o.example.Compare(lines, o.codes, stopped, in))
	for _, r := range rows {
		if !o.rewritten {
			requireAgrees(o.t, o.Scene, r.ID)
		}
	}
}
