package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/models"
)

const (
	// lease is how long an export may show no progress before another worker takes it over.
	lease         = 2 * time.Minute
	maxAttempts   = 5
	maxErrorRunes = 500
)

// The ways in which a run ends without a file.
var (
	ErrClaimed  = fault.New(fault.Unavailable, "EXPORT_CLAIMED", "another worker is at the export")
	ErrStopped  = fault.New(fault.Precondition, "EXPORT_STOPPED", "the export was canceled or taken over")
	errTooLarge = fault.New(fault.Precondition, "EXPORT_TOO_LARGE", "the file would be larger than %d bytes", MaxBytes)
	errAttempts = fault.New(fault.Precondition, "EXPORT_ATTEMPTS", "the export was started %d times and never came to its end", maxAttempts)
)

// Run writes the file of an export. A start goes on where the one before ended, so it may be stopped at any point; an
// export that is finished stays as it is. Codes EXPORT_NOT_FOUND, EXPORT_CLAIMED while another worker is at it, EXPORT_STOPPED
// when it was canceled, EXPORT_TOO_LARGE.
func (s *Service) Run(ctx context.Context, id models.ID) error {
	var e models.Export
	err := models.InTx(ctx, s.db, func(tx *models.Tx) (err error) {
		e, err = claim(tx, id)
		return err
	})
	if err != nil || e.ClaimedAt == nil {
		return err
	}
	err = s.work(ctx, &e)
	kind := fault.KindOf(err)
	if err == nil || errors.Is(err, ErrStopped) || kind == fault.Internal || kind == fault.Unavailable {
		return err // a passing one is tried again
	}
	return errors.Join(err, models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error { return fail(tx, id, err) }))
}

// claim takes an export over: each start has an instant of its own, and every later write asks for it. One that is
// finished is given without a claim.
func claim(tx *models.Tx, id models.ID) (models.Export, error) {
	var e models.Export
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&e).Error
	switch {
	case models.IsMissing(err):
		return e, ErrMissing
	case err != nil:
		return e, fmt.Errorf("read export: %w", err)
	case !slices.Contains(unfinished, e.State):
		e.ClaimedAt = nil
		return e, nil
	case e.ProgressAt != nil && tx.Now.Before(e.ProgressAt.Add(lease)):
		return e, ErrClaimed
	case e.Attempts >= maxAttempts:
		e.ClaimedAt = nil
		return e, fail(tx, id, errAttempts)
	}
	now := tx.Now
	if e.ClaimedAt != nil && !now.After(*e.ClaimedAt) {
		now = e.ClaimedAt.Add(time.Microsecond)
	}
	e.State, e.ClaimedAt, e.Attempts = models.ExportStateRunning, &now, e.Attempts+1
	err = tx.Model(&models.Export{}).Where("id = ?", id).
		Updates(map[string]any{"state": e.State, "claimed_at": now, "progress_at": tx.Now, "attempts": e.Attempts}).Error
	return e, err
}

func fail(tx *models.Tx, id models.ID, cause error) error {
	text := []rune(cause.Error())
	return tx.Model(&models.Export{}).Where("id = ? AND state IN ?", id, unfinished).Updates(map[string]any{"state": models.ExportStateFailed,
		"error_message": string(text[:min(len(text), maxErrorRunes)]), "finished_at": tx.Now, "prune_at": tx.Now}).Error
}

// advance writes on behalf of the claim; code EXPORT_STOPPED when it holds no more.
func advance(tx *models.Tx, e *models.Export, columns map[string]any) error {
	columns["progress_at"] = tx.Now
	update := tx.Model(&models.Export{}).Where("id = ? AND state = ? AND claimed_at = ?", e.ID, models.ExportStateRunning, e.ClaimedAt).Updates(columns)
	return models.MustAffectOne(update, ErrStopped)
}

func (s *Service) work(ctx context.Context, e *models.Export) error {
	var of subject
	if err := s.db.Read(ctx).Where("id = ?", e.ProgramID).Take(&of.program).Error; err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	if err := s.db.Read(ctx).Where("id = ?", e.PeriodID).Take(&of.period).Error; err != nil {
		return fmt.Errorf("read period: %w", err)
	}
	l := listings[e.Kind]
	if e.Chunks == 0 {
		if err := s.begin(ctx, e, l, of); err != nil {
			return err
		}
	}
	after, err := placeOf(e.Place)
	if err != nil {
		return err
	}
	for {
		p, err := l.read(s.db.Read(ctx), of, after, s.page)
		if err != nil {
			return err
		}
		if p.looked == 0 {
			return s.finish(ctx, e)
		}
		if err := s.append(ctx, e, p); err != nil {
			return err
		}
		after = p.last
	}
}

// begin counts what there is to read, and stores the header as the first part of the file.
func (s *Service) begin(ctx context.Context, e *models.Export, l listing, of subject) error {
	total, err := l.count(s.db.Read(ctx), of)
	if err != nil {
		return fmt.Errorf("count records: %w", err)
	}
	e.Total = total
	return s.store(ctx, e, [][]string{slices.Clone(l.header)})
}

// append stores a page as a part of the file, with the place it ended at.
func (s *Service) append(ctx context.Context, e *models.Export, p page) error {
	text, err := p.last.text()
	if err != nil {
		return err
	}
	e.Place, e.Done, e.RowCount = text, e.Done+int64(p.looked), e.RowCount+int64(len(p.rows))
	e.Total = max(e.Total, e.Done) // there may be more by now
	return s.store(ctx, e, p.rows)
}

func (s *Service) store(ctx context.Context, e *models.Export, rows [][]string) error {
	body, err := encode(rows)
	if err != nil {
		return err
	}
	chunk := models.ExportChunk{ExportID: e.ID, Seq: e.Chunks, Body: body}
	e.ByteCount += int64(len(body))
	if e.ByteCount > s.most {
		return errTooLarge
	}
	if len(body) > 0 {
		e.Chunks++
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		err := advance(tx, e, map[string]any{"place": e.Place, "done": e.Done, "total": e.Total, "row_count": e.RowCount, "byte_count": e.ByteCount, "chunks": e.Chunks})
		if err != nil || len(body) == 0 {
			return err
		}
		return tx.Create(&chunk).Error
	})
}

func (s *Service) finish(ctx context.Context, e *models.Export) error {
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		expires := tx.Now.Add(KeptFor)
		return advance(tx, e, map[string]any{"state": models.ExportStateDone, "finished_at": tx.Now, "expires_at": expires, "prune_at": expires, "total": e.Done})
	})
}
