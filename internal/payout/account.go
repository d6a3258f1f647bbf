package payout

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

// Onboard opens the partner's Stripe account with the enrollment's merchant, if there is none, and gives a page where
// the partner completes it. The page works once and only for minutes. Codes UNAUTHENTICATED, FORBIDDEN,
// ENROLLMENT_NOT_FOUND, RAIL_NOT_SET_UP.
func (s *Service) Onboard(ctx context.Context, by access.Caller, enrollmentID models.ID, refreshURL, returnURL string) (string, models.PayoutAccount, error) {
	var e models.Enrollment
	var partner models.Partner
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		if e, err = program.OwnEnrollment(tx, by, access.PartnersWrite, enrollmentID); err != nil {
			return err
		}
		partner, err = takeOne[models.Partner](tx.Where("id = ?", e.PartnerID), "partner")
		return err
	})
	if err != nil {
		return "", models.PayoutAccount{}, err
	}
	rail, err := s.rail(models.RailNameStripe)
	if err != nil {
		return "", models.PayoutAccount{}, err
	}
	status, err := s.openOrRead(ctx, rail, e, partner)
	if err != nil {
		return "", models.PayoutAccount{}, err
	}
	account, err := s.keepAccount(ctx, e, models.RailNameStripe, status)
	if err != nil {
		return "", account, err
	}
	page, err := rail.AccountLink(ctx, account.Destination, refreshURL, returnURL)
	return page, account, err
}

// openOrRead reads the account that is kept, or opens one. A second account would be opened as soon as the rail has
// forgotten the key of the first, so what is kept comes first.
func (s *Service) openOrRead(ctx context.Context, rail Rail, e models.Enrollment, partner models.Partner) (AccountStatus, error) {
	var kept models.PayoutAccount
	err := s.db.Read(ctx).Where("merchant_id = ? AND partner_id = ? AND rail = ?", e.MerchantID, e.PartnerID, models.RailNameStripe).Take(&kept).Error
	switch {
	case err == nil:
		return rail.Account(ctx, kept.Destination)
	case !models.IsMissing(err):
		return AccountStatus{}, fmt.Errorf("read payout account: %w", err)
	}
	// The key is derived, so a double click, or a crash before the row is written, opens one account.
	key := fmt.Sprintf("tributary:account:%s:%s:g1", e.MerchantID, e.PartnerID)
	return rail.OpenAccount(ctx, key, partner.Email, partner.Country)
}

func (s *Service) keepAccount(ctx context.Context, e models.Enrollment, rail models.RailName, status AccountStatus) (models.PayoutAccount, error) {
	requirements, err := json.Marshal(status.Requirements)
	if err != nil {
		return models.PayoutAccount{}, fmt.Errorf("encode requirements: %w", err)
	}
	var kept models.PayoutAccount
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		_, err := models.BulkInsert(tx, models.Insert{Table: "payout_accounts", SkipExisting: true, Columns: []string{"id", "merchant_id", "partner_id", "rail",
			"destination", "country", "ready", "status", "requirements", "destination_changed_at", "checked_at", "created_at"}},
			[][]any{{models.NewID(), e.MerchantID, e.PartnerID, rail, status.Destination, status.Country, false, status.Status, "[]", tx.Now, tx.Now, tx.Now}})
		if err != nil {
			return err
		}
		own := "merchant_id = ? AND partner_id = ? AND rail = ?"
		if kept, err = takeOne[models.PayoutAccount](tx.Where(own, e.MerchantID, e.PartnerID, rail), "account"); err != nil {
			return err
		}
		columns := map[string]any{"ready": status.Ready, "status": status.Status, "requirements": string(requirements), "checked_at": tx.Now}
		if kept.Destination != status.Destination {
			columns["destination"], columns["destination_changed_at"] = status.Destination, tx.Now
		}
		if err := tx.Model(&models.PayoutAccount{}).Where("id = ?", kept.ID).Updates(columns).Error; err != nil {
			return err
		}
		kept, err = takeOne[models.PayoutAccount](tx.Where("id = ?", kept.ID), "account")
		return err
	})
	return kept, err
}

// RefreshAccount reads an account from its rail again: a webhook or a return from onboarding is only a hint. An account
// that nobody here has is left alone.
func (s *Service) RefreshAccount(ctx context.Context, name models.RailName, destination string) error {
	rail, err := s.rail(name)
	if err != nil {
		return err
	}
	var rows []models.PayoutAccount
	if err := s.db.Read(ctx).Where("rail = ? AND destination = ?", name, destination).Find(&rows).Error; err != nil {
		return fmt.Errorf("read payout accounts: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	status, err := rail.Account(ctx, destination)
	if err != nil {
		return err
	}
	for _, a := range rows {
		if _, err := s.keepAccount(ctx, models.Enrollment{MerchantID: a.MerchantID, PartnerID: a.PartnerID}, name, status); err != nil {
			return err
		}
	}
	return nil
}

// SetBankReference says where the manual rail pays the partner of an enrollment: the text goes into the bank file.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, REFERENCE_INVALID.
func (s *Service) SetBankReference(ctx context.Context, by access.Caller, enrollmentID models.ID, reference string) (models.PayoutAccount, error) {
	reference = strings.TrimSpace(reference)
	if !isReference(reference, maxDestinationBytes) {
		return models.PayoutAccount{}, ErrReferenceBad
	}
	var e models.Enrollment
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		e, err = program.OwnEnrollment(tx, by, access.PartnersWrite, enrollmentID)
		return err
	})
	if err != nil {
		return models.PayoutAccount{}, err
	}
	return s.keepAccount(ctx, e, models.RailNameManual, AccountStatus{Destination: reference, Ready: true, Status: "active"})
}
