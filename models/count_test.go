package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

func TestListsAreCountedTogether(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	var lists []*models.Whole
	var want []int
	for _, n := range []int{3, 0, 7} {
		program := models.NewID()
		orders(t, db, program, max(n, 1))
		query := db.Read(t.Context()).Where("program_id = ? AND revision <= ?", program, min(n, 1))
		slice, err := models.FetchPage[models.Conversion](query, "id", models.Page{Size: 2})
		require.NoError(t, err)
		lists, want = append(lists, slice.Whole), append(want, n)
	}
	_, known := lists[0].Known()
	require.False(t, known)
	empty, known := lists[1].Known()
	require.True(t, known, "the page was all")
	require.Zero(t, empty)
	statements := testkit.CountStatements(t, db)
	counts, err := models.CountAll(db.Read(t.Context()), lists)
	require.NoError(t, err)
	require.EqualValues(t, 1, statements.Load())
	for i, list := range lists {
		require.Equal(t, want[i], counts[list])
	}
}

func TestCountingEndsSomewhere(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	add := func(from, to int) {
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
			_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, merchantRows(tx, from, to))
			return err
		}))
	}
	count := func() int {
		slice, err := models.FetchPage[models.Merchant](db.Read(t.Context()), "id", models.Page{Size: 1})
		require.NoError(t, err)
		counts, err := models.CountAll(db.Read(t.Context()), []*models.Whole{slice.Whole})
		require.NoError(t, err)
		return counts[slice.Whole]
	}
	add(0, models.MaxCount)
	require.Equal(t, models.MaxCount, count())
	add(models.MaxCount, models.MaxCount+1)
	require.Equal(t, models.MaxCount+1, count())
	add(models.MaxCount+1, models.MaxCount+2)
	require.Equal(t, models.MaxCount+1, count(), "there are more")
}
