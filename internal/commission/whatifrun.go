package commission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

const (
	// whatIfLease is how long a what-if may show no progress before another worker takes it over.
	whatIfLease       = 2 * time.Minute
	maxWhatIfAttempts = 5
	maxErrorRunes     = 500
	partnersAtOnce    = 10_000
)

// The ways in which a run ends without a result.
var (
	ErrWhatIfClaimed  = fault.New(fault.Unavailable, "WHATIF_CLAIMED", "another worker is at the what-if")
	ErrWhatIfStopped  = fault.New(fault.Precondition, "WHATIF_STOPPED", "the what-if was canceled")
	errWhatIfAttempts = fault.New(fault.Precondition, "WHATIF_ATTEMPTS", "the what-if was started %d times and never came to its end", maxWhatIfAttempts)
)

// RunWhatIf prices the conversions of a what-if with its draft plan and keeps what it comes to, beside what their lines
// come to. It writes nothing but the run and its result. Each start begins anew, so it may be stopped at any point; a
// run that is finished stays as it is. Codes WHATIF_CLAIMED while another worker is at it,
// WHATIF_STOPPED when it was canceled.
func (s *Service) RunWhatIf(ctx context.Context, id models.ID) error {
	var run models.WhatIfRun
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		run, err = claimWhatIf(tx, id)
		return err
	})
	if err != nil || run.ClaimedAt == nil {
		return err
	}
	return s.workWhatIf(ctx, run, nil)
}

// WhatIfNow is RequestWhatIf and RunWhatIf in one, for whoever wants to wait; told hears of the progress and may be nil.
// Where it is interrupted, a worker goes on.
func (s *Service) WhatIfNow(ctx context.Context, by access.Caller, in WhatIfInput, told func(done, total int64)) (models.WhatIfRun, error) {
	var run models.WhatIfRun
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		asked, err := s.RequestWhatIf(tx, by, in)
		if err != nil {
			return err
		}
		run, err = claimWhatIf(tx, asked.ID)
		return err
	})
	if err != nil {
		return run, err
	}
	if err := s.workWhatIf(ctx, run, told); err != nil {
		return run, err
	}
	return s.WhatIf(ctx, by, run.ID)
}

// claimWhatIf takes a run over: each start has an instant of its own, and every later write asks for it. A run that is
// finished is given without a claim.
func claimWhatIf(tx *models.Tx, id models.ID) (models.WhatIfRun, error) {
	var run models.WhatIfRun
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&run).Error
	if models.IsMissing(err) {
		return run, ErrWhatIfMissing
	}
	if err != nil {
		return run, fmt.Errorf("read what-if: %w", err)
	}
	if !slices.Contains(unfinished, run.State) {
		run.ClaimedAt = nil
		return run, nil
	}
	if run.ProgressAt != nil && tx.Now.Before(run.ProgressAt.Add(whatIfLease)) {
		return run, ErrWhatIfClaimed
	}
	if run.Attempts >= maxWhatIfAttempts {
		run.ClaimedAt = nil
		return run, endWhatIf(tx, run.ID, errWhatIfAttempts)
	}
	now := tx.Now
	if run.ClaimedAt != nil && !now.After(*run.ClaimedAt) {
		now = run.ClaimedAt.Add(time.Microsecond)
	}
	run.State, run.ClaimedAt, run.ProgressAt, run.Attempts = models.WhatIfStateRunning, &now, &tx.Now, run.Attempts+1
	err = tx.Model(&models.WhatIfRun{}).Where("id = ?", id).
		Updates(map[string]any{"state": run.State, "claimed_at": run.ClaimedAt, "progress_at": run.ProgressAt, "attempts": run.Attempts, "done": 0}).Error
	return run, err
}

func endWhatIf(tx *models.Tx, id models.ID, cause error) error {
	text := []rune(cause.Error())
	return tx.Model(&models.WhatIfRun{}).Where("id = ? AND state IN ?", id, unfinished).Updates(map[string]any{
		"state": models.WhatIfStateFailed, "error_message": string(text[:min(len(text), maxErrorRunes)]), "finished_at": tx.Now}).Error
}

// workWhatIf works a run that is claimed. What trying again cannot mend ends the run.
func (s *Service) workWhatIf(ctx context.Context, run models.WhatIfRun, told func(done, total int64)) error {
	err := s.priceWhatIf(ctx, run, told)
	kind := fault.KindOf(err)
	if errors.Is(err, ErrWhatIfStopped) {
		return s.dropCanceled(ctx, run.ID)
	}
	if err == nil || kind == fault.Internal || kind == fault.Unavailable {
		return err
	}
	return errors.Join(err, models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error { return endWhatIf(tx, run.ID, err) }))
}

