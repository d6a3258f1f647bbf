package models_test

import (
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
