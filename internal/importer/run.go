package importer

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals around a run.
var (
	ErrTakenOver   = fault.New(fault.Conflict, "IMPORT_TAKEN_OVER", "the same file was started again and goes on there; nothing is lost")
	ErrFileChanged = fault.New(fault.Conflict, "IMPORT_FILE_CHANGED", "the file was changed while it was read; start again")
	ErrRunNotFound = fault.NotFoundf("IMPORT_RUN_NOT_FOUND", "import")
)

// linesPerStatement bounds the statements that name lines of rejections.
const linesPerStatement = 1000

// claim finds or makes the run of a file and takes it over from whoever had it: each start has an instant of its own,
// and every later write asks for it. It also tells whether an earlier start had finished the run.
func claim(ctx context.Context, db *models.DB, want models.ImportRun) (run models.ImportRun, wasFinished bool, err error) {
	err = models.InTx(ctx, db, func(tx *models.Tx) error {
		wasFinished = false
		run = models.ImportRun{}
		// The lock waits for a chunk of another start, so that what is read here includes it.
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND kind = ? AND file_hash = ?", want.ProgramID, want.Kind, want.FileHash).Take(&run).Error
		if models.IsMissing(err) {
			run = want
			run.ID, run.StartedAt = models.NewID(), tx.Now
			if err := tx.Create(&run).Error; err != nil {
				if models.IsDuplicate(err) {
					return models.ErrRetry // another start was first
				}
				return fmt.Errorf("create import run: %w", err)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read import run: %w", err)
		}
		wasFinished = run.FinishedAt != nil
		started := tx.Now
		if !started.After(run.StartedAt) {
			started = run.StartedAt.Add(time.Microsecond)
		}
		update := tx.Model(&models.ImportRun{}).Where("id = ? AND started_at = ?", run.ID, run.StartedAt).
			Updates(map[string]any{"started_at": started, "finished_at": nil})
		run.StartedAt, run.FinishedAt = started, nil
		return models.MustAffectOne(update, models.ErrRetry)
	})
	return run, wasFinished, err
}

// hold makes every other start wait until the chunk is through, and refuses when one has taken over.
func hold(tx *models.Tx, run models.ImportRun) error {
	var held models.ImportRun
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").Where("id = ? AND started_at = ?", run.ID, run.StartedAt).Take(&held).Error
	if models.IsMissing(err) {
		return ErrTakenOver
	}
	if err != nil {
		return fmt.Errorf("hold import run: %w", err)
	}
	return nil
}

// advance writes how far the run is, and what became of the chunk's rows that are not taken in.
func advance(tx *models.Tx, run models.ImportRun, rows []row, verdicts []verdict) error {
	update := tx.Model(&models.ImportRun{}).Where("id = ? AND started_at = ?", run.ID, run.StartedAt).
		Updates(map[string]any{"rows_done": run.RowsDone, "rejected": run.Rejected})
	if err := models.MustAffectOne(update, ErrTakenOver); err != nil {
		return err
	}
	var settled []int64
	var rejected [][]any
	for i, r := range rows {
		v := verdicts[i]
		if v.outcome == outcomeKept {
			continue
		}
		if r.retried {
			settled = append(settled, r.line)
		}
		if v.reason != nil {
			rejected = append(rejected, []any{run.ID, r.line, v.reason.Code, v.reason.Field, v.reason.Msg})
		}
	}
	if len(settled) > 0 {
		if err := tx.Where("run_id = ? AND line IN ?", run.ID, settled).Delete(&models.ImportRejection{}).Error; err != nil {
			return fmt.Errorf("delete rejections: %w", err)
		}
	}
	_, err := models.BulkInsert(tx, models.Insert{Table: "import_rejections", Columns: []string{"run_id", "line", "code", "field", "message"}}, rejected)
	return err
}

// finish closes the run: rows that still wait for a sponsor will wait for ever, and are told why.
func finish(ctx context.Context, db *models.DB, run models.ImportRun, cycles []int64) error {
	return models.InTx(ctx, db, func(tx *models.Tx) error {
		update := tx.Model(&models.ImportRun{}).Where("id = ? AND started_at = ?", run.ID, run.StartedAt).Update("finished_at", tx.Now)
		if err := models.MustAffectOne(update, ErrTakenOver); err != nil {
			return err
		}
		for lines := range slices.Chunk(cycles, linesPerStatement) {
			if err := settleAwaited(tx.Where("line IN ?", lines), run.ID, ErrSponsorCycle); err != nil {
				return err
			}
		}
		return settleAwaited(tx.DB, run.ID, ErrSponsorNotFound)
	})
}

func settleAwaited(query *gorm.DB, runID models.ID, reason *fault.Error) error {
	err := query.Model(&models.ImportRejection{}).Where("run_id = ? AND code = ?", runID, ErrSponsorAwaited.Code).
		Updates(map[string]any{"code": reason.Code, "field": reason.Field, "message": reason.Msg}).Error
	if err != nil {
		return fmt.Errorf("settle awaited rows: %w", err)
	}
	return nil
}

// rejections streams a run's rejections after a line, in the order of the file.
func rejections(ctx context.Context, db *models.DB, runID models.ID, code string) iter.Seq2[models.ImportRejection, error] {
	return func(yield func(models.ImportRejection, error) bool) {
		for after := int64(0); ; {
			query := db.Read(ctx).Where("run_id = ? AND line > ?", runID, after)
			if code != "" {
				query = query.Where("code = ?", code)
			}
			var page []models.ImportRejection
			if err := query.Order("line").Limit(linesPerStatement).Find(&page).Error; err != nil {
				yield(models.ImportRejection{}, fmt.Errorf("read rejections: %w", err))
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
				after = r.Line
			}
			if len(page) < linesPerStatement {
				return
			}
		}
	}
}

// Rejections streams what a run of the caller's merchant rejected, in the order of the file.
// Codes UNAUTHENTICATED, FORBIDDEN, IMPORT_RUN_NOT_FOUND.
func (s *Service) Rejections(ctx context.Context, by access.Caller, runID models.ID) (iter.Seq2[models.ImportRejection, error], error) {
	merchantID, err := by.Can(access.ProgramsRead)
	if err != nil {
		return nil, err
	}
	var run models.ImportRun
	err = s.db.Read(ctx).Where("id = ? AND program_id IN (SELECT id FROM programs WHERE merchant_id = ?)", runID, merchantID).Take(&run).Error
	if models.IsMissing(err) {
		return nil, ErrRunNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read import run: %w", err)
	}
	return rejections(ctx, s.db, runID, ""), nil
}