func (s *Service) priceWhatIf(ctx context.Context, run models.WhatIfRun, told func(done, total int64)) error {
	if run.Attempts > 1 {
		holds := func(tx *models.Tx) error { return advanceWhatIf(tx, &run, map[string]any{}) }
		if err := s.dropPartners(ctx, run.ID, holds); err != nil {
			return err
		}
	}
	w, err := s.openWhatIf(ctx, run, told)
	if err != nil {
		return err
	}
	sums, err := w.work(ctx)
	if err != nil {
		return err
	}
	if err := w.settle(s.db.Read(ctx), sums); err != nil {
		return err
	}
	if err := w.writePartners(ctx, sums); err != nil {
		return err
	}
	return w.finish(ctx, sums)
}

// advanceWhatIf writes on behalf of the claim; code WHATIF_STOPPED when it holds no more.
func advanceWhatIf(tx *models.Tx, run *models.WhatIfRun, columns map[string]any) error {
	columns["progress_at"] = tx.Now
	update := tx.Model(&models.WhatIfRun{}).Where("id = ? AND state = ? AND claimed_at = ?", run.ID, models.WhatIfStateRunning, run.ClaimedAt).Updates(columns)
	return models.MustAffectOne(update, ErrWhatIfStopped)
}

// dropCanceled takes away what a canceled run has written. A run that another worker took over is that worker's.
func (s *Service) dropCanceled(ctx context.Context, id models.ID) error {
	var run models.WhatIfRun
	if err := s.db.Read(ctx).Where("id = ?", id).Take(&run).Error; err != nil {
		return fmt.Errorf("read what-if: %w", err)
	}
	if run.State != models.WhatIfStateCanceled {
		return ErrWhatIfClaimed
	}
	return errors.Join(ErrWhatIfStopped, s.dropPartners(ctx, id, func(*models.Tx) error { return nil }))
}

// dropPartners takes away what a start has written, as long as it may.
func (s *Service) dropPartners(ctx context.Context, id models.ID, may func(tx *models.Tx) error) error {
	for {
		var places []models.ID
		err := s.db.Read(ctx).Model(&models.WhatIfPartner{}).Where("run_id = ?", id).Order("place").Limit(partnersAtOnce).Pluck("place", &places).Error
		if err != nil || len(places) == 0 {
			return err
		}
		err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
			if err := may(tx); err != nil {
				return err
			}
			return tx.Where("run_id = ? AND place <= ?", id, places[len(places)-1]).Delete(&models.WhatIfPartner{}).Error
		})
		if err != nil {
			return err
		}
	}
}

// writePartners keeps what the run comes to for each enrollment, a stretch in each transaction.
func (w *whatIf) writePartners(ctx context.Context, sums *whatIfSums) error {
	rows := sums.placed()
	columns := []string{"run_id", "place", "enrollment_id", "actual_minor", "draft_minor", "currency"}
	for part := range slices.Chunk(rows, partnersAtOnce) {
		err := models.InTx(ctx, w.service.db, func(tx *models.Tx) error {
			if err := advanceWhatIf(tx, &w.run, map[string]any{}); err != nil {
				return err
			}
			_, err := models.BulkWrite(tx, models.Insert{Table: "whatif_partners", Columns: columns}, len(part), func(i int, row *models.Row) {
				row.ID(w.run.ID)
				row.ID(part[i].place)
				row.ID(part[i].id)
				row.Int(part[i].actual)
				row.Int(part[i].draft)
				row.Text(string(w.run.Currency))
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *whatIf) finish(ctx context.Context, sums *whatIfSums) error {
	detail := sums.detail()
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("encode what-if: %w", err)
	}
	var actual, draft int64
	for _, part := range slices.Concat(detail.Levels, detail.Settlements) {
		actual, draft = actual+part.ActualMinor, draft+part.DraftMinor
	}
	return models.InTx(ctx, w.service.db, func(tx *models.Tx) error {
		return advanceWhatIf(tx, &w.run, map[string]any{"state": models.WhatIfStateDone, "finished_at": tx.Now, "done": w.total, "total": w.total,
			"conversions": sums.conversions, "unpriced": sums.unpriced, "actual_minor": actual, "draft_minor": draft, "settled": w.settles, "detail": string(text)})
	})
}
