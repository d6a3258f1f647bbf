package notify

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// MaxEndpoints is how many endpoints of a merchant's program, and of an enrollment, are told of events; parked ones do not
// count.
const MaxEndpoints = 20

// The refusals around endpoints.
var (
	ErrEndpointMissing   = fault.NotFoundf("ENDPOINT_NOT_FOUND", "endpoint").On("endpointId")
	ErrProgramMissing    = fault.NotFoundf("PROGRAM_NOT_FOUND", "program").On("programId")
	ErrEnrollmentMissing = fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment").On("enrollmentId")
	ErrOwner             = fault.InvalidField("programId", "ENDPOINT_OWNER_INVALID", "an endpoint is either a program's or an enrollment's")
	ErrTooMany           = fault.New(fault.Precondition, "TOO_MANY_ENDPOINTS", "there are %d endpoints already: park one", MaxEndpoints)
	ErrType              = fault.InvalidField("types", "EVENT_TYPE_UNKNOWN", "this is no type of event that the endpoint could be told of")
	ErrNoSecret          = fault.New(fault.Precondition, "ENDPOINT_NOT_SIGNED", "a postback has no secret")
)

// EndpointInput describes an endpoint. It is the merchant's when it names a program, and the partner's when it names an
// enrollment; no types are all types.
type EndpointInput struct {
	ProgramID    models.ID
	EnrollmentID models.ID
	URL          string
	Types        []string
}

// CreateEndpoint lets an address be told of what happens from now on, with signed requests; the secret is not shown again.
// Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_OWNER_INVALID, PROGRAM_NOT_FOUND, ENROLLMENT_NOT_FOUND, WEBHOOK_URL_INVALID,
// EVENT_TYPE_UNKNOWN, TOO_MANY_ENDPOINTS, SECRET_NOT_KEPT.
func (s *Service) CreateEndpoint(tx *models.Tx, by access.Caller, in EndpointInput) (models.WebhookEndpoint, string, error) {
	e := models.WebhookEndpoint{Kind: models.EndpointKindWebhook, URL: in.URL}
	if err := own(tx, by, in, &e); err != nil {
		return e, "", err
	}
	var secret string
	var err error
	if e.Types, err = checkTarget(e.Kind, in.URL, in.Types); err != nil {
		return e, "", err
	}
	e.ID = models.NewID()
	if secret, e.Secret, err = s.newSecret(e.ID); err != nil {
		return e, "", err
	}
	return e, secret, create(tx, by, &e)
}

// CreatePostback lets an address with macros be called, with what the event has in their place, for the conversions and
// refunds of an enrollment from now on; no types are all of those.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, WEBHOOK_URL_INVALID, MACRO_UNKNOWN, EVENT_TYPE_UNKNOWN, TOO_MANY_ENDPOINTS.
func (s *Service) CreatePostback(tx *models.Tx, by access.Caller, in EndpointInput) (models.WebhookEndpoint, error) {
	e := models.WebhookEndpoint{ID: models.NewID(), Kind: models.EndpointKindPostback, URL: in.URL, Secret: []byte{}}
	in.ProgramID = models.ID{}
	if err := own(tx, by, in, &e); err != nil {
		return e, err
	}
	var err error
	if e.Types, err = checkTarget(e.Kind, in.URL, in.Types); err != nil {
		return e, err
	}
	return e, create(tx, by, &e)
}

// own finds what the input names, for a caller that may have endpoints there.
func own(tx *models.Tx, by access.Caller, in EndpointInput, e *models.WebhookEndpoint) error {
	isMerchant := by.Has(access.EventsWrite)
	if !isMerchant {
		if _, err := by.Partner(); err != nil {
			return err
		}
	}
	if in.ProgramID.IsZero() == in.EnrollmentID.IsZero() {
		return ErrOwner
	}
	if in.EnrollmentID.IsZero() {
		merchantID, err := by.Can(access.EventsWrite)
		if err != nil {
			return err
		}
		e.ProgramID = in.ProgramID
		return exists(tx, &models.Program{}, ErrProgramMissing, "id = ? AND merchant_id = ?", in.ProgramID, merchantID)
	}
	column, owner := "partner_id", by.PartnerID
	if isMerchant {
		column, owner = "merchant_id", by.MerchantID
	}
	var found models.Enrollment
	if err := exists(tx, &found, ErrEnrollmentMissing, "id = ? AND "+column+" = ?", in.EnrollmentID, owner); err != nil {
		return err
	}
	e.ProgramID, e.EnrollmentID = found.ProgramID, &found.ID
	return nil
}

