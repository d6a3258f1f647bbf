package testkit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

func TestOpenDBGivesMigratedDatabasesThatShareNothing(t *testing.T) {
	first, _ := testkit.OpenDB(t)
	require.NoError(t, models.InTx(t.Context(), first, func(tx *models.Tx) error {
		return tx.Create(&models.Merchant{ID: models.NewID(), Slug: "one", Name: "One", CreatedAt: tx.Now}).Error
	}))
	for range 3 {
		next, _ := testkit.OpenDB(t)
		ready, err := models.SchemaReady(t.Context(), next)
		require.NoError(t, err)
		require.True(t, ready)
		applied, err := models.Migrate(t.Context(), next)
		require.NoError(t, err)
		require.Zero(t, applied)
		var n int64
		require.NoError(t, next.Read(t.Context()).Model(&models.Merchant{}).Count(&n).Error)
		require.Zero(t, n)
	}
}

func TestClockStandsStillUntilTurned(t *testing.T) {
	db, clock := testkit.OpenDB(t)
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	require.Equal(t, start, clock.Now())
	clock.Advance(90 * time.Minute)
	require.Equal(t, start.Add(90*time.Minute), db.Now())
	clock.Set(start)
	require.Equal(t, start, db.Now())
}
