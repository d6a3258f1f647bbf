package notify

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/models"
)

// seen narrows a read to what the caller may see by the scope, or the partner that it is.
func seen(query *gorm.DB, by access.Caller, scope access.Scope) (*gorm.DB, error) {
	if by.Has(scope) {
		return query.Where(ofMerchant, by.MerchantID), nil
	}
	partnerID, err := by.Partner()
	if err != nil {
		return nil, err
	}
	return query.Where(ofPartner, partnerID), nil
}

func takeEndpoint(query *gorm.DB, id models.ID) (models.WebhookEndpoint, error) {
	var e models.WebhookEndpoint
	if err := query.Where("id = ?", id).Take(&e).Error; err != nil {
		if models.IsMissing(err) {
			return e, ErrEndpointMissing
		}
		return e, fmt.Errorf("read endpoint: %w", err)
	}
	return e, nil
}

// Endpoint finds an endpoint. Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND.
func (s *Service) Endpoint(ctx context.Context, by access.Caller, id models.ID) (models.WebhookEndpoint, error) {
	query, err := seen(s.db.Read(ctx), by, access.EventsRead)
	if err != nil {
		return models.WebhookEndpoint{}, err
	}
	return takeEndpoint(query, id)
}

// Endpoints lists the endpoints of a merchant's program. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Endpoints(ctx context.Context, by access.Caller, programID models.ID, page models.Page) (models.Slice[models.WebhookEndpoint], error) {
	merchantID, err := by.Can(access.EventsRead)
	if err != nil {
		return models.Slice[models.WebhookEndpoint]{}, err
	}
	return models.FetchPage[models.WebhookEndpoint](s.db.Read(ctx).Where("program_id = ? AND enrollment_id IS NULL", programID).Where(ofMerchant, merchantID), "id", page)
}

// EndpointsOf lists the endpoints and postbacks of an enrollment, for its merchant or its own partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) EndpointsOf(ctx context.Context, by access.Caller, enrollmentID models.ID, page models.Page) (models.Slice[models.WebhookEndpoint], error) {
	query, err := seen(s.db.Read(ctx), by, access.EventsRead)
	if err != nil {
		return models.Slice[models.WebhookEndpoint]{}, err
	}
	return models.FetchPage[models.WebhookEndpoint](query.Where("enrollment_id = ?", enrollmentID), "id", page)
}

// Deliveries lists what was and is to be sent to an endpoint, for who sees the endpoint: what has ended, for 30 days.
// Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND, PAGE_SIZE_INVALID.
func (s *Service) Deliveries(ctx context.Context, by access.Caller, endpointID models.ID, page models.Page) (models.Slice[models.WebhookDelivery], error) {
	if _, err := s.Endpoint(ctx, by, endpointID); err != nil {
		return models.Slice[models.WebhookDelivery]{}, err
	}
	return models.FetchPage[models.WebhookDelivery](s.db.Read(ctx).Where("endpoint_id = ?", endpointID), "id", page)
}
