package program

import (
	"fmt"

	"tributary/internal/access"
	"tributary/models"
)

// SetLinkActive ends a link or opens it again; a link that is in that state already stays. The partner may end its own,
// only the merchant opens one again. Codes UNAUTHENTICATED, FORBIDDEN, LINK_NOT_FOUND.
func (s *Service) SetLinkActive(tx *models.Tx, by access.Caller, id models.ID, active bool) (models.Link, error) {
	return setActive[models.Link](tx, by, "link", id, active)
}

// SetCouponActive ends a coupon or lets it count again, as SetLinkActive does for links. Codes UNAUTHENTICATED,
// FORBIDDEN, COUPON_NOT_FOUND.
func (s *Service) SetCouponActive(tx *models.Tx, by access.Caller, id models.ID, active bool) (models.Coupon, error) {
	return setActive[models.Coupon](tx, by, "coupon", id, active)
}

func setActive[T any](tx *models.Tx, by access.Caller, noun string, id models.ID, active bool) (T, error) {
	var row T
	column, owner := "merchant_id", by.MerchantID
	if active || by.Has(access.PartnersWrite) {
		if _, err := by.Can(access.PartnersWrite); err != nil {
			return row, err
		}
	} else {
		partnerID, err := by.Partner()
		if err != nil {
			return row, err
		}
		column, owner = "partner_id", partnerID
	}
	own := "id = ? AND enrollment_id IN (SELECT id FROM enrollments WHERE " + column + " = ?)"
	if _, err := takeOne[T](tx.Where(own, id, owner), noun); err != nil {
		return row, err
	}
	if err := tx.Model(&row).Where("id = ?", id).Update("active", active).Error; err != nil {
		return row, fmt.Errorf("switch %s: %w", noun, err)
	}
	return takeOne[T](tx.Where("id = ?", id), noun)
}
