package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/testkit"
	"tributary/models"
)

func TestPageSizes(t *testing.T) {
	for size, want := range map[int]int{0: models.DefaultPageSize, 1: 1, models.MaxPageSize: models.MaxPageSize} {
		p, err := models.Page{Size: size}.Check()
		require.NoError(t, err)
		require.Equal(t, want, p.Size)
	}
	db, _ := testkit.OpenDB(t)
	for _, size := range []int{-1, models.MaxPageSize + 1} {
		_, err := models.FetchPage[models.Merchant](db.Read(t.Context()), "id", models.Page{Size: size})
		require.ErrorIs(t, err, models.ErrPageSize)
	}
}

func TestFetchPageWalksBothWays(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	var all []models.ID
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		rows := merchantRows(tx, 0, 25)
		for _, r := range rows {
			all = append(all, r[0].(models.ID))
		}
		_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, rows)
		return err
	}))
	fetch := func(p models.Page) ([]models.ID, bool) {
		slice, err := models.FetchPage[models.Merchant](db.Read(t.Context()), "id", p)
		require.NoError(t, err)
		ids := make([]models.ID, len(slice.Rows))
		for i, r := range slice.Rows {
			ids[i] = r.ID
		}
		return ids, slice.HasMore
	}
	for _, size := range []int{1, 4, 5, 24, 25, 26, 100} {
		var forward []models.ID
		for page, more := (models.Page{Size: size}), true; more; {
			var ids []models.ID
			ids, more = fetch(page)
			require.LessOrEqual(t, len(ids), size)
			forward = append(forward, ids...)
			require.Equal(t, len(forward) < len(all), more, "size %d", size)
			page.After = ids[len(ids)-1]
		}
		require.Equal(t, all, forward)

		var backward []models.ID
		for page, more := (models.Page{Size: size, Backward: true}), true; more; {
			var ids []models.ID
			ids, more = fetch(page)
			backward = append(ids, backward...)
			require.Equal(t, len(backward) < len(all), more)
			page.After = ids[0]
		}
		require.Equal(t, all, backward)
	}
	ids, more := fetch(models.Page{After: all[len(all)-1]})
	require.Empty(t, ids)
	require.False(t, more)
	ids, more = fetch(models.Page{After: all[10], Backward: true, Size: 3})
	require.Equal(t, all[7:10], ids)
	require.True(t, more)
}

func TestFetchPageIsOneStatementWhateverTheSize(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, merchantRows(tx, 0, 150))
		return err
	}))
	statements := 0
	query := db.Read(t.Context())
	require.NoError(t, query.Callback().Row().After("gorm:row").Register("count", func(*gorm.DB) { statements++ }))
	for _, size := range []int{1, 10, 100} {
		statements = 0
		_, err := models.FetchPage[models.Merchant](query, "id", models.Page{Size: size})
		require.NoError(t, err)
		require.Equal(t, 1, statements)
	}
}
