package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

func TestWhatIsWrittenLastlyIsCommittedWithItsEntries(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	into := models.Insert{Table: "merchants", Columns: merchantColumns}
	write := func(from, to int) func(tx *models.Tx) error {
		return func(tx *models.Tx) error {
			tx.WriteLastly()
			rows := merchantRows(tx, from, to)
			rows[0][2] = "O'Neil; DROP TABLE merchants; -- \\"
			for _, part := range [][][]any{rows[:1], rows[1:]} {
				written, err := models.BulkInsert(tx, into, part)
				if err != nil {
					return err
				}
				require.EqualValues(t, len(part), written)
			}
			return nil
		}
	}
	require.Len(t, noted(t, db, write(0, 3)), 3)
	require.EqualValues(t, 3, countMerchants(t, db))
	var first models.Merchant
	require.NoError(t, db.Read(t.Context()).Where("slug = ?", "m0").Take(&first).Error)
	require.Equal(t, "O'Neil; DROP TABLE merchants; -- \\", first.Name)

	err := models.InTx(t.Context(), db, write(2, 5))
	require.True(t, models.IsDuplicate(err), "%v", err)
	require.EqualValues(t, 3, countMerchants(t, db), "all of it or nothing")
}

func TestRowsOfSeveralRequestsAreNotedAsTheirs(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	ada, bob := models.Origin{Actor: "user:ada", Action: "sell", RequestID: "a"}, models.Origin{Actor: "user:bob", Action: "sell", RequestID: "b"}
	origins := []models.Origin{ada, ada, bob}
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns, Origins: origins}, merchantRows(tx, 0, 3))
		if err != nil {
			return err
		}
		_, err = models.BulkWrite(tx, models.Insert{Table: "customers", Columns: []string{"id", "program_id", "external_id", "created_at"}, Origins: origins}, 3,
			func(i int, row *models.Row) {
				row.ID(models.NewID())
				row.ID(models.NewID())
				row.Text(string(rune('a' + i)))
				row.Time(tx.Now)
			})
		return err
	}))
	for actor, rows := range map[string][]int64{"user:ada": {1, 1, 2}, "user:bob": {1, 1}} { // merchants one by one, customers counted
		var entries []models.AuditEntry
		require.NoError(t, db.Read(t.Context()).Where("actor = ?", actor).Order("id").Find(&entries).Error)
		var counts []int64
		for _, e := range entries {
			counts = append(counts, e.RowCount)
			require.Equal(t, e.ContentDigest(), e.Digest)
		}
		require.Equal(t, rows, counts, actor)
	}
}
