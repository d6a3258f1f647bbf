package models_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/testkit"
	"tributary/models"
)

// orders records n conversions of a program, three at each instant, of which every hundredth awaits its rate.
func orders(t *testing.T, db *models.DB, program models.ID, n int) []models.Conversion {
	t.Helper()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	rows := make([]models.Conversion, n)
	for i := range rows {
		id := models.NewID()
		rows[i] = models.Conversion{ID: id, RootID: id, ProgramID: program, Source: "api", ExternalID: fmt.Sprintf("order-%d", i), Kind: "SALE", Revision: 1,
			State: models.ConversionStateReady, OccurredAt: start.Add(time.Duration(i*7919%n/3) * time.Second), ReceivedAt: start, SourceCurrency: "GBP"}
		if i%100 == 0 {
			rows[i].State = models.ConversionStateAwaitingRate
		}
	}
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error { return tx.CreateInBatches(rows, 500).Error }))
	return rows
}

func TestFetchPageWalksEveryOrderBothWays(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	program := models.NewID()
	rows := orders(t, db, program, 25)
	orders(t, db, models.NewID(), 5)
	for name, sort := range map[string]struct {
		order   models.Order
		compare func(a, b models.Conversion) int
	}{
		"ids, last first": {models.Order{Descending: true}, func(a, b models.Conversion) int { return -slices.Compare(a.ID[:], b.ID[:]) }},
		"instants": {models.Order{Column: "occurred_at"}, func(a, b models.Conversion) int {
			return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), slices.Compare(a.ID[:], b.ID[:]))
		}},
		"instants, last first": {models.Order{Column: "occurred_at", Descending: true}, func(a, b models.Conversion) int {
			return -cmp.Or(a.OccurredAt.Compare(b.OccurredAt), slices.Compare(a.ID[:], b.ID[:]))
		}},
	} {
		all := slices.SortedFunc(slices.Values(rows), sort.compare)
		for _, size := range []int{1, 2, 7, 24, 25, 26} {
			for _, backward := range []bool{false, true} {
				page := models.Page{Size: size, Backward: backward, Order: sort.order}
				var walked []models.Conversion
				for more := true; more; {
					slice, err := models.FetchPage[models.Conversion](db.Read(t.Context()).Where("program_id = ?", program), "id", page)
					require.NoError(t, err)
					more = slice.HasMore
					end := slice.Rows[len(slice.Rows)-1]
					walked = append(walked, slice.Rows...)
					if backward {
						end = slice.Rows[0]
						walked = slices.Concat(slice.Rows, walked[:len(walked)-len(slice.Rows)])
					}
					page.After, page.Value = end.ID, end.OccurredAt
				}
				require.Equal(t, externalIDs(all), externalIDs(walked), "%s, size %d, backward %v", name, size, backward)
			}
		}
	}
}

func externalIDs(rows []models.Conversion) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ExternalID
	}
	return ids
}

// A page reads about as many rows as it has, wherever it begins and whichever way it goes.
func TestAPageReadsItsRowsOnly(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	program := models.NewID()
	rows := orders(t, db, program, 3000)
	orders(t, db, models.NewID(), 300)
	middle := rows[1500]
	ofProgram := func(q *gorm.DB) *gorm.DB { return q.Where("program_id = ?", program) }
	if db.IsMySQL() {
		require.NoError(t, db.Read(t.Context()).Raw("ANALYZE TABLE conversions").Scan(&[]map[string]any{}).Error)
	}
	for name, c := range map[string]struct {
		narrow func(*gorm.DB) *gorm.DB
		order  models.Order
		index  string
	}{
		"ids":                  {ofProgram, models.Order{}, "conversions_listed"},
		"ids, last first":      {ofProgram, models.Order{Descending: true}, "conversions_listed"},
		"instants":             {ofProgram, models.Order{Column: "occurred_at"}, "conversions_occurred"},
		"instants, last first": {ofProgram, models.Order{Column: "occurred_at", Descending: true}, "conversions_occurred"},
		"of a state": {func(q *gorm.DB) *gorm.DB { return ofProgram(q).Where("state = ?", models.ConversionStateAwaitingRate) },
			models.Order{}, "conversions_state"},
		"of an order": {func(q *gorm.DB) *gorm.DB { return ofProgram(q).Where("external_id = ?", middle.ExternalID) }, models.Order{}, "conversions_external"},
	} {
		for _, backward := range []bool{false, true} {
			for _, after := range []models.Conversion{{}, middle} {
				page := models.Page{Size: 10, Backward: backward, Order: c.order, After: after.ID, Value: after.OccurredAt}
				page = page.Through(c.index)
				require.NoError(t, db.Read(t.Context()).Connection(func(conn *gorm.DB) error {
					conn = conn.Session(&gorm.Session{NewDB: true})
					note := fmt.Sprintf("%s, backward %v, from the middle %v", name, backward, !after.ID.IsZero())
					requireFewReads(t, db, conn, note, c.index, func(q *gorm.DB) error {
						_, err := models.FetchPage[models.Conversion](c.narrow(q), "id", page)
						return err
					})
					return nil
				}), name)
			}
		}
	}
}

// requireFewReads counts the rows that MySQL reads for a page of ten; SQLite only tells its plan.
func requireFewReads(t *testing.T, db *models.DB, conn *gorm.DB, note, index string, fetch func(*gorm.DB) error) {
	t.Helper()
	if db.IsMySQL() {
		start := rowsRead(t, conn)
		before := rowsRead(t, conn) // asking reads rows too
		require.NoError(t, fetch(conn))
		require.LessOrEqual(t, rowsRead(t, conn)-before-(before-start), 10+5, note)
		return
	}
	var asked string
	var values []any
	const hook = "test:plan"
	require.NoError(t, conn.Callback().Row().After("gorm:row").Register(hook, func(g *gorm.DB) {
		asked, values = g.Statement.SQL.String(), slices.Clone(g.Statement.Vars)
	}))
	require.NoError(t, fetch(conn))
	require.NoError(t, conn.Callback().Row().Remove(hook))
	var plan []struct{ Detail string }
	require.NoError(t, conn.Raw("EXPLAIN QUERY PLAN "+asked, values...).Scan(&plan).Error)
	var text strings.Builder
	for _, step := range plan {
		text.WriteString(step.Detail + "\n")
	}
	require.NotContains(t, text.String(), "TEMP B-TREE", note)
	require.Contains(t, text.String(), index, note)
}

func rowsRead(t *testing.T, conn *gorm.DB) int {
	t.Helper()
	var status []struct {
		Name  string `gorm:"column:Variable_name"`
		Value int    `gorm:"column:Value"`
	}
	require.NoError(t, conn.Raw("SHOW SESSION STATUS LIKE 'Handler_read%'").Scan(&status).Error)
	sum := 0
	for _, s := range status {
		sum += s.Value
	}
	return sum
}
