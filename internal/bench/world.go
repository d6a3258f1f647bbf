package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// world is a program with a heavy-tailed tree of partners and conversions that wait to be priced.
type world struct {
	db       *models.DB
	program  models.Program
	partners []models.ID
	sold     int
	random   *rand.Rand
	start    time.Time
}

const (
	rowsPerCommit  = 10_000
	customersPer10 = 4 // customers for ten conversions
)

// The plan of the measurements: the seller and two levels above it, three lines for most conversions.
func benchPlan(from time.Time) commission.PlanSpec {
	return commission.PlanSpec{EffectiveFrom: from, HoldDays: 14, MaxTotal: "15%", Exclude: []string{"tax", "shipping"},
		Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "50%", Of: "below"}}, Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}}
}

func newWorld(ctx context.Context, db *models.DB, partners int) (*world, error) {
	return newWorldAt(ctx, db, partners, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

func newWorldAt(ctx context.Context, db *models.DB, partners int, start time.Time) (*world, error) {
	w := &world{db: db, random: rand.New(rand.NewPCG(1, 2)), start: start}
	programs := program.New(db, access.New(db, "a secret that signs nothing here"))
	err := models.InTx(ctx, db, func(tx *models.Tx) error {
		merchant, err := programs.CreateMerchant(tx, "bench", "Bench")
		if err != nil {
			return err
		}
		owner := access.System("bench", merchant.ID)
		w.program, err = programs.Apply(tx, owner, program.Spec{Slug: "bench", Name: "Bench", Currency: "EUR", TimeZone: "UTC", Domains: []string{"bench.example"}, MaxDepth: 1000})
		if err != nil {
			return err
		}
		_, err = commission.New(db).Publish(tx, owner, w.program.ID, benchPlan(w.start))
		return err
	})
	if err != nil {
		return nil, err
	}
	return w, w.recruit(ctx, partners)
}

var enrollmentColumns = []string{"id", "program_id", "merchant_id", "partner_id", "code", "status", "rail", "payout_hold_reason", "created_at", "decided_by"}

// recruit grows the tree by preferential attachment: a newcomer's sponsor is drawn as likely as it has recruits
// already, so that few recruit many. Every twentieth comes without a sponsor.
func (w *world) recruit(ctx context.Context, n int) error {
	var ends []int // each enrollment once, and once more for each it recruited
	edges, enrollments := [][]any{}, [][]any{}
	for i := range n {
		id := models.NewID()
		w.partners = append(w.partners, id)
		enrollments = append(enrollments, []any{id, w.program.ID, w.program.MerchantID, models.NewID(), fmt.Sprintf("p%07d", i), models.EnrollmentStatusActive, "", "", w.start, "bench"})
		if i > 0 && i%20 != 0 {
			sponsor := ends[w.random.IntN(len(ends))]
			edges = append(edges, []any{models.NewID(), w.program.ID, id, w.partners[sponsor], time.Unix(0, 0).UTC(), models.OpenEnd, "bench", "recruited"})
			ends = append(ends, sponsor)
		}
		ends = append(ends, i)
	}
	if err := w.insert(ctx, "enrollments", enrollmentColumns, enrollments); err != nil {
		return err
	}
	return w.insert(ctx, "sponsor_edges", []string{"id", "program_id", "child_id", "sponsor_id", "valid_from", "valid_to", "actor", "reason"}, edges)
}

func (w *world) insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	for start := 0; start < len(rows); start += rowsPerCommit {
		err := models.InTx(ctx, w.db, func(tx *models.Tx) error {
			_, err := models.BulkInsert(tx, models.Insert{Table: table, Columns: columns}, rows[start:min(start+rowsPerCommit, len(rows))])
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var conversionColumns = []string{"id", "root_id", "program_id", "source", "external_id", "kind", "revision", "content_hash", "state",
	"occurred_at", "received_at", "customer_id", "enrollment_id", "source_currency", "source_amount_minor", "fx_rate", "fx_source",
	"amount_minor", "tax_minor", "shipping_minor", "discount_minor", "items"}

// sell adds n conversions to the queue, over 60 days, each by a partner drawn at random.
func (w *world) sell(ctx context.Context, n int) error {
	for done := 0; done < n; done += rowsPerCommit {
		conversions, queue := [][]any{}, [][]any{}
		for range min(rowsPerCommit, n-done) {
			seller := w.partners[w.random.IntN(len(w.partners))]
			c, q := w.sale(seller, w.start.Add(time.Duration(w.random.Int64N(60*24*3600))*time.Second), 100+w.random.Int64N(50_000))
			conversions, queue = append(conversions, c), append(queue, q)
		}
		if err := w.insertSales(ctx, conversions, queue); err != nil {
			return err
		}
	}
	return nil
}

// sale gives the rows of one conversion and of its place in the queue.
func (w *world) sale(seller models.ID, at time.Time, gross int64) (conversion, queued []any) {
	id, customer := models.NewID(), w.customer()
	conversion = []any{id, id, w.program.ID, "api", fmt.Sprintf("order-%d", w.sold), tracking.KindSale, 1,
		models.Hash{}, models.ConversionStateReady, at, at, customer, seller, "EUR", gross, "", "", gross, gross / 6, int64(99), int64(0), ""}
	w.sold++
	return conversion, []any{w.program.ID, int(seller[15]) % tracking.Shards, id, id, models.AccrualKindConversion}
}

func (w *world) insertSales(ctx context.Context, conversions, queue [][]any) error {
	if err := w.insert(ctx, "conversions", conversionColumns, conversions); err != nil {
		return err
	}
	return w.insert(ctx, "accrual_queue", []string{"program_id", "shard", "id", "root_id", "kind"}, queue)
}

// customer draws one of the customers that there are so far, or a new one.
func (w *world) customer() models.ID {
	var id models.ID
	binary.BigEndian.PutUint64(id[8:], w.random.Uint64N(uint64(w.sold*customersPer10/10+1)))
	return id
}

// makePeriods adds the periods that the lines will fall into, so that both ways find them.
func (w *world) makePeriods(ctx context.Context) error {
	var rows [][]any
	for month := range 4 {
		from, to := w.start.AddDate(0, month, 0), w.start.AddDate(0, month+1, 0)
		rows = append(rows, []any{models.NewID(), w.program.ID, from.Format("2006-01"), from, to, models.PeriodStateOpen, 0})
	}
	return w.insert(ctx, "periods", []string{"id", "program_id", "period_key", "starts_at", "ends_at", "state", "line_count"}, rows)
}
