package access_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/testkit"
	"tributary/models"
)

type request struct{ Name string }

type answer struct {
	ID   models.ID
	Text string
}

func once(t *testing.T, db *models.DB, by access.Caller, operation, key string, in request, fn func(tx *models.Tx) (answer, error)) (got answer, err error) {
	err = models.InTx(t.Context(), db, func(tx *models.Tx) (err error) {
		got, err = access.Once(tx, by, operation, key, in, func() (answer, error) { return fn(tx) })
		return err
	})
	return got, err
}

func TestOnceReplays(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	by, runs := access.System("test", models.NewID()), 0
	run := func(*models.Tx) (answer, error) {
		runs++
		return answer{ID: models.NewID(), Text: "😀"}, nil
	}
	first, err := once(t, db, by, "create", "key-1", request{"a"}, run)
	require.NoError(t, err)
	second, err := once(t, db, by, "create", "key-1", request{"a"}, run)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, 1, runs)

	other, err := once(t, db, by, "create", "key-1", request{"b"}, run)
	require.ErrorIs(t, err, access.ErrKeyReused)
	require.Zero(t, other)
	require.Equal(t, 1, runs)

	for _, c := range []struct {
		by             access.Caller
		operation, key string
	}{{by, "create", "KEY-1"}, {by, "delete", "key-1"}, {access.System("test", models.NewID()), "create", "key-1"}} {
		_, err := once(t, db, c.by, c.operation, c.key, request{"a"}, run)
		require.NoError(t, err)
	}
	require.Equal(t, 4, runs, "tenant, operation and key each make it another request")
}

func TestOnceForgetsFailures(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	by, refusal := access.System("test", models.NewID()), errors.New("refused")
	_, err := once(t, db, by, "create", "key", request{"a"}, func(*models.Tx) (answer, error) { return answer{}, refusal })
	require.ErrorIs(t, err, refusal)
	got, err := once(t, db, by, "create", "key", request{"b"}, func(*models.Tx) (answer, error) { return answer{Text: "done"}, nil })
	require.NoError(t, err)
	require.Equal(t, "done", got.Text)
}

func TestOnceRefusesBadKeys(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	never := func(*models.Tx) (answer, error) { panic("ran") }
	_, err := once(t, db, access.Caller{}, "create", "key", request{}, never)
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	by := access.System("test", models.NewID())
	for _, key := range []string{"", "with space", "tab\t", "ünicode", strings.Repeat("k", 191)} {
		_, err := once(t, db, by, "create", key, request{}, never)
		require.ErrorIs(t, err, access.ErrKeyInvalid, "key %q", key)
	}
	_, err = once(t, db, by, "create", strings.Repeat("~", 190), request{}, func(*models.Tx) (answer, error) { return answer{}, nil })
	require.NoError(t, err)
}

func TestOnceRunsOnceForParallelSenders(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	by := access.System("test", models.NewID())
	const senders = 12
	var done sync.WaitGroup
	var runs atomic.Int32
	answers, failures := make([]answer, senders), make([]error, senders)
	for i := range senders {
		done.Go(func() {
			answers[i], failures[i] = once(t, db, by, "create", "same", request{"a"}, func(tx *models.Tx) (answer, error) {
				runs.Add(1)
				m := models.Merchant{ID: models.NewID(), Slug: "made-once", Name: "Made once", CreatedAt: tx.Now}
				return answer{ID: m.ID, Text: "made"}, tx.Create(&m).Error
			})
		})
	}
	done.Wait()
	require.NoError(t, errors.Join(failures...))
	require.EqualValues(t, 1, runs.Load())
	for _, a := range answers {
		require.Equal(t, answers[0], a)
	}
	var n int64
	require.NoError(t, db.Read(t.Context()).Model(&models.Merchant{}).Count(&n).Error)
	require.EqualValues(t, 1, n)
}
