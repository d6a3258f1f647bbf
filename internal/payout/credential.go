package payout

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals around a merchant's own key to Stripe.
var (
	ErrKeyShape      = fault.InvalidField("secretKey", "STRIPE_KEY_INVALID", "a secret key begins with sk_test_, sk_live_, rk_test_ or rk_live_")
	ErrWebhookShape  = fault.InvalidField("webhookSecret", "WEBHOOK_SECRET_INVALID", "a webhook secret begins with whsec_; several are separated by commas")
	ErrKeyRefused    = fault.InvalidField("secretKey", "STRIPE_KEY_REFUSED", "Stripe does not accept this key")
	ErrLiveEmbedded  = fault.InvalidField("secretKey", "LIVE_KEY_EMBEDDED", "a live Stripe key needs a real database and a real Redis, not the embedded ones")
	ErrOtherPlatform = fault.New(fault.Precondition, "STRIPE_PLATFORM_DIFFERS", "partners have accounts at another Stripe account, and these cannot move")
	ErrOtherMode     = fault.New(fault.Precondition, "STRIPE_MODE_DIFFERS", "partners have accounts in the other mode, test or live")
	ErrNoVault       = fault.New(fault.Precondition, "KEY_NOT_KEPT", "keys are kept only where TRIBUTARY_SECRET is set")
	ErrKeyMoved      = fault.New(fault.Unavailable, "STRIPE_KEY_MOVED", "the Stripe key changed meanwhile; try again")
	ErrNoCredentials = fault.NotFoundf("STRIPE_CREDENTIALS_NOT_FOUND", "Stripe key of the merchant's own")
)

// maxWebhookBytes is what the column holds once sealed: four secrets, as Stripe makes them now.
const maxWebhookBytes = 246

// The shapes of Stripe's secrets. The length is what the column holds once sealed.
var (
	keyShape     = regexp.MustCompile(`^(?:sk|rk)_(test|live)_[A-Za-z0-9_]{1,240}$`)
	webhookShape = regexp.MustCompile(`^whsec_[A-Za-z0-9+/=_-]+(?:, ?whsec_[A-Za-z0-9+/=_-]+)*$`)
)

// KeyInput is a merchant's own key to Stripe and the secrets of its webhook endpoints, separated by commas.
type KeyInput struct {
	SecretKey     string
	WebhookSecret string
}

// KeyCheck is what was found out about a change of keys outside of any transaction: whose the new key is, and, where
// partners have accounts, whose the present one is.
type KeyCheck struct {
	in      KeyInput
	to      Platform
	from    Platform
	version models.ID // of the present key
	err     error
}

// CheckKey asks Stripe whose a key is, before SetKey keeps it. What goes wrong is told by SetKey.
func (s *Service) CheckKey(ctx context.Context, by access.Caller, in KeyInput) KeyCheck {
	c := KeyCheck{in: in}
	merchantID, err := by.MustOwn(s.db.Read(ctx))
	if err == nil {
		err = s.mayKeep(in)
	}
	if err == nil {
		c.to, err = s.whose(ctx, in.SecretKey)
	}
	if err == nil {
		err = s.present(ctx, merchantID, &c)
	}
	c.err = err
	return c
}

// CheckRemoval asks Stripe whose the instance's key is, before RemoveKey goes back to it. What goes wrong is told there.
func (s *Service) CheckRemoval(ctx context.Context, by access.Caller) KeyCheck {
	var c KeyCheck
	merchantID, err := by.MustOwn(s.db.Read(ctx))
	if err == nil {
		err = s.present(ctx, merchantID, &c)
	}
	var has bool
	if err == nil {
		has, err = hasAccounts(s.db.Read(ctx), merchantID)
	}
	if err == nil && has && !c.version.IsZero() {
		c.to, err = s.instance(ctx)
	}
	c.err = err
	return c
}

