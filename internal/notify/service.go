package notify

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Service numbers and reads the event logs, and sends them to endpoints.
type Service struct {
	db     *models.DB
	vault  *access.Vault // of the secrets of endpoints; nil where none could be had again
	client *http.Client
	fanned atomic.Pointer[models.ID] // the endpoint that the last fan-out ended with; nil for the beginning
}

// New makes the service. Calls go to public addresses, and into the networks that are allowed beside them.
func New(db *models.DB, vault *access.Vault, allowed Networks) *Service {
	return &Service{db: db, vault: vault, client: newClient(allowed)}
}

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
	return list(s.db.Read(ctx).Where("program_id = ?", programID).Where(ofMerchant, merchantID), after)
}

// EventsOf lists the numbered events about an enrollment, for its merchant or its own partner; in between are numbers of
// events about others. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID, EVENT_NUMBER_INVALID.
func (s *Service) EventsOf(ctx context.Context, by access.Caller, enrollmentID models.ID, after After) (models.Slice[models.Event], error) {
	query, err := seen(s.db.Read(ctx), by, access.EventsRead)
	if err != nil {
		return models.Slice[models.Event]{}, err
	}
	slice, err := list(query.Where("enrollment_id = ?", enrollmentID), after)
	if err != nil || by.Has(access.EventsRead) {
		return slice, err
	}
	for i := range slice.Rows {
		if slice.Rows[i], err = forPartner(slice.Rows[i]); err != nil {
			return slice, err
		}
	}
	return slice, nil
}

// ByNumber is the order of a program's events.
var ByNumber = &models.Sort[models.Event]{Column: "number", Unique: true, Value: func(e models.Event) any { return e.Number }}

func list(query *gorm.DB, after After) (models.Slice[models.Event], error) {
	if after.Number < 0 {
		return models.Slice[models.Event]{}, ErrNumber
	}
	slice, err := models.FetchPage[models.Event](query.Where("number > ?", after.Number), "id", after.Page)
	if err != nil {
		return slice, fmt.Errorf("read events: %w", err)
	}
	return slice, nil
}

// ErrEventMissing is returned for an event that does not exist, has no number yet, or is not the caller's to see.
var ErrEventMissing = fault.NotFoundf("EVENT_NOT_FOUND", "event")

// Event finds an event, for its merchant or the partner it is about. Codes UNAUTHENTICATED, FORBIDDEN, EVENT_NOT_FOUND.
func (s *Service) Event(ctx context.Context, by access.Caller, id models.ID) (models.Event, error) {
	query, err := seen(s.db.Read(ctx), by, access.EventsRead)
	if err != nil {
		return models.Event{}, err
	}
	var e models.Event
	if err := query.Where("id = ?", id).Take(&e).Error; err != nil {
		if models.IsMissing(err) {
			return e, ErrEventMissing
		}
		return e, fmt.Errorf("read event: %w", err)
	}
	if by.Has(access.EventsRead) {
		return e, nil
	}
	return forPartner(e)
}
