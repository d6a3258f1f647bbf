package commission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tributary/models"
)

// How often periods are replayed: those that are open and the latest closed ones once in every night, older ones, which
// nothing changes any more, once a week.
const (
	latestClosed    = 3
	replayLatest    = 20 * time.Hour // less than a day, so that a night that begins early is one
	replayOlder     = 7*24*time.Hour - 4*time.Hour
	replayWholeOnce = time.Sunday // when what belongs to no period is replayed as well
)

// dueReplay is a period whose turn it is.
type dueReplay struct {
	period models.Period
	last   time.Time // zero for never
	whole  bool
}

// ReplayDue replays every period of every program whose turn it is, what was not replayed for the longest time first, and
// hands each result to told. It may be stopped at any point; what was not replayed then is the first the next time. One
// that fails does not keep the others.
func (s *Service) ReplayDue(ctx context.Context, told func(Replayed)) error {
	var programs []models.ID
	if err := s.db.Read(ctx).Model(&models.Program{}).Order("id").Pluck("id", &programs).Error; err != nil {
		return fmt.Errorf("read programs: %w", err)
	}
	var due []dueReplay
	for _, id := range programs {
		of, err := s.replaysDueOf(ctx, id)
		if err != nil {
			return err
		}
		due = append(due, of...)
	}
	slices.SortStableFunc(due, func(a, b dueReplay) int { return a.last.Compare(b.last) })
	var failed error
	for _, d := range due {
		r, err := s.replay(ctx, "system:replay", d.period, d.whole)
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		told(r)
	}
	return failed
}

func (s *Service) replaysDueOf(ctx context.Context, programID models.ID) ([]dueReplay, error) {
	periods, err := periodsInOrder(s.db.Read(ctx), programID)
	if err != nil {
		return nil, err
	}
	last, err := s.lastReplays(ctx, programID)
	if err != nil {
		return nil, err
	}
	var due []dueReplay
	now, closed := s.db.Now(), 0
	for i := len(periods) - 1; i >= 0; i-- {
		every := replayLatest
		if periods[i].State == models.PeriodStateClosed {
			if closed++; closed > latestClosed {
				every = replayOlder
			}
		}
		at := last[periods[i].ID]
		if at.IsZero() || !now.Before(at.Add(every)) {
			due = append(due, dueReplay{period: periods[i], last: at, whole: i == len(periods)-1 && now.Weekday() == replayWholeOnce})
		}
	}
	return due, nil
}

// lastReplays gives when each period of a program was last replayed.
func (s *Service) lastReplays(ctx context.Context, programID models.ID) (map[models.ID]time.Time, error) {
	var rows []models.ReplayRun
	err := s.db.Read(ctx).Select("period_id", "started_at").Where("program_id = ? AND NOT EXISTS (SELECT 1 FROM replay_runs later"+
		" WHERE later.program_id = replay_runs.program_id AND later.period_id = replay_runs.period_id AND later.started_at > replay_runs.started_at)", programID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read replays: %w", err)
	}
	last := make(map[models.ID]time.Time, len(rows))
	for _, r := range rows {
		last[r.PeriodID] = r.StartedAt
	}
	return last, nil
}