// SetKey keeps a merchant's own key, sealed, and pays with it from now on. Where partners have accounts, the key must be of
// the same Stripe account and mode: accounts, keys and transfers belong to those. Only an owner in person may.
// Codes UNAUTHENTICATED, FORBIDDEN, STRIPE_KEY_INVALID, WEBHOOK_SECRET_INVALID, LIVE_KEY_EMBEDDED, KEY_NOT_KEPT,
// STRIPE_KEY_REFUSED, STRIPE_PLATFORM_DIFFERS, STRIPE_MODE_DIFFERS, STRIPE_KEY_MOVED, STRIPE_KEY_UNREADABLE, RAIL_UNAVAILABLE.
func (s *Service) SetKey(tx *models.Tx, by access.Caller, c KeyCheck) (models.StripeCredential, error) {
	merchantID, _, err := mayMoveKey(tx, by, c)
	if err != nil {
		if errors.Is(err, ErrOtherPlatform) || errors.Is(err, ErrOtherMode) {
			err = onField(err, "secretKey")
		}
		return models.StripeCredential{}, err
	}
	row := models.StripeCredential{MerchantID: merchantID, VersionID: models.NewID(), Platform: c.to.ID, Livemode: c.to.Live,
		LastFour: c.in.SecretKey[len(c.in.SecretKey)-4:], SetBy: by.Name, SetAt: tx.Now}
	if row.SecretKey, err = s.own.vault.Seal(c.in.SecretKey, aboutKey(merchantID)); err != nil {
		return row, err
	}
	if row.WebhookSecret, err = s.own.vault.Seal(c.in.WebhookSecret, aboutWebhook(merchantID)); err != nil {
		return row, err
	}
	if err := forgetKey(tx, merchantID); err != nil {
		return row, err
	}
	if err := tx.Create(&row).Error; err != nil {
		return row, fmt.Errorf("keep stripe credentials: %w", err)
	}
	return row, nil
}

// RemoveKey forgets a merchant's own key and pays with the instance's from now on, on the same condition as SetKey; it gives
// what was forgotten. Codes UNAUTHENTICATED, FORBIDDEN, STRIPE_CREDENTIALS_NOT_FOUND, STRIPE_PLATFORM_DIFFERS,
// STRIPE_MODE_DIFFERS, STRIPE_KEY_MOVED, RAIL_NOT_SET_UP, RAIL_UNAVAILABLE.
func (s *Service) RemoveKey(tx *models.Tx, by access.Caller, c KeyCheck) (models.StripeCredential, error) {
	if c.err == nil && c.version.IsZero() {
		c.err = ErrNoCredentials
	}
	merchantID, kept, err := mayMoveKey(tx, by, c)
	if err != nil {
		return models.StripeCredential{}, err
	}
	return *kept, forgetKey(tx, merchantID)
}

// Key gives the merchant's own key without its secrets, nil when it pays with the instance's.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) Key(ctx context.Context, by access.Caller) (*models.StripeCredential, error) {
	merchantID, err := by.Can(access.KeysWrite)
	if err != nil {
		return nil, err
	}
	c, err := credentialOf(s.db.Read(ctx), merchantID)
	if err != nil || c == nil {
		return nil, err
	}
	c.SecretKey, c.WebhookSecret = nil, nil
	return c, nil
}

// WebhookSecret gives the secrets that a merchant's own webhook endpoints are signed with, separated by commas. Codes STRIPE_CREDENTIALS_NOT_FOUND,
// STRIPE_KEY_UNREADABLE.
func (s *Service) WebhookSecret(ctx context.Context, merchantID models.ID) (string, error) {
	c, err := credentialOf(s.db.Read(ctx), merchantID)
	if err != nil {
		return "", err
	}
	if c == nil {
		return "", ErrNoCredentials
	}
	return s.own.reveal(c.WebhookSecret, aboutWebhook(merchantID))
}

// mayKeep refuses what need not be shown to Stripe.
func (s *Service) mayKeep(in KeyInput) error {
	shape := keyShape.FindStringSubmatch(in.SecretKey)
	switch {
	case shape == nil:
		return ErrKeyShape
	case len(in.WebhookSecret) > maxWebhookBytes || !webhookShape.MatchString(in.WebhookSecret):
		return ErrWebhookShape
	case shape[1] == "live" && !s.db.IsMySQL():
		return ErrLiveEmbedded
	case s.own.vault == nil:
		return ErrNoVault
	}
	return nil
}

// whose asks Stripe for the platform of a new key.
func (s *Service) whose(ctx context.Context, secretKey string) (Platform, error) {
	rail, err := s.own.open(secretKey, "")
	if err != nil {
		return Platform{}, err
	}
	return s.platformOf(ctx, rail)
}

