package notify_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/internal/testkit"
	"tributary/models"
)

func event(slug string) notify.Event {
	return notify.Event{Type: notify.ProgramUpdated, Data: notify.ProgramData{Slug: slug}}
}

// emit puts so many events into a program's log, in a transaction of their own.
func emit(t *testing.T, db *models.DB, programID models.ID, n int) error {
	t.Helper()
	events := make([]notify.Event, n)
	for i := range events {
		events[i] = event("a")
	}
	return models.InTx(t.Context(), db, func(tx *models.Tx) error { return notify.Emit(tx, programID, events...) })
}

func logOf(t *testing.T, db *models.DB, programID models.ID) []models.Event {
	t.Helper()
	var rows []models.Event
	require.NoError(t, db.Read(t.Context()).Where("program_id = ?", programID).Order("number").Find(&rows).Error)
	return rows
}

func queued(t *testing.T, db *models.DB) int64 {
	t.Helper()
	var n int64
	require.NoError(t, db.Read(t.Context()).Model(&models.QueuedEvent{}).Count(&n).Error)
	return n
}

func requireWhole(t *testing.T, rows []models.Event, want int) {
	t.Helper()
	require.Len(t, rows, want)
	for i, e := range rows {
		require.EqualValues(t, i+1, e.Number)
	}
}

func TestAnEventIsCommittedWithItsChangeOrNotAtAll(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	programID, refusal := models.NewID(), errors.New("refused")
	err := models.InTx(t.Context(), db, func(tx *models.Tx) error {
		require.NoError(t, notify.Emit(tx, programID, event("lost")))
		return refusal
	})
	require.ErrorIs(t, err, refusal)
	require.Zero(t, queued(t, db))
	require.NoError(t, emit(t, db, programID, 0))
	require.Zero(t, queued(t, db))
	require.NoError(t, emit(t, db, programID, 1))
	require.EqualValues(t, 1, queued(t, db))
}

// Many write at once, and many number at once: no number is left out or given twice, and nobody's order is turned round.
func TestNumbersHaveNoGapsHoweverManyWrite(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	service := notify.New(db, nil, nil)
	programs := []models.ID{models.NewID(), models.NewID()}
	const writers, rounds, each = 4, 8, 3
	var writing, numbering sync.WaitGroup
	failures := make(chan error, 1000)
	for range writers {
		writing.Go(func() {
			for range rounds {
				for _, id := range programs {
					failures <- emit(t, db, id, each)
				}
			}
		})
	}
	done := make(chan struct{})
	for range 3 {
		numbering.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					failures <- service.Number(t.Context())
				}
			}
		})
	}
	go func() { writing.Wait(); close(done); numbering.Wait(); close(failures) }()
	for err := range failures {
		if err != nil && fault.CodeOf(err) != models.ErrBusy.Code {
			require.NoError(t, err)
		}
	}
	require.NoError(t, service.Number(t.Context()))
	require.Zero(t, queued(t, db))
	for _, id := range programs {
		rows := logOf(t, db, id)
		requireWhole(t, rows, writers*rounds*each)
		seen := map[models.ID]bool{}
		for _, e := range rows {
			require.False(t, seen[e.ID])
			seen[e.ID] = true
		}
	}
}

func TestNumberGoesOnFromTheLast(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	service, programID := notify.New(db, nil, nil), models.NewID()
	total := 0
	for _, n := range []int{1, 999, 1000, 1001, 2500} { // in one turn, and over its bound
		require.NoError(t, emit(t, db, programID, n))
		total += n
		require.NoError(t, service.Number(t.Context()))
		require.NoError(t, service.Number(t.Context()), "with nothing to do it does nothing")
		requireWhole(t, logOf(t, db, programID), total)
	}
	rows := logOf(t, db, programID)
	for i := range rows[1:] {
		require.Less(t, rows[i].ID.String(), rows[i+1].ID.String(), "in the order in which they were made")
	}
}
