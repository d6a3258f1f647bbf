package models_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/testkit"
	"tributary/models"
)

func merchant(slug string) models.Merchant {
	return models.Merchant{ID: models.NewID(), Slug: slug, Name: slug}
}

func addMerchant(tx *models.Tx, slug string) (models.ID, error) {
	m := merchant(slug)
	m.CreatedAt = tx.Now
	return m.ID, tx.Create(&m).Error
}

func countMerchants(t *testing.T, db *models.DB) int64 {
	t.Helper()
	var n int64
	require.NoError(t, db.Read(t.Context()).Model(&models.Merchant{}).Count(&n).Error)
	return n
}

func TestInTxCommitsOrRollsBack(t *testing.T) {
	db, clock := testkit.OpenDB(t)
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		require.Equal(t, clock.Now(), tx.Now)
		_, err := addMerchant(tx, "kept")
		return err
	}))
	require.EqualValues(t, 1, countMerchants(t, db))

	refusal, runs := errors.New("refused"), 0
	err := models.InTx(t.Context(), db, func(tx *models.Tx) error {
		runs++
		if _, err := addMerchant(tx, "dropped"); err != nil {
			return err
		}
		return refusal
	})
	require.ErrorIs(t, err, refusal)
	require.Equal(t, 1, runs, "an ordinary error is final")
	require.EqualValues(t, 1, countMerchants(t, db))

	require.Panics(t, func() {
		_ = models.InTx(t.Context(), db, func(tx *models.Tx) error {
			_, _ = addMerchant(tx, "dropped")
			panic("broken")
		})
	})
	require.EqualValues(t, 1, countMerchants(t, db))
}

func TestInTxRunsAgainFromTheStart(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	runs := 0
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		runs++
		if _, err := addMerchant(tx, "once"); err != nil {
			return err
		}
		if runs < 3 {
			return models.ErrRetry
		}
		return nil
	}))
	require.Equal(t, 3, runs)
	require.EqualValues(t, 1, countMerchants(t, db), "nothing of the earlier tries is left")
}

// A function that goes on after a deadlock, as if nothing had been, writes nothing any more, and is run again all the same.
func TestNothingIsSentAfterADeadlock(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	runs, sent := 0, 0
	testkit.OnStatement(t, db, func(g *gorm.DB) {
		if sent++; runs == 1 && sent == 1 {
			_ = g.AddError(testkit.Deadlock(g))
		}
	})
	program := models.NewID()
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		runs++
		lost := tx.Exec("UPDATE merchants SET name = 'x'").Error
		_, create := addMerchant(tx, "goes on")
		_, bulk := models.BulkInsert(tx, models.Insert{Table: "tree_versions", Columns: []string{"program_id", "version"}}, [][]any{{program, 1}})
		try := tx.Try(func(inner *models.Tx) error { _, err := addMerchant(inner, "tries"); return err })
		read := tx.Take(&models.Merchant{}).Error
		for _, err := range []error{create, bulk, try, read} {
			if runs == 1 {
				require.ErrorIs(t, err, lost)
			} else {
				require.NoError(t, err)
			}
		}
		return nil
	}))
	require.Equal(t, 2, runs)
	require.EqualValues(t, 2, countMerchants(t, db))
	var entries int64
	require.NoError(t, db.Read(t.Context()).Model(&models.AuditEntry{}).Where("entity = 'merchants'").Count(&entries).Error)
	require.EqualValues(t, 2, entries)
}

func TestInTxGivesUpAsBusy(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	runs := 0
	err := models.InTx(t.Context(), db, func(*models.Tx) error { runs++; return models.ErrRetry })
	require.ErrorIs(t, err, models.ErrBusy)
	require.ErrorIs(t, err, models.ErrRetry, "the cause is kept for the log")
	require.Equal(t, 6, runs)
}

func TestInTxStopsWaitingWhenTheCallerLeaves(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	ctx, leave := context.WithCancel(t.Context())
	runs := 0
	err := models.InTx(ctx, db, func(*models.Tx) error { runs++; leave(); return models.ErrRetry })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, runs)
}

func TestTryUndoesOnlyWhatItTried(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	refusal := errors.New("refused")
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		for i, err := range []error{nil, refusal, nil, models.ErrRetry} {
			require.ErrorIs(t, tx.Try(func(inner *models.Tx) error {
				require.Equal(t, tx.Now, inner.Now)
				_, addErr := addMerchant(inner, string(rune('a'+i)))
				require.NoError(t, addErr)
				return err
			}), err)
		}
		taken := tx.Try(func(inner *models.Tx) error { _, err := addMerchant(inner, "a"); return err })
		require.True(t, models.IsDuplicate(taken))
		_, err := addMerchant(tx, "after")
		return err
	}))
	var slugs []string
	require.NoError(t, db.Read(t.Context()).Model(&models.Merchant{}).Order("slug").Pluck("slug", &slugs).Error)
	require.Equal(t, []string{"a", "after", "c"}, slugs)
}

