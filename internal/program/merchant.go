package program

import (
	"context"
	"fmt"
	"regexp"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

var slugShape = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

func checkSlug(field, slug string) error {
	if !slugShape.MatchString(slug) {
		return fault.InvalidField(field, "SLUG_INVALID", "a slug has 1 to 64 lower-case letters, digits and hyphens")
	}
	return nil
}

// ErrSlugTaken is returned when the slug belongs to another merchant or program.
var ErrSlugTaken = fault.New(fault.Conflict, "SLUG_TAKEN", "this slug is taken").On("slug")

// CreateMerchant adds a tenant. Codes SLUG_INVALID, SLUG_TAKEN, NAME_MISSING, NAME_TOO_LONG.
func (s *Service) CreateMerchant(tx *models.Tx, slug, name string) (models.Merchant, error) {
	if err := checkSlug("slug", slug); err != nil {
		return models.Merchant{}, err
	}
	name, err := access.NormalName(name)
	if err != nil {
		return models.Merchant{}, err
	}
	m := models.Merchant{ID: models.NewID(), Slug: slug, Name: name, CreatedAt: tx.Now}
	if err := tx.Create(&m).Error; err != nil {
		if models.IsDuplicate(err) {
			return m, ErrSlugTaken
		}
		return m, fmt.Errorf("create merchant: %w", err)
	}
	return m, nil
}

// MerchantBySlug finds a tenant. Code MERCHANT_NOT_FOUND.
func (s *Service) MerchantBySlug(ctx context.Context, slug string) (models.Merchant, error) {
	return takeOne[models.Merchant](s.db.Read(ctx).Where("slug = ?", slug), "merchant")
}