func exists(tx *models.Tx, row any, refusal error, where string, args ...any) error {
	err := tx.Where(where, args...).Take(row).Error
	if models.IsMissing(err) {
		return refusal
	}
	if err != nil {
		return fmt.Errorf("read the endpoint's owner: %w", err)
	}
	return nil
}

// checkTarget checks address and types, and gives the types as they are stored.
func checkTarget(kind models.EndpointKind, address string, types []string) (string, error) {
	check := checkURL
	if kind == models.EndpointKindPostback {
		check = checkTemplate
	}
	if err := check(address); err != nil {
		return "", err
	}
	known := knownTypes(kind)
	for _, t := range types {
		if !slices.Contains(known, t) {
			return "", ErrType
		}
	}
	if len(types) == 0 && kind == models.EndpointKindPostback {
		types = known
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(types))), " "), nil
}

// knownTypes are the types that an endpoint may be told of: a postback only of those whose data its macros read.
func knownTypes(kind models.EndpointKind) []string {
	var names []string
	for _, k := range Kinds {
		switch k.Data.(type) {
		case ConversionData, RefundData:
		default:
			if kind == models.EndpointKindPostback {
				continue
			}
		}
		names = append(names, string(k.Type))
	}
	return names
}

// create writes a new endpoint, which is told of what gets a number after the last one given.
func create(tx *models.Tx, by access.Caller, e *models.WebhookEndpoint) error {
	last, err := mayBeActive(tx, *e)
	if err != nil {
		return err
	}
	e.OldSecret, e.State, e.CursorNumber, e.CreatedBy, e.CreatedAt = []byte{}, models.EndpointStateActive, last, by.Name, tx.Now
	if err := tx.Create(e).Error; err != nil {
		return fmt.Errorf("create endpoint: %w", err)
	}
	return tellEndpoint(tx, EndpointCreated, *e)
}

// mayBeActive refuses one endpoint too many, and gives the last number of the log. The log's counter is locked: of two that
// come at once, the second sees the first. Code TOO_MANY_ENDPOINTS.
func mayBeActive(tx *models.Tx, e models.WebhookEndpoint) (int64, error) {
	last, err := lockCounter(tx, e.ProgramID)
	if err != nil {
		return 0, err
	}
	query := tx.Model(&models.WebhookEndpoint{}).Where("program_id = ? AND state = ?", e.ProgramID, models.EndpointStateActive)
	if e.EnrollmentID == nil {
		query = query.Where("enrollment_id IS NULL")
	} else {
		query = query.Where("enrollment_id = ?", e.EnrollmentID)
	}
	var active int64
	if err := query.Count(&active).Error; err != nil {
		return 0, fmt.Errorf("count endpoints: %w", err)
	}
	if active >= MaxEndpoints {
		return 0, ErrTooMany
	}
	return last, nil
}

func tellEndpoint(tx *models.Tx, kind Type, e models.WebhookEndpoint) error {
	return Emit(tx, e.ProgramID, Event{Type: kind, EnrollmentID: models.Or(e.EnrollmentID), Data: EndpointData{
		EndpointID: e.ID.Format(models.PrefixEndpoint), Kind: e.Kind, State: e.State, ParkReason: e.ParkReason}})
}

// ownEndpoint locks an endpoint that the caller may change. Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND.
func ownEndpoint(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookEndpoint, error) {
	query, err := seen(tx.DB, by, access.EventsWrite)
	if err != nil {
		return models.WebhookEndpoint{}, err
	}
	return takeEndpoint(query.Clauses(clause.Locking{Strength: "UPDATE"}), id)
}
