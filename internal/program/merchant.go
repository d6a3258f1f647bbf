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

// SignUpMerchantInput asks for a tenant with its first owner.
type SignUpMerchantInput struct {
	Slug         string
	Name         string
	Email        string // of the owner
	OwnerName    string
	PasswordHash string
}

// SignUpMerchant adds a tenant and the login of its owner, who is signed in afterwards and confirms the address
// by the link that it is sent. Codes SLUG_INVALID, SLUG_TAKEN,
// NAME_MISSING, NAME_TOO_LONG, EMAIL_INVALID, EMAIL_TAKEN.
func (s *Service) SignUpMerchant(tx *models.Tx, in SignUpMerchantInput) (models.Merchant, error) {
	m, err := s.CreateMerchant(tx, in.Slug, in.Name)
	if err != nil {
		return m, err
	}
	user, err := s.access.Register(tx, in.Email, in.OwnerName, in.PasswordHash)
	if err != nil {
		if fault.FieldOf(err) == "name" {
			return m, on("ownerName", err)
		}
		return m, err
	}
	return m, s.access.AddStaff(tx, m.ID, user.ID, models.StaffRoleOwner)
}

// MerchantBySlug finds a tenant. Code MERCHANT_NOT_FOUND.
func (s *Service) MerchantBySlug(ctx context.Context, slug string) (models.Merchant, error) {
	return takeOne[models.Merchant](s.db.Read(ctx).Where("slug = ?", slug), "merchant")
}