func TestMustAffectOne(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	refusal := errors.New("guard")
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		id, err := addMerchant(tx, "guarded")
		require.NoError(t, err)
		rename := func(from, to string) error {
			return models.MustAffectOne(tx.Model(&models.Merchant{}).Where("id = ? AND name = ?", id, from).Update("name", to), refusal)
		}
		require.ErrorIs(t, rename("something else", "new"), refusal)
		require.NoError(t, rename("guarded", "guarded"), "a matched row counts even when nothing changes")
		require.NoError(t, rename("guarded", "new"))
		require.Error(t, models.MustAffectOne(tx.Exec("UPDATE nothing SET a = 1"), refusal))
		return nil
	}))
}

// Two transactions lock the same two rows in opposite order, each holding its first before either asks for its
// second. SQLite runs them one after the other, where the meeting cannot happen.
func TestTwoWritersThatDeadlockBothSucceed(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	if !db.IsMySQL() {
		t.Skip("SQLite lets one writer in at a time")
	}
	ids := make([]models.ID, 2)
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) (err error) {
		for i, slug := range []string{"first", "second"} {
			if ids[i], err = addMerchant(tx, slug); err != nil {
				return err
			}
		}
		return nil
	}))
	var met, done sync.WaitGroup
	met.Add(2)
	runs, failures := make([]int, 2), make([]error, 2)
	for i := range 2 {
		done.Go(func() {
			failures[i] = models.InTx(t.Context(), db, func(tx *models.Tx) error {
				runs[i]++
				touch := func(id models.ID) error {
					return tx.Exec("UPDATE merchants SET name = CONCAT(name, ?) WHERE id = ?", "x", id).Error
				}
				if err := touch(ids[i]); err != nil {
					return err
				}
				if runs[i] == 1 {
					met.Done()
					met.Wait()
				}
				return touch(ids[1-i])
			})
		})
	}
	done.Wait()
	require.NoError(t, errors.Join(failures...))
	require.Equal(t, 3, runs[0]+runs[1], "one of them was the victim, once")
	var rows []models.Merchant
	require.NoError(t, db.Read(t.Context()).Order("slug").Find(&rows).Error)
	require.Equal(t, "firstxx", rows[0].Name)
	require.Equal(t, "secondxx", rows[1].Name)
}

func TestWritersOfOneRowTakeTurns(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	program := models.NewID()
	var done sync.WaitGroup
	failures := make([]error, 16)
	for i := range failures {
		done.Go(func() {
			failures[i] = models.InTx(t.Context(), db, func(tx *models.Tx) error {
				_, err := models.BulkInsert(tx, models.Insert{Table: "tree_versions", Columns: []string{"program_id", "version"},
					Keys: []string{"program_id"}, AddTo: []string{"version"}}, [][]any{{program, 1}})
				return err
			})
		})
	}
	done.Wait()
	require.NoError(t, errors.Join(failures...))
	var v models.TreeVersion
	require.NoError(t, db.Read(t.Context()).Where("program_id = ?", program).Take(&v).Error)
	require.EqualValues(t, len(failures), v.Version)
}

func TestInSnapshotSeesOneInstant(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	add := func(slug string) error {
		return models.InTx(t.Context(), db, func(tx *models.Tx) error { _, err := addMerchant(tx, slug); return err })
	}
	require.NoError(t, add("first"))
	count := func(query *gorm.DB) (n int64) {
		require.NoError(t, query.Model(&models.Merchant{}).Count(&n).Error)
		return n
	}
	require.NoError(t, models.InSnapshot(t.Context(), db, func(query *gorm.DB) error {
		require.EqualValues(t, 1, count(query))
		if db.IsMySQL() { // on SQLite a writer waits until the snapshot is over
			require.NoError(t, add("second"))
			require.EqualValues(t, 1, count(query))
		}
		m := merchant("refused")
		require.Error(t, query.Create(&m).Error, "a snapshot is for reading")
		return nil
	}))
	require.NoError(t, add("third"), "the connection can write again")
	refusal := errors.New("refused")
	require.ErrorIs(t, models.InSnapshot(t.Context(), db, func(*gorm.DB) error { return refusal }), refusal)
}
