package payout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// Onboard opens the partner's Stripe account with the enrollment's merchant, if there is none or it is gone, and gives a page where
// the partner completes it. The page works once and only for minutes; it sends the partner on to one of the two URLs.
// It calls the rail, so it runs in no transaction. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, URL_INVALID,
// EMAIL_UNVERIFIED, RAIL_NOT_SET_UP, RAIL_UNAVAILABLE, COUNTRY_NOT_SERVED, ACCOUNT_REFUSED, STRIPE_KEY_MOVED,
// STRIPE_KEY_UNREADABLE.
func (s *Service) Onboard(ctx context.Context, by access.Caller, enrollmentID models.ID, refreshURL, returnURL string) (string, models.PayoutAccount, error) {
	var account models.PayoutAccount
	var e models.Enrollment
	var partner models.Partner
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		if e, err = program.OwnEnrollment(tx, by, access.PartnersWrite, enrollmentID); err != nil {
			return err
		}
		if err := by.MustBeVerified(); err != nil {
			return err
		}
		if partner, err = takeOne[models.Partner](tx.Where("id = ?", e.PartnerID), "partner"); err != nil {
			return err
		}
		err = tx.Where("merchant_id = ? AND partner_id = ? AND rail = ?", e.MerchantID, e.PartnerID, models.RailNameStripe).Take(&account).Error
		if models.IsMissing(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return "", account, err
	}
	if err := errors.Join(checkPage("refreshUrl", refreshURL), checkPage("returnUrl", returnURL)); err != nil {
		return "", account, err
	}
	rail, err := s.rail(ctx, models.RailNameStripe, e.MerchantID)
	if err != nil {
		return "", account, err
	}
	status, err := s.accountAt(ctx, rail, e, partner, account)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Kind == RefusedDestination {
		return "", account, s.refused(ctx, partner, e.MerchantID, account.Destination, err)
	}
	if err != nil {
		return "", account, s.atRail(err)
	}
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		if err := mustBeKey(tx, e.MerchantID, rail.version); err != nil {
			return err // the account belongs to the platform whose key it was opened with
		}
		account, err = keepAccount(tx, e.MerchantID, e.PartnerID, models.RailNameStripe, status)
		return err
	})
	if err != nil {
		return "", account, err
	}
	page, err := rail.AccountLink(ctx, account.Destination, refreshURL, returnURL)
	return page, account, s.atRail(err)
}

// accountAt reads the account that is known, or opens one. The key is derived, so a double click, or a crash before the
// row is written, opens one account; a rail forgets keys, so an account that is known is never opened again. One that left
// the platform or was closed there does not come back: the next one has a key of its own.
func (s *Service) accountAt(ctx context.Context, rail Rail, e models.Enrollment, partner models.Partner, known models.PayoutAccount) (AccountStatus, error) {
	generation := max(known.Generation, 1)
	if known.Destination != "" {
		status, err := rail.Account(ctx, known.Destination)
		if err != nil || status.Status != StatusGone {
			return status, err
		}
		generation++
	}
	if !s.countries.serves(partner.Country) {
		return AccountStatus{}, ErrCountry
	}
	o := Opening{Email: partner.Email, Country: partner.Country, Agreement: s.countries[partner.Country]}
	o.Key = fmt.Sprintf("tributary:account:%s:%s:g%d", e.MerchantID, e.PartnerID, generation)
	if o.Agreement != "" { // another one is another request, and must not come under the key of the first
		o.Key += ":" + strings.ToLower(string(o.Agreement))
	}
	status, err := rail.OpenAccount(ctx, o)
	status.Generation = generation
	return status, err
}

// refused keeps that the rail opens no account for a partner, so that everybody sees why payouts are held. It gives
// ErrAccountRefused.
func (s *Service) refused(ctx context.Context, partner models.Partner, merchantID models.ID, gone string, cause error) error {
	s.log.Warn("the rail opens no payout account", "partner", partner.ID.String(), "country", partner.Country, "error", cause)
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		_, err := keepAccount(tx, merchantID, partner.ID, models.RailNameStripe, AccountStatus{Destination: gone, Country: partner.Country, Status: StatusRefused})
		return err
	})
	if err != nil {
		return err
	}
	return ErrAccountRefused.Because(cause)
}

// atRail tells the caller that the rail did not answer as it should; why goes to the log.
func (s *Service) atRail(err error) error {
	if err == nil || errors.Is(err, ErrCountry) {
		return err
	}
	s.log.Warn("a payout account is not reached", "error", err)
	return ErrRailUnavailable.Because(err)
}

func checkPage(field, text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || len(text) > maxPageBytes {
		return fault.InvalidField(field, "URL_INVALID", "this is not the address of a page")
	}
	return nil
}

