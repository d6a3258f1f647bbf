package notify

import (
	"context"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Service numbers and reads the event logs.
type Service struct{ db *models.DB }

// New makes the service.
func New(db *models.DB) *Service { return &Service{db: db} }

const (
	ofMerchant = "program_id IN (SELECT id FROM programs WHERE merchant_id = ?)"
	ofPartner  = "enrollment_id IN (SELECT id FROM enrollments WHERE partner_id = ?)"
)

// ErrNumber is returned for a number that no event can have.
var ErrNumber = fault.InvalidField("after", "EVENT_NUMBER_INVALID", "numbers of events begin with 1; 0 stands before the first")

// After asks for the events of a log that stand behind a number; 0 is the beginning.
type After struct {
	Number int64
	models.Page
}

// Events lists a program's numbered events in the order of their numbers, for its merchant.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID, EVENT_NUMBER_INVALID.
func (s *Service) Events(ctx context.Context, by access.Caller, programID models.ID, after After) (models.Slice[models.Event], error) {
	merchantID, err := by.Can(access.EventsRead)
	if err != nil {
		return models.Slice[models.Event]{}, err
	}
	return s.list(ctx, after, "program_id = ? AND "+ofMerchant, programID, merchantID)
}

// EventsOf lists the numbered events about an enrollment, for its merchant or its own partner; in between are numbers of
// events about others. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID, EVENT_NUMBER_INVALID.
func (s *Service) EventsOf(ctx context.Context, by access.Caller, enrollmentID models.ID, after After) (models.Slice[models.Event], error) {
	if by.Has(access.EventsRead) {
		return s.list(ctx, after, "enrollment_id = ? AND "+ofMerchant, enrollmentID, by.MerchantID)
	}
	partnerID, err := by.Partner()
	if err != nil {
		return models.Slice[models.Event]{}, err
	}
	return s.list(ctx, after, "enrollment_id = ? AND "+ofPartner, enrollmentID, partnerID)
}

// ByNumber is the order of a program's events.
var ByNumber = &models.Sort[models.Event]{Column: "number", Unique: true, Value: func(e models.Event) any { return e.Number }}

func (s *Service) list(ctx context.Context, after After, where string, args ...any) (models.Slice[models.Event], error) {
	if after.Number < 0 {
		return models.Slice[models.Event]{}, ErrNumber
	}
	query := s.db.Read(ctx).Where("number > ?", after.Number).Where(where, args...)
	slice, err := models.FetchPage[models.Event](query, "id", after.Page)
	if err != nil {
		return slice, fmt.Errorf("read events: %w", err)
	}
	return slice, nil
}

// ErrEventMissing is returned for an event that does not exist, has no number yet, or is not the caller's to see.
var ErrEventMissing = fault.NotFoundf("EVENT_NOT_FOUND", "event")

// Event finds an event, for its merchant or the partner it is about. Codes UNAUTHENTICATED, FORBIDDEN, EVENT_NOT_FOUND.
func (s *Service) Event(ctx context.Context, by access.Caller, id models.ID) (models.Event, error) {
	query := s.db.Read(ctx).Where("id = ?", id)
	if by.Has(access.EventsRead) {
		query = query.Where(ofMerchant, by.MerchantID)
	} else {
		partnerID, err := by.Partner()
		if err != nil {
			return models.Event{}, err
		}
		query = query.Where(ofPartner, partnerID)
	}
	var e models.Event
	if err := query.Take(&e).Error; err != nil {
		if models.IsMissing(err) {
			return e, ErrEventMissing
		}
		return e, fmt.Errorf("read event: %w", err)
	}
	return e, nil
}
