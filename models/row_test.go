package models_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

// Whatever a string holds, it comes back as it went in and stays one value.
func TestBulkInsertKeepsEveryString(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	names := []string{"", "plain", "O'Neil", `back\slash`, `\'`, "'); DROP TABLE merchants; --", "naïve ☂ 😀", "tab\tline\nend", "percent % ? :x", "nul\x00byte", "  spaces  "}
	var rows [][]any
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		for i, name := range names {
			rows = append(rows, []any{models.NewID(), "s" + strings.Repeat("x", i), name, tx.Now})
		}
		_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, rows)
		return err
	}))
	for i, name := range names {
		var m models.Merchant
		require.NoError(t, db.Read(t.Context()).Where("slug = ?", rows[i][1]).Take(&m).Error)
		require.Equal(t, name, m.Name)
		require.Equal(t, rows[i][0], m.ID)
	}
}

func TestBulkInsertKeepsNullsHashesFlagsAndInstants(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	want := models.APIKey{ID: models.NewID(), MerchantID: models.NewID(), Name: "n", Prefix: "p", SecretHash: models.HashOf([]byte("s")), Scopes: "a b", CreatedAt: db.Now()}
	link := models.Link{ID: models.NewID(), ProgramID: models.NewID(), EnrollmentID: models.NewID(), Code: "c", DestinationURL: "https://a.example", Active: true, CreatedAt: db.Now()}
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		used := tx.Now.Add(1500 * 1000)
		want.LastUsedAt = &used
		_, err := models.BulkInsert(tx, models.Insert{Table: "api_keys", Columns: []string{"id", "merchant_id", "name", "prefix", "secret_hash", "scopes",
			"created_at", "last_used_at", "revoked_at"}}, [][]any{{want.ID, &want.MerchantID, want.Name, want.Prefix, want.SecretHash, want.Scopes,
			want.CreatedAt, want.LastUsedAt, want.RevokedAt}})
		require.NoError(t, err)
		_, err = models.BulkInsert(tx, models.Insert{Table: "links", Columns: []string{"id", "program_id", "enrollment_id", "code", "destination_url", "active", "created_at"}},
			[][]any{{link.ID, link.ProgramID, link.EnrollmentID, link.Code, link.DestinationURL, link.Active, link.CreatedAt}})
		return err
	}))
	var key models.APIKey
	require.NoError(t, db.Read(t.Context()).Where("id = ?", want.ID).Take(&key).Error)
	require.Equal(t, want, key)
	var stored models.Link
	require.NoError(t, db.Read(t.Context()).Where("id = ?", link.ID).Take(&stored).Error)
	require.Equal(t, link, stored)
}

func TestBulkWriteRefusesRowsOfAnotherWidth(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	for _, row := range [][]any{{models.NewID(), "s", "n"}, {models.NewID(), "s", "n", db.Now(), 1}} {
		err := models.InTx(t.Context(), db, func(tx *models.Tx) error {
			_, err := models.BulkInsert(tx, models.Insert{Table: "merchants", Columns: merchantColumns}, [][]any{row})
			return err
		})
		require.ErrorContains(t, err, "values for 4 columns")
	}
	require.Zero(t, countMerchants(t, db))
}

// Rows of 100,000 bytes cross the bound on a statement's text long before the bound on its rows.
func TestBulkInsertCrossesItsTextBound(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	body := strings.Repeat("long ", 20_000)
	program := models.NewID()
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		var rows [][]any
		for i := range 40 {
			rows = append(rows, []any{models.NewID(), program, i + 1, body, models.HashOf([]byte(body)), tx.Now})
		}
		written, err := models.BulkInsert(tx, models.Insert{Table: "program_terms", Columns: []string{"id", "program_id", "version", "body", "body_hash", "published_at"}}, rows)
		require.EqualValues(t, 40, written)
		return err
	}))
	var n int64
	require.NoError(t, db.Read(t.Context()).Model(&models.Terms{}).Where("program_id = ? AND body = ?", program, body).Count(&n).Error)
	require.EqualValues(t, 40, n)
}
