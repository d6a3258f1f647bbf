package models_test

import (
	"context"
	"encoding/json"
	"errors"
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

// noted gives the entries that fn's transaction leaves.
func noted(t *testing.T, db *models.DB, fn func(tx *models.Tx) error) []models.AuditEntry {
	t.Helper()
	origin := models.Origin{Actor: "user:olivia", Action: "doThings", RequestID: models.NewID().String()}
	require.NoError(t, models.InTx(models.WithOrigin(t.Context(), origin), db, fn))
	var entries []models.AuditEntry
	require.NoError(t, db.Read(t.Context()).Where("request_id = ?", origin.RequestID).Order("id").Find(&entries).Error)
	for _, e := range entries {
		require.Equal(t, []string{origin.Actor, origin.Action}, []string{e.Actor, e.Action})
		require.Equal(t, entries[0].ID, e.TransactionID)
		require.Equal(t, db.Now(), e.RecordedAt)
		require.Equal(t, e.ContentDigest(), e.Digest)
		require.Nil(t, e.Block)
	}
	return entries
}

func values(t *testing.T, text string) map[string]any {
	t.Helper()
	var found map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &found))
	return found
}

func TestEachChangeOfARowIsNotedWithWhatItWas(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	m := merchant("acme")
	created := noted(t, db, func(tx *models.Tx) error { return tx.Create(&m).Error })
	require.Len(t, created, 1)
	require.Equal(t, []any{models.AuditOpCreated, "merchants", m.ID, m.ID, int64(1)},
		[]any{created[0].Op, created[0].Entity, created[0].EntityID, created[0].MerchantID, created[0].RowCount})
	require.Empty(t, created[0].BeforeJSON)
	require.Equal(t, m.ID.Format(models.PrefixMerchant), values(t, created[0].AfterJSON)["id"])

	updated := noted(t, db, func(tx *models.Tx) error {
		return tx.Model(&models.Merchant{}).Where("id = ?", m.ID).Updates(map[string]any{"name": "Acme <Ltd>", "slug": "acme"}).Error
	})
	require.Len(t, updated, 1)
	require.Equal(t, []string{`{"name":"acme"}`, `{"name":"Acme <Ltd>"}`}, []string{updated[0].BeforeJSON, updated[0].AfterJSON}, "what is the same is not in it")

	computed := noted(t, db, func(tx *models.Tx) error {
		return tx.Model(&models.Merchant{}).Where("id = ?", m.ID).Update("name", gorm.Expr("LOWER(name)")).Error
	})
	require.Equal(t, `{"name":"acme <ltd>"}`, computed[0].AfterJSON)

	require.Empty(t, noted(t, db, func(tx *models.Tx) error {
		nothing := tx.Model(&models.Merchant{}).Where("id = ? AND slug = ?", m.ID, "other").Update("name", "x")
		same := tx.Model(&models.Merchant{}).Where("id = ?", m.ID).Update("name", "acme <ltd>")
		return errors.Join(nothing.Error, same.Error)
	}))

	deleted := noted(t, db, func(tx *models.Tx) error { return tx.Where("id = ?", m.ID).Delete(&models.Merchant{}).Error })
	require.Equal(t, models.AuditOpDeleted, deleted[0].Op)
	require.Equal(t, "acme <ltd>", values(t, deleted[0].BeforeJSON)["name"])
	require.Empty(t, deleted[0].AfterJSON)
}

func TestSecretsAndBookkeepingAreNotWrittenDown(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	user := models.User{ID: models.NewID(), Email: "o@acme.example", Name: "O", PasswordHash: "argon2id one"}
	key := models.APIKey{ID: models.NewID(), MerchantID: models.NewID(), Name: "shop", Prefix: "p", SecretHash: models.HashOf([]byte("x"))}
	created := noted(t, db, func(tx *models.Tx) error { return errors.Join(tx.Create(&user).Error, tx.Create(&key).Error) })
	require.Equal(t, "(secret)", values(t, created[0].AfterJSON)["password_hash"])
	require.Equal(t, "(secret)", values(t, created[1].AfterJSON)["secret_hash"])
	require.Equal(t, key.MerchantID, created[0].MerchantID, "what names no merchant is the one's that the rest is")

	changed := noted(t, db, func(tx *models.Tx) error {
		return tx.Model(&models.User{}).Where("id = ?", user.ID).Update("password_hash", "argon2id two").Error
	})
	require.Equal(t, []string{`{"password_hash":"(secret)"}`, `{"password_hash":"(secret)"}`}, []string{changed[0].BeforeJSON, changed[0].AfterJSON})

	statements := testkit.CountStatements(t, db)
	before := statements.Load()
	require.NoError(t, models.InTx(context.WithoutCancel(t.Context()), db, func(tx *models.Tx) error {
		return tx.Model(&models.APIKey{}).Where("id = ?", key.ID).Update("last_used_at", tx.Now).Error
	}))
	require.EqualValues(t, 1, statements.Load()-before, "nothing is read for it either")
}

