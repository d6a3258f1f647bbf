package export

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The limits of exports.
const (
	MaxBytes = 1 << 30 // of a file
	KeptFor  = 24 * time.Hour
	maxKept  = 20 // exports of a program that wait, run, or have a file
)

// The refusals of exports.
var (
	ErrMissing    = fault.NotFoundf("EXPORT_NOT_FOUND", "export")
	ErrPeriod     = fault.NotFoundf("PERIOD_NOT_FOUND", "period")
	ErrPeriodOpen = fault.New(fault.Precondition, "PERIOD_OPEN", "statements are written when the period closes").On("periodId")
	ErrTooMany    = fault.New(fault.Precondition, "EXPORTS_TOO_MANY", "a program has at most %d exports that wait or are kept; a file is kept for %d hours", maxKept, int(KeptFor.Hours())).On("periodId")
	ErrFinished   = fault.New(fault.Precondition, "EXPORT_FINISHED", "the export is finished")
)

// Service makes exports.
type Service struct {
	db      *models.DB
	key     []byte // signs the addresses of files
	baseURL string
	most    int64 // bytes of a file
	page    int   // records in one part of a file
}

// New makes the service. The secret signs the addresses of files; baseURL is how the outside reaches the server.
func New(db *models.DB, secret, baseURL string) (*Service, error) {
	key, err := signingKey(secret)
	return &Service{db: db, key: key, baseURL: baseURL, most: MaxBytes, page: pageRecords}, err
}

// Request asks for an export of what a period holds and gives it as it waits; a worker runs it. It needs payouts:read,
// since it is for those who see the money, and the scope that reading what it lists needs. Codes UNAUTHENTICATED, FORBIDDEN, PERIOD_NOT_FOUND, PERIOD_OPEN (of statements), EXPORTS_TOO_MANY.
func (s *Service) Request(tx *models.Tx, by access.Caller, kind models.ExportKind, periodID models.ID) (models.Export, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Export{}, err
	}
	if _, err := by.Can(listings[kind].scope); err != nil {
		return models.Export{}, err
	}
	var period models.Period
	err = tx.Where("id = ? AND program_id IN (SELECT id FROM programs WHERE merchant_id = ?)", periodID, merchantID).Take(&period).Error
	switch {
	case models.IsMissing(err):
		return models.Export{}, ErrPeriod
	case err != nil:
		return models.Export{}, fmt.Errorf("read period: %w", err)
	case kind == models.ExportKindStatements && period.State != models.PeriodStateClosed:
		return models.Export{}, ErrPeriodOpen
	}
	var kept int64
	err = tx.Model(&models.Export{}).Where("program_id = ? AND (state IN ? OR prune_at IS NOT NULL)", period.ProgramID, unfinished).Count(&kept).Error
	if err != nil {
		return models.Export{}, fmt.Errorf("count exports: %w", err)
	}
	if kept >= maxKept {
		return models.Export{}, ErrTooMany
	}
	e := models.Export{ID: models.NewID(), MerchantID: merchantID, ProgramID: period.ProgramID, PeriodID: periodID, Kind: kind,
		State: models.ExportStateQueued, Actor: by.Name, RequestedAt: tx.Now}
	if err := tx.Create(&e).Error; err != nil {
		return e, fmt.Errorf("create export: %w", err)
	}
	return e, models.Ring(tx, models.TaskExport, e.ID)
}

var unfinished = []models.ExportState{models.ExportStateQueued, models.ExportStateRunning}

// Cancel ends an export that is not finished; nothing of it stays but the request.
// Codes UNAUTHENTICATED, FORBIDDEN, EXPORT_NOT_FOUND, EXPORT_FINISHED.
func (s *Service) Cancel(tx *models.Tx, by access.Caller, id models.ID) (models.Export, error) {
	e, err := seen(tx.DB, by, id)
	if err != nil {
		return e, err
	}
	if !slices.Contains(unfinished, e.State) {
		return e, ErrFinished
	}
	e.State, e.FinishedAt, e.PruneAt = models.ExportStateCanceled, &tx.Now, &tx.Now
	update := tx.Model(&models.Export{}).Where("id = ? AND state IN ?", id, unfinished).
		Updates(map[string]any{"state": e.State, "finished_at": tx.Now, "prune_at": tx.Now})
	return e, models.MustAffectOne(update, ErrFinished)
}

// Export finds an export of the caller's merchant that lists what the caller may read.
// Codes UNAUTHENTICATED, FORBIDDEN, EXPORT_NOT_FOUND.
func (s *Service) Export(ctx context.Context, by access.Caller, id models.ID) (models.Export, error) {
	return seen(s.db.Read(ctx), by, id)
}

// Exports lists a program's exports that list what the caller may read, in the order they were asked for.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Exports(ctx context.Context, by access.Caller, programID models.ID, page models.Page) (models.Slice[models.Export], error) {
	query, err := narrowed(s.db.Read(ctx), by)
	if err != nil {
		return models.Slice[models.Export]{}, err
	}
	return models.FetchPage[models.Export](query.Where("program_id = ?", programID), "id", page)
}

func seen(query *gorm.DB, by access.Caller, id models.ID) (models.Export, error) {
	var e models.Export
	query, err := narrowed(query, by)
	if err != nil {
		return e, err
	}
	err = query.Where("id = ?", id).Take(&e).Error
	if models.IsMissing(err) {
		return e, ErrMissing
	}
	if err != nil {
		return e, fmt.Errorf("read export: %w", err)
	}
	return e, nil
}

// narrowed keeps a read to the caller's merchant and to the kinds that list what the caller may read.
func narrowed(query *gorm.DB, by access.Caller) (*gorm.DB, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return nil, err
	}
	var kinds []models.ExportKind
	for kind, l := range listings {
		if by.Has(l.scope) {
			kinds = append(kinds, kind)
		}
	}
	return query.Where("merchant_id = ? AND kind IN ?", merchantID, kinds), nil
}