func (s *Service) platformOf(ctx context.Context, rail Rail) (Platform, error) {
	if rail == nil {
		return Platform{}, ErrNoRail
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	p, err := rail.Platform(ctx)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Kind == RefusedSetup:
		return p, ErrKeyRefused.Because(err)
	case err != nil:
		s.log.Warn("the platform of a key is not known", "error", err)
		return p, ErrRailUnavailable.Because(err)
	}
	return p, nil
}

// present notes whose the key is that is paid with now, where that matters. Of a merchant's own it is known: Stripe may
// have withdrawn the key, which is why it is to be changed.
func (s *Service) present(ctx context.Context, merchantID models.ID, c *KeyCheck) error {
	kept, err := credentialOf(s.db.Read(ctx), merchantID)
	if err != nil {
		return err
	}
	if kept != nil {
		c.version, c.from = kept.VersionID, Platform{ID: kept.Platform, Live: kept.Livemode}
		return nil
	}
	if has, err := hasAccounts(s.db.Read(ctx), merchantID); err != nil || !has {
		return err
	}
	c.from, err = s.instance(ctx)
	return err
}

// instance gives the platform of the instance's key; that one is refused is not the caller's fault.
func (s *Service) instance(ctx context.Context) (Platform, error) {
	p, err := s.platformOf(ctx, s.rails[models.RailNameStripe])
	if errors.Is(err, ErrKeyRefused) {
		err = ErrRailUnavailable.Because(err)
	}
	return p, err
}

// mayMoveKey asks once more, in the transaction, whether the key of the caller's merchant may change as was checked.
func mayMoveKey(tx *models.Tx, by access.Caller, c KeyCheck) (models.ID, *models.StripeCredential, error) {
	merchantID, err := by.MustOwn(tx.DB)
	if err != nil {
		return merchantID, nil, err
	}
	if c.err != nil {
		return merchantID, nil, c.err
	}
	kept, err := lockKey(tx, merchantID)
	if err != nil {
		return merchantID, nil, err
	}
	has, err := hasAccounts(tx.DB, merchantID)
	switch {
	case err != nil:
		return merchantID, kept, err
	case versionOf(kept) != c.version, has && (c.from.ID == "" || c.to.ID == ""): // or the first account was opened since
		return merchantID, kept, ErrKeyMoved
	case has && c.to.ID != c.from.ID:
		return merchantID, kept, ErrOtherPlatform
	case has && c.to.Live != c.from.Live:
		return merchantID, kept, ErrOtherMode
	}
	return merchantID, kept, nil
}

// lockKey gives a merchant's own key and lets nobody change it, or open accounts under it, until the transaction ends.
func lockKey(tx *models.Tx, merchantID models.ID) (*models.StripeCredential, error) {
	_, err := takeOne[models.Merchant](tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", merchantID), "merchant")
	if err != nil {
		return nil, err
	}
	return credentialOf(tx.Clauses(clause.Locking{Strength: "UPDATE"}), merchantID)
}

// mustBeKey refuses to go on when the key is no longer the one that the rail was asked with.
func mustBeKey(tx *models.Tx, merchantID, version models.ID) error {
	kept, err := lockKey(tx, merchantID)
	if err == nil && versionOf(kept) != version {
		err = ErrKeyMoved
	}
	return err
}

func versionOf(c *models.StripeCredential) models.ID {
	if c == nil {
		return models.ID{}
	}
	return c.VersionID
}

func hasAccounts(query *gorm.DB, merchantID models.ID) (bool, error) {
	var found []models.ID
	err := query.Model(&models.PayoutAccount{}).Where("merchant_id = ? AND rail = ? AND destination <> ''", merchantID, models.RailNameStripe).Limit(1).Pluck("id", &found).Error
	if err != nil {
		return false, fmt.Errorf("read payout accounts: %w", err)
	}
	return len(found) > 0, nil
}

func forgetKey(tx *models.Tx, merchantID models.ID) error {
	if err := tx.Where("merchant_id = ?", merchantID).Delete(&models.StripeCredential{}).Error; err != nil {
		return fmt.Errorf("forget stripe credentials: %w", err)
	}
	return nil
}

func onField(err error, field string) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.On(field)
	}
	return err
}
