package export_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/export"
	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/models"
)

// A worker dies after every single statement of a run in turn; another goes on where it was, and the file is the same.
func TestAnExportThatIsLeftGoesOnWithoutARowTwice(t *testing.T) {
	s := newScene(t)
	s.exports.Small(2, export.MaxBytes)
	whole := s.request(models.ExportKindCommissions)
	require.NoError(t, s.run(whole.ID))
	want := s.file(whole.ID)
	deaths, at, statements, die := 0, 0, 0, func() {}
	testkit.OnStatement(t, s.DB, func(*gorm.DB) {
		if statements++; statements == at {
			die()
		}
	})
	for next := 1; ; next++ {
		e := s.request(models.ExportKindCommissions)
		ctx, cancel := context.WithCancel(t.Context())
		at, statements, die = next, 0, cancel
		err := s.exports.Run(ctx, e.ID)
		at = 0
		cancel()
		if err == nil {
			break
		}
		deaths++
		s.Clock.Advance(3 * time.Minute)
		require.NoError(t, s.run(e.ID))
		require.Equal(t, want, s.file(e.ID), "after %d statements", next)
		require.NoError(t, s.run(e.ID), "again")
		require.Equal(t, want, s.file(e.ID))
		s.drop(e.ID)
	}
	require.Greater(t, deaths, 10)
}

// drop makes room for another export.
func (s *scene) drop(id models.ID) {
	s.t.Helper()
	s.Do(func(tx *models.Tx) error { return tx.Where("id = ?", id).Delete(&models.Export{}).Error })
}

func TestOneWorkerIsAtAnExport(t *testing.T) {
	s := newScene(t)
	e := s.request(models.ExportKindStatements)
	now := s.Clock.Now()
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Export{}).Where("id = ?", e.ID).Updates(map[string]any{"state": models.ExportStateRunning, "claimed_at": now, "progress_at": now, "attempts": 5}).Error
	})
	require.ErrorIs(t, s.run(e.ID), export.ErrClaimed)
	s.Clock.Advance(2 * time.Minute)
	require.NoError(t, s.run(e.ID))
	failed := s.stored(e.ID)
	require.Equal(t, models.ExportStateFailed, failed.State)
	require.Contains(t, failed.ErrorMessage, "EXPORT_ATTEMPTS")
	require.ErrorIs(t, s.run(models.NewID()), export.ErrMissing)
}

func TestAnExportIsCanceled(t *testing.T) {
	s := newScene(t)
	e := s.request(models.ExportKindConversions)
	cancel := func() error {
		return models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
			_, err := s.exports.Cancel(tx, s.Owner, e.ID)
			return err
		})
	}
	require.NoError(t, cancel())
	require.ErrorIs(t, cancel(), export.ErrFinished)
	require.NoError(t, s.run(e.ID), "there is nothing to do")
	require.Equal(t, models.ExportStateCanceled, s.stored(e.ID).State)
	require.Empty(t, s.exports.Address(s.stored(e.ID)))
}

func TestAFileHasABound(t *testing.T) {
	s := newScene(t)
	whole := s.request(models.ExportKindStatements)
	require.NoError(t, s.run(whole.ID))
	size := s.stored(whole.ID).ByteCount
	for most, state := range map[int64]models.ExportState{size: models.ExportStateDone, size - 1: models.ExportStateFailed} {
		s.exports.Small(1, most)
		e := s.request(models.ExportKindStatements)
		err := s.run(e.ID)
		require.Equal(t, state, s.stored(e.ID).State)
		if state == models.ExportStateFailed {
			require.Equal(t, "EXPORT_TOO_LARGE", fault.CodeOf(err))
			require.NoError(t, s.exports.Prune(t.Context()))
			require.Zero(t, s.chunks(e.ID))
		}
	}
}

func (s *scene) chunks(id models.ID) int64 {
	s.t.Helper()
	var n int64
	require.NoError(s.t, s.DB.Read(s.t.Context()).Model(&models.ExportChunk{}).Where("export_id = ?", id).Count(&n).Error)
	return n
}

func TestAFileGoesAfterADay(t *testing.T) {
	s := newScene(t)
	e := s.request(models.ExportKindStatements)
	require.NoError(t, s.run(e.ID))
	s.Clock.Advance(export.KeptFor - time.Second)
	require.NoError(t, s.exports.Prune(t.Context()))
	require.Positive(t, s.chunks(e.ID))
	require.NotEmpty(t, s.exports.Address(s.stored(e.ID)))
	s.Clock.Advance(time.Second)
	require.Empty(t, s.exports.Address(s.stored(e.ID)))
	for range 2 {
		require.NoError(t, s.exports.Prune(t.Context()))
		require.Zero(t, s.chunks(e.ID))
		require.Equal(t, models.ExportStateExpired, s.stored(e.ID).State)
	}
}

func TestWhoMayExportWhat(t *testing.T) {
	s := newScene(t)
	ask := func(by access.Caller, kind models.ExportKind, period models.ID) (e models.Export, err error) {
		err = models.InTx(t.Context(), s.DB, func(tx *models.Tx) (err error) {
			e, err = s.exports.Request(tx, by, kind, period)
			return err
		})
		return e, err
	}
	open := models.Period{ID: models.NewID(), ProgramID: s.Program.ID, PeriodKey: "2026-02", StartsAt: s.period.EndsAt, EndsAt: s.period.EndsAt.AddDate(0, 1, 0), State: models.PeriodStateOpen}
	s.Do(func(tx *models.Tx) error { return tx.Create(&open).Error })
	for name, c := range map[string]struct {
		by     access.Caller
		kind   models.ExportKind
		period models.ID
		code   string
	}{
		"nobody":            {access.Caller{}, models.ExportKindPayouts, s.period.ID, "UNAUTHENTICATED"},
		"a partner":         {access.Caller{Name: "user:x", PartnerID: models.NewID()}, models.ExportKindPayouts, s.period.ID, "FORBIDDEN"},
		"no scope":          {access.Caller{Name: "apikey:x", MerchantID: s.Owner.MerchantID}, models.ExportKindConversions, s.period.ID, "FORBIDDEN"},
		"another merchant":  {access.System("rival", models.NewID()), models.ExportKindPayouts, s.period.ID, "PERIOD_NOT_FOUND"},
		"a made-up period":  {s.Owner, models.ExportKindPayouts, models.NewID(), "PERIOD_NOT_FOUND"},
		"an open statement": {s.Owner, models.ExportKindStatements, open.ID, "PERIOD_OPEN"},
	} {
		_, err := ask(c.by, c.kind, c.period)
		require.Equal(t, c.code, fault.CodeOf(err), name)
	}
	e, err := ask(s.Owner, models.ExportKindConversions, open.ID)
	require.NoError(t, err)
	_, err = s.exports.Export(t.Context(), access.System("rival", models.NewID()), e.ID)
	require.ErrorIs(t, err, export.ErrMissing)
	for range 19 {
		_, err = ask(s.Owner, models.ExportKindPayouts, s.period.ID)
		require.NoError(t, err)
	}
	_, err = ask(s.Owner, models.ExportKindPayouts, s.period.ID)
	require.Equal(t, "EXPORTS_TOO_MANY", fault.CodeOf(err))
	listed, err := s.exports.Exports(t.Context(), s.Owner, s.Program.ID, models.Page{Size: 100})
	require.NoError(t, err)
	require.Len(t, listed.Rows, 20)
}