// A row that changes is read once; what is inserted is never read. The entries of a transaction are one statement, past GORM.
func TestWhatTheLogCosts(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	m, program := merchant("acme"), models.Program{ID: models.NewID(), Slug: "p", Name: "P", Currency: "GBP", TimeZone: "UTC"}
	program.MerchantID = m.ID
	noted(t, db, func(tx *models.Tx) error { return errors.Join(tx.Create(&m).Error, tx.Create(&program).Error) })
	statements := testkit.CountStatements(t, db)
	cost := func(fn func(tx *models.Tx) error) int64 {
		t.Helper()
		before := statements.Load()
		require.NoError(t, models.InTx(models.WithOrigin(t.Context(), models.Origin{Actor: "user:olivia"}), db, fn))
		return statements.Load() - before
	}
	insert := func(tx *models.Tx) error {
		_, err := models.BulkInsert(tx, models.Insert{Table: "customers", Columns: []string{"id", "program_id", "external_id", "created_at"}},
			[][]any{{models.NewID(), program.ID, models.NewID().String(), tx.Now}, {models.NewID(), program.ID, models.NewID().String(), tx.Now}})
		return err
	}
	require.EqualValues(t, 1, cost(insert), "whose the program is, once")
	require.Zero(t, cost(insert))
	bind := func(tx *models.Tx) error {
		return tx.Model(&models.Customer{}).Where("program_id = ?", program.ID).Update("bound_at", tx.Now).Error
	}
	require.EqualValues(t, 1, cost(bind), "counted changes are not read")
	rename := func(tx *models.Tx) error {
		return tx.Model(&models.Merchant{}).Where("id = ?", m.ID).Update("name", "Other").Error
	}
	require.EqualValues(t, 2, cost(rename))
}

func TestNothingChangesWithoutAnActor(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	err := models.InTx(models.WithOrigin(t.Context(), models.Origin{}), db, func(tx *models.Tx) error {
		_, err := addMerchant(tx, "acme")
		return err
	})
	require.ErrorIs(t, err, models.ErrNoActor)
	require.ErrorIs(t, db.Read(t.Context()).Create(&models.Merchant{ID: models.NewID(), Slug: "x", Name: "x"}).Error, models.ErrOutsideTx)
	require.Zero(t, countMerchants(t, db))
}

func TestWhatIsUndoneIsNotNoted(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	tries := 0
	entries := noted(t, db, func(tx *models.Tx) error {
		tries++
		if _, err := addMerchant(tx, "kept"); err != nil {
			return err
		}
		undone := tx.Try(func(tx *models.Tx) error {
			_, err := addMerchant(tx, "undone")
			return errors.Join(err, errors.New("no"))
		})
		require.Error(t, undone)
		if tries < 3 {
			return models.ErrRetry
		}
		return nil
	})
	require.Equal(t, 3, tries)
	require.Len(t, entries, 1, "once, however often it was tried")
	var all int64
	require.NoError(t, db.Read(t.Context()).Model(&models.AuditEntry{}).Count(&all).Error)
	require.EqualValues(t, 1, all)
}

func TestManyRowsOfAStatementAreNotedTogether(t *testing.T) {
	const apart = 100
	db, _ := testkit.OpenDB(t)
	ids := make([]models.ID, apart+1)
	for i := range ids {
		ids[i] = models.NewID()
	}
	insert := func(from, n int) []models.AuditEntry {
		rows := make([][]any, n)
		for i := range rows {
			rows[i] = []any{ids[from+i], fmt.Sprintf("m-%d", from+i), "M", db.Now()}
		}
		return noted(t, db, func(tx *models.Tx) error {
			_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: []string{"id", "slug", "name", "created_at"}}, rows)
			return err
		})
	}
	require.Len(t, insert(0, 1), 1)
	require.Len(t, insert(1, apart), apart)
	rename := func(n int, name string) []models.AuditEntry {
		return noted(t, db, func(tx *models.Tx) error {
			return tx.Model(&models.Merchant{}).Where("id IN ?", ids[:n]).Update("name", name).Error
		})
	}
	require.Len(t, rename(apart, "N"), apart)
	many := rename(apart+1, "O")
	require.Len(t, many, 1)
	require.Equal(t, []any{int64(apart + 1), models.ID{}, `{"name":"O"}`}, []any{many[0].RowCount, many[0].EntityID, many[0].AfterJSON})
	gone := noted(t, db, func(tx *models.Tx) error { return tx.Where("name = ?", "O").Delete(&models.Merchant{}).Error })
	require.Len(t, gone, 1)
	require.EqualValues(t, apart+1, gone[0].RowCount)
	again := insert(0, apart+1)
	require.Len(t, again, 1)
	require.Equal(t, ids[apart].Format(models.PrefixMerchant), values(t, again[0].AfterJSON)["last"])
}

func TestLongValuesAreNamedByTheirSum(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	entries := noted(t, db, func(tx *models.Tx) error {
		return tx.Create(&models.PlanVersion{ID: models.NewID(), ProgramID: models.NewID(), Number: 1, EffectiveAt: tx.Now, PublishedAt: tx.Now,
			Source: strings.Repeat("x", 300_000), Examples: strings.Repeat("y", 2046)}).Error
	})
	after := values(t, entries[0].AfterJSON)
	require.EqualValues(t, 300_002, after["source"].(map[string]any)["bytes"])
	require.Len(t, after["examples"], 2046, "2,048 bytes with its quotes")
}

func TestIdsOfEntriesSortByWhenTheyWereRecorded(t *testing.T) {
	db, clock := testkit.OpenDB(t)
	var ids []models.ID
	for i := range 50 {
		clock.Advance(time.Duration(1+i%3) * 300 * time.Microsecond)
		for _, e := range noted(t, db, func(tx *models.Tx) error {
			_, err := addMerchant(tx, fmt.Sprint("a", i))
			_, other := addMerchant(tx, fmt.Sprint("b", i))
			return errors.Join(err, other)
		}) {
			require.GreaterOrEqual(t, string(e.ID[:]), string(first(clock.Now())))
			require.Less(t, string(e.ID[:]), string(first(clock.Now().Add(time.Microsecond))))
			ids = append(ids, e.ID)
		}
	}
	require.Len(t, ids, 100)
	require.True(t, slices.IsSortedFunc(ids, func(a, b models.ID) int { return strings.Compare(string(a[:]), string(b[:])) }))
}

func first(at time.Time) []byte {
	id := models.FirstAuditID(at)
	return id[:]
}
