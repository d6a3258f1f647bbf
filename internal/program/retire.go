package program

import (
	"fmt"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/models"
)

// SetLinkActive ends a link or opens it again; a link that is in that state already stays. The partner may end its own,
// only the merchant opens one again. Codes UNAUTHENTICATED, FORBIDDEN, LINK_NOT_FOUND.
func (s *Service) SetLinkActive(tx *models.Tx, by access.Caller, id models.ID, active bool) (models.Link, error) {
	link, changed, err := setActive[models.Link](tx, by, "link", id, active)
	if err != nil || !changed {
		return link, err
	}
	return link, emitLink(tx, either(active, notify.LinkReactivated, notify.LinkDeactivated), link)
}

// SetCouponActive ends a coupon or lets it count again, as SetLinkActive does for links. Codes UNAUTHENTICATED,
// FORBIDDEN, COUPON_NOT_FOUND.
func (s *Service) SetCouponActive(tx *models.Tx, by access.Caller, id models.ID, active bool) (models.Coupon, error) {
	coupon, changed, err := setActive[models.Coupon](tx, by, "coupon", id, active)
	if err != nil || !changed {
		return coupon, err
	}
	return coupon, emitCoupon(tx, either(active, notify.CouponReactivated, notify.CouponDeactivated), coupon)
}

func either(active bool, opened, ended notify.Type) notify.Type {
	if active {
		return opened
	}
	return ended
}

// setActive also tells whether the row was in the other state before.
func setActive[T any](tx *models.Tx, by access.Caller, noun string, id models.ID, active bool) (T, bool, error) {
	var row T
	column, owner := "merchant_id", by.MerchantID
	if active || by.Has(access.PartnersWrite) {
		if _, err := by.Can(access.PartnersWrite); err != nil {
			return row, false, err
		}
	} else {
		partnerID, err := by.Partner()
		if err != nil {
			return row, false, err
		}
		column, owner = "partner_id", partnerID
	}
	own := "id = ? AND enrollment_id IN (SELECT id FROM enrollments WHERE " + column + " = ?)"
	if _, err := takeOne[T](tx.Where(own, id, owner), noun); err != nil {
		return row, false, err
	}
	update := tx.Model(&row).Where("id = ? AND active = ?", id, !active).Update("active", active)
	if update.Error != nil {
		return row, false, fmt.Errorf("switch %s: %w", noun, update.Error)
	}
	row, err := takeOne[T](tx.Where("id = ?", id), noun)
	return row, update.RowsAffected == 1, err
}
