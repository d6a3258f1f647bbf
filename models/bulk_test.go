package models_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

var merchantColumns = []string{"id", "slug", "name", "created_at"}

func merchantRows(tx *models.Tx, from, to int) [][]any {
	var rows [][]any
	for i := from; i < to; i++ {
		rows = append(rows, []any{models.NewID(), fmt.Sprintf("m%d", i), fmt.Sprintf("Merchant %d", i), tx.Now})
	}
	return rows
}

func TestBulkInsertCrossesItsStatementBound(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	total := 0
	for _, n := range []int{0, 1, 999, 1000, 1001, 2500} {
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
			written, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, merchantRows(tx, total, total+n))
			require.EqualValues(t, n, written)
			return err
		}))
		total += n
		require.EqualValues(t, total, countMerchants(t, db))
	}
	var last models.Merchant
	require.NoError(t, db.Read(t.Context()).Where("slug = ?", fmt.Sprintf("m%d", total-1)).Take(&last).Error)
	require.Equal(t, fmt.Sprintf("Merchant %d", total-1), last.Name)
}

func TestBulkInsertRefusesADuplicateAndWritesNothing(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	err := models.InTx(t.Context(), db, func(tx *models.Tx) error {
		rows := append(merchantRows(tx, 0, 1500), merchantRows(tx, 0, 1)...)
		_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, rows)
		return err
	})
	require.True(t, models.IsDuplicate(err))
	require.Zero(t, countMerchants(t, db))
}

func TestBulkInsertSkipsExisting(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		in := models.Insert{Table: "merchants", Columns: merchantColumns, SkipExisting: true}
		written, err := models.BulkInsert(tx, in, merchantRows(tx, 0, 10))
		require.NoError(t, err)
		require.EqualValues(t, 10, written)
		written, err = models.BulkInsert(tx, in, merchantRows(tx, 5, 15))
		require.NoError(t, err)
		require.EqualValues(t, 5, written)
		return nil
	}))
	require.EqualValues(t, 15, countMerchants(t, db))
}

func TestBulkInsertAddsToExistingRows(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	program := models.NewID()
	owners := make([]models.ID, 2000)
	for i := range owners {
		owners[i] = models.NewID()
	}
	in := models.Insert{Table: "ledger_balances", Columns: []string{"owner_id", "account", "program_id", "currency", "balance_minor"},
		Keys: []string{"owner_id", "account"}, AddTo: []string{"balance_minor"}}
	add := func(amount func(i int) int64, owners []models.ID) {
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
			rows := make([][]any, len(owners))
			for i, o := range owners {
				rows[i] = []any{o, models.AccountPayable, program, "EUR", amount(i)}
			}
			_, err := models.BulkInsert(tx, in, rows)
			return err
		}))
	}
	add(func(i int) int64 { return int64(i) }, owners[:1500])
	add(func(i int) int64 { return -3 }, owners)
	add(func(i int) int64 { return 1 }, append(owners[:1:1], owners[0])) // one row twice in one statement
	var rows []models.Balance
	require.NoError(t, db.Read(t.Context()).Where("program_id = ?", program).Order("owner_id").Find(&rows).Error)
	require.Len(t, rows, len(owners))
	for i, r := range rows {
		want := int64(-3)
		if i < 1500 {
			want += int64(i)
		}
		if i == 0 {
			want += 2
		}
		require.Equal(t, want, r.BalanceMinor, "row %d", i)
		require.Equal(t, owners[i], r.OwnerID)
	}
}