func keepAccount(tx *models.Tx, merchantID, partnerID models.ID, rail models.RailName, status AccountStatus) (models.PayoutAccount, error) {
	due := status.Requirements
	if due == nil {
		due = []string{}
	}
	requirements, err := json.Marshal(due)
	if err != nil {
		return models.PayoutAccount{}, fmt.Errorf("encode requirements: %w", err)
	}
	_, err = models.BulkInsert(tx, models.Insert{Table: "payout_accounts", SkipExisting: true, Columns: []string{"id", "merchant_id", "partner_id", "rail",
		"destination", "country", "agreement", "ready", "status", "requirements", "destination_changed_at", "checked_at", "created_at"}},
		[][]any{{models.NewID(), merchantID, partnerID, rail, status.Destination, status.Country, status.Agreement, false, status.Status, "[]", tx.Now, tx.Now, tx.Now}})
	if err != nil {
		return models.PayoutAccount{}, err
	}
	kept, err := takeOne[models.PayoutAccount](tx.Where("merchant_id = ? AND partner_id = ? AND rail = ?", merchantID, partnerID, rail), "account")
	if err != nil {
		return kept, err
	}
	columns := map[string]any{"ready": status.Ready, "status": status.Status, "requirements": string(requirements), "checked_at": tx.Now}
	if status.Agreement != "" {
		columns["agreement"] = status.Agreement
	}
	if status.Generation > 0 {
		columns["generation"] = status.Generation
	}
	if kept.Destination != status.Destination {
		columns["destination"], columns["destination_changed_at"], columns["country"] = status.Destination, tx.Now, status.Country
	}
	if err := tx.Model(&models.PayoutAccount{}).Where("id = ?", kept.ID).Updates(columns).Error; err != nil {
		return kept, fmt.Errorf("keep account: %w", err)
	}
	return takeOne[models.PayoutAccount](tx.Where("id = ?", kept.ID), "account")
}

// RefreshAccount reads an account from its rail again: a webhook or a return from onboarding is only a hint. An account
// that nobody here has is left alone.
func (s *Service) RefreshAccount(ctx context.Context, name models.RailName, destination string) error {
	return s.refreshAccounts(ctx, s.db.Read(ctx), name, destination)
}

// refreshAccounts does so for the accounts in the scope, each with the key of its own merchant.
func (s *Service) refreshAccounts(ctx context.Context, scope *gorm.DB, name models.RailName, destination string) error {
	var rows []models.PayoutAccount
	if err := scope.Where("rail = ? AND destination = ?", name, destination).Find(&rows).Error; err != nil {
		return fmt.Errorf("read payout accounts: %w", err)
	}
	seen := map[models.ID]AccountStatus{}
	for _, a := range rows {
		status, ok := seen[a.MerchantID]
		if !ok {
			rail, err := s.rail(ctx, name, a.MerchantID)
			if err != nil {
				return err
			}
			if status, err = rail.Account(ctx, destination); err != nil {
				return err
			}
			seen[a.MerchantID] = status
		}
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			if _, err := takeOne[models.PayoutAccount](tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND destination = ?", a.ID, destination), "account"); err != nil {
				return err
			}
			_, err := keepAccount(tx, a.MerchantID, a.PartnerID, name, status)
			return err
		})
		if err != nil && fault.KindOf(err) != fault.NotFound { // another account took its place meanwhile: what was read is of the old one
			return err
		}
	}
	return nil
}

const (
	maxReferenceRunes = 60
	maxPageBytes      = 2000
)

// A destination of the manual rail is opened in a spreadsheet, so it must not begin like a formula.
var destinationShape = regexp.MustCompile(`^[^ =+@-][ -~]*$`)

// SetBankReference says where the manual rail pays the partner of an enrollment: the text, 1 to 60 printable ASCII
// characters, goes into the bank file. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, DESTINATION_INVALID.
func (s *Service) SetBankReference(tx *models.Tx, by access.Caller, enrollmentID models.ID, reference string) (models.PayoutAccount, error) {
	e, err := program.OwnEnrollment(tx, by, access.PartnersWrite, enrollmentID)
	if err != nil {
		return models.PayoutAccount{}, err
	}
	if err := by.MustBeVerified(); err != nil {
		return models.PayoutAccount{}, err
	}
	reference = strings.TrimSpace(reference)
	if len(reference) > maxReferenceRunes || !destinationShape.MatchString(reference) {
		return models.PayoutAccount{}, ErrDestination
	}
	return keepAccount(tx, e.MerchantID, e.PartnerID, models.RailNameManual, AccountStatus{Destination: reference, Ready: true, Status: "active"})
}

// AccountsOf gives, for each of many enrollments that the caller may see, the account that its payouts go to now, in a
// fixed number of statements; who has none is not in it. Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) AccountsOf(ctx context.Context, by access.Caller, enrollmentIDs []models.ID) (map[models.ID]models.PayoutAccount, error) {
	query := s.db.Read(ctx).Table("enrollments").Joins("JOIN programs ON programs.id = enrollments.program_id").
		Joins("JOIN payout_accounts ON payout_accounts.merchant_id = enrollments.merchant_id AND payout_accounts.partner_id = enrollments.partner_id" +
			" AND payout_accounts.rail = CASE enrollments.rail WHEN '' THEN programs.rail ELSE enrollments.rail END")
	if by.Has(access.PayoutsRead) {
		query = query.Where("enrollments.merchant_id = ?", by.MerchantID)
	} else {
		partnerID, err := by.Partner()
		if err != nil {
			return nil, err
		}
		query = query.Where("enrollments.partner_id = ?", partnerID)
	}
	var rows []struct {
		models.PayoutAccount
		EnrollmentID models.ID
	}
	err := query.Where("enrollments.id IN ?", enrollmentIDs).Select("payout_accounts.*, enrollments.id AS enrollment_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read payout accounts: %w", err)
	}
	found := make(map[models.ID]models.PayoutAccount, len(rows))
	for _, r := range rows {
		found[r.EnrollmentID] = r.PayoutAccount
	}
	return found, nil
}
