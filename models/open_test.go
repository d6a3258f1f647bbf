package models_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/models"
)

func TestOpenRefusesBadAddresses(t *testing.T) {
	for _, address := range []string{"", "sqlite", "sqlite:", "postgres://u@h/db", "mysql://", "mysql://host:3306/db",
		"mysql://root@/db", "root@tcp(127.0.0.1:3306)/db", "mysql://a b@h/db", "/tmp/some.db", "%zz"} {
		_, err := models.Open(address, testkit.NewClock().Now, slog.New(slog.DiscardHandler))
		require.ErrorIs(t, err, models.ErrDatabaseURL, "address %q", address)
	}
}

func TestOpenSaysWhenTheServerIsAway(t *testing.T) {
	_, err := models.Open("mysql://root@127.0.0.1:1/db", testkit.NewClock().Now, slog.New(slog.DiscardHandler))
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.Equal(t, "DATABASE_UNAVAILABLE", fault.CodeOf(err))
}

func TestOpenUsesPathsWithUnusualLetters(t *testing.T) {
	path := t.TempDir() + "/a file?with#50% ünusual.db"
	db := testkit.Open(t, "sqlite:"+path, testkit.NewClock())
	require.NoError(t, db.Ping(t.Context()))
	_, err := models.Migrate(t.Context(), db)
	require.NoError(t, err)
	require.FileExists(t, path)
}

func TestDatabaseAdministrationRefusesBadNamesAndAddresses(t *testing.T) {
	for _, name := range []string{"", "Upper", "a-b", "a`b", "a b", "a;DROP"} {
		require.ErrorIs(t, models.CreateDatabase(t.Context(), "mysql://root@127.0.0.1:1/", name), models.ErrDatabaseName)
		require.ErrorIs(t, models.DropDatabase(t.Context(), "mysql://root@127.0.0.1:1/", name), models.ErrDatabaseName)
	}
	require.ErrorIs(t, models.CreateDatabase(t.Context(), "sqlite:x.db", "name"), models.ErrDatabaseURL)
}

func TestNowIsUTCToTheMicrosecond(t *testing.T) {
	db, clock := testkit.OpenDB(t)
	zone := time.FixedZone("east", 2*60*60)
	clock.Set(time.Date(2026, 3, 1, 1, 2, 3, 123_456_789, zone))
	require.Equal(t, time.Date(2026, 2, 28, 23, 2, 3, 123_456_000, time.UTC), db.Now())
}

func TestMicrosecondsSurvive(t *testing.T) {
	db, clock := testkit.OpenDB(t)
	instants := []time.Time{
		time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), time.Date(2026, 1, 5, 9, 0, 0, 1000, time.UTC),
		time.Date(2026, 1, 5, 9, 0, 0, 100_000_000, time.UTC), time.Date(2026, 1, 5, 9, 0, 0, 999_999_000, time.UTC),
		time.Date(2026, 3, 29, 1, 30, 0, 5000, time.FixedZone("", 60*60)), time.Unix(0, 0).UTC(), models.OpenEnd,
	}
	for i, at := range instants {
		clock.Set(at)
		row := models.Merchant{ID: models.NewID(), Slug: "m" + string(rune('a'+i)), Name: "M", CreatedAt: at}
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error { return tx.Create(&row).Error }))
		var read models.Merchant
		require.NoError(t, db.Read(t.Context()).Where("id = ?", row.ID).Take(&read).Error)
		require.Equal(t, at.UTC(), read.CreatedAt.UTC())
		var n int64
		require.NoError(t, db.Read(t.Context()).Model(&models.Merchant{}).Where("created_at = ?", at).Count(&n).Error)
		require.EqualValues(t, 1, n, "found again by %s", at)
	}
	var sorted []models.Merchant
	require.NoError(t, db.Read(t.Context()).Order("created_at").Find(&sorted).Error)
	for i := 1; i < len(sorted); i++ {
		require.True(t, sorted[i-1].CreatedAt.Before(sorted[i].CreatedAt))
	}
}

func TestAllOfUnicodeSurvives(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	for i, name := range []string{"😀👩‍👩‍👧‍👦", "Žluťoučký kůň", "日本語", "a'b\"c\\d`e", "\U0010FFFF", "trailing "} {
		row := models.Merchant{ID: models.NewID(), Slug: "m" + string(rune('a'+i)), Name: name, CreatedAt: db.Now()}
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error { return tx.Create(&row).Error }))
		var read models.Merchant
		require.NoError(t, db.Read(t.Context()).Where("name = ?", name).Take(&read).Error)
		require.Equal(t, row.ID, read.ID)
		require.Equal(t, name, read.Name)
	}
}

func TestCodesAreCaseExact(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	link := func(code string) models.Link {
		return models.Link{ID: models.NewID(), ProgramID: models.NewID(), EnrollmentID: models.NewID(), Code: code,
			DestinationURL: "https://example.com", Active: true, CreatedAt: db.Now()}
	}
	create := func(row models.Link) error {
		return models.InTx(t.Context(), db, func(tx *models.Tx) error { return tx.Create(&row).Error })
	}
	lower, upper := link("abc"), link("ABC")
	require.NoError(t, create(lower))
	require.NoError(t, create(upper))
	require.True(t, models.IsDuplicate(create(link("abc"))))
	for code, want := range map[string]models.ID{"abc": lower.ID, "ABC": upper.ID} {
		var found []models.Link
		require.NoError(t, db.Read(t.Context()).Where("code = ?", code).Find(&found).Error)
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].ID)
	}
	var none models.Link
	require.True(t, models.IsMissing(db.Read(t.Context()).Where("code = ?", "Abc").Take(&none).Error))
}

func TestSessionsReadCommittedOnMySQL(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	if !db.IsMySQL() {
		t.Skip("SQLite has one isolation level")
	}
	read := func() (n int64) {
		require.NoError(t, db.Read(t.Context()).Model(&models.Merchant{}).Count(&n).Error)
		return n
	}
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		var before, after int64
		require.NoError(t, tx.Model(&models.Merchant{}).Count(&before).Error)
		require.NoError(t, models.InTx(t.Context(), db, func(other *models.Tx) error {
			return other.Create(&models.Merchant{ID: models.NewID(), Slug: "other", Name: "Other", CreatedAt: other.Now}).Error
		}))
		require.NoError(t, tx.Model(&models.Merchant{}).Count(&after).Error)
		require.Equal(t, before+1, after)
		return nil
	}))
	require.EqualValues(t, 1, read())
	var zone string
	require.NoError(t, db.Read(t.Context()).Raw("SELECT @@session.time_zone").Scan(&zone).Error)
	require.Equal(t, "+00:00", zone)
}

// A process whose clock is two hours behind its database finds that out.
func TestTheClockIsHeldAgainstTheDatabases(t *testing.T) {
	db, clock := testkit.OpenDB(t)
	for _, behind := range []time.Duration{0, 2 * time.Hour, -2 * time.Hour} {
		clock.Set(time.Now().Add(-behind))
		skew, err := db.Skew(t.Context())
		require.NoError(t, err)
		if !db.IsMySQL() {
			behind = 0
		}
		require.InDelta(t, behind, skew, float64(time.Minute))
	}
}
