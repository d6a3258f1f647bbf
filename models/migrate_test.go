package models_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

func TestMigrateRunsEachFileOnce(t *testing.T) {
	address := testkit.NewAddress(t)
	db := testkit.Open(t, address, testkit.NewClock())
	ready, err := models.SchemaReady(t.Context(), db)
	require.NoError(t, err)
	require.False(t, ready)

	applied, err := models.Migrate(t.Context(), db)
	require.NoError(t, err)
	require.GreaterOrEqual(t, applied, len(models.All()), "one file per table at least")

	again := testkit.Open(t, address, testkit.NewClock())
	for _, d := range []*models.DB{db, again} {
		applied, err = models.Migrate(t.Context(), d)
		require.NoError(t, err)
		require.Zero(t, applied)
		ready, err = models.SchemaReady(t.Context(), d)
		require.NoError(t, err)
		require.True(t, ready)
	}
}

func TestMigrateRefusesTheSchemaOfANewerRelease(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		return tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)", 99999, true).Error
	}))
	_, err := models.Migrate(t.Context(), db)
	require.ErrorIs(t, err, models.ErrSchemaNewer)
}

// What was ready to be paid by hand before bank files were noted may be in one that left: none of it counts as never filed.
func TestMigrateTakesManualPayoutsAsFiled(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	ids := map[models.RailName]models.ID{models.RailNameManual: models.NewID(), models.RailNameStripe: models.NewID()}
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		for rail, id := range ids {
			p := models.Payout{ID: id, BatchID: models.NewID(), EnrollmentID: models.NewID(), Rail: rail, State: models.PayoutStateReady, Currency: "GBP", CreatedAt: tx.Now}
			if err := tx.Create(&p).Error; err != nil {
				return err
			}
		}
		folder := "sqlite"
		if db.IsMySQL() {
			folder = "mysql"
		}
		text, err := os.ReadFile(filepath.Join("migrations", folder, "00135_fill_payouts_filed.sql"))
		if err != nil {
			return err
		}
		return tx.Exec(string(text)).Error
	}))
	for rail, id := range ids {
		var p models.Payout
		require.NoError(t, db.Read(t.Context()).Where("id = ?", id).Take(&p).Error)
		require.Equal(t, rail == models.RailNameManual, p.FirstAttemptAt != nil, rail)
	}
}
