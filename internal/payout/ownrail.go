package payout

import (
	"context"
	"fmt"
	"sync"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Platform is the account at the provider whose money a rail moves.
type Platform struct {
	ID   string
	Live bool // real money
}

// OpenRail makes the way to pay with a secret key. The platform whose key it is is empty while it is not known; calls of
// different platforms are limited apart.
type OpenRail func(secretKey, platform string) (Rail, error)

// ErrKeyUnreadable is returned when a merchant's own key cannot be read back: then nothing is paid with another's.
var ErrKeyUnreadable = fault.New(fault.Precondition, "STRIPE_KEY_UNREADABLE", "the merchant's Stripe key cannot be read; set it again")

// ownRails are the ways to pay under merchants' own keys, kept open by the version of the key.
type ownRails struct {
	vault *access.Vault
	open  OpenRail
	mu    sync.Mutex
	kept  map[models.ID]keyedRail // by merchant
}

// keyedRail is a rail with the version of the key it pays with; zero for the instance's key.
type keyedRail struct {
	Rail
	version models.ID
}

// UseOwnKeys lets merchants pay with Stripe keys of their own, kept in the vault; without one none are kept. Call it before
// the service is used.
func (s *Service) UseOwnKeys(vault *access.Vault, open OpenRail) {
	s.own.vault, s.own.open = vault, open
}

// rail gives the way to pay of a name for a merchant. Codes RAIL_NOT_SET_UP, STRIPE_KEY_UNREADABLE.
func (s *Service) rail(ctx context.Context, name models.RailName, merchantID models.ID) (keyedRail, error) {
	instance, ok := s.rails[name]
	if !ok {
		return keyedRail{}, ErrNoRail
	}
	if name != models.RailNameStripe {
		return keyedRail{Rail: instance}, nil
	}
	// The row is read each time: a key that was changed or removed holds for no further call, in any process.
	c, err := credentialOf(s.db.Read(ctx), merchantID)
	if err != nil {
		return keyedRail{}, err
	}
	if c == nil {
		s.own.forget(merchantID)
		return keyedRail{Rail: instance}, nil
	}
	return s.own.of(*c)
}

// eachRail hands over every platform that anything was paid on, once: the instance's, and those of merchants' own keys.
func (s *Service) eachRail(ctx context.Context, do func(models.RailName, Rail) error) error {
	for name, rail := range s.rails {
		if err := do(name, rail); err != nil {
			return err
		}
	}
	var rows []models.StripeCredential
	if err := s.db.Read(ctx).Order("merchant_id").Find(&rows).Error; err != nil {
		return fmt.Errorf("read Stripe keys: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	instance, err := s.instance(ctx)
	if err != nil {
		return err
	}
	done := map[Platform]bool{instance: true}
	for _, c := range rows {
		on := Platform{ID: c.Platform, Live: c.Livemode}
		if done[on] {
			continue
		}
		done[on] = true
		rail, err := s.own.of(c)
		if err != nil {
			return fmt.Errorf("merchant %s: %w", c.MerchantID, err)
		}
		if err := do(models.RailNameStripe, rail); err != nil {
			return err
		}
	}
	return nil
}

// of gives the rail of a key, from memory when it is the same key.
func (o *ownRails) of(c models.StripeCredential) (keyedRail, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if kept, ok := o.kept[c.MerchantID]; ok && kept.version == c.VersionID {
		return kept, nil
	}
	key, err := o.reveal(c.SecretKey, aboutKey(c.MerchantID))
	if err != nil {
		return keyedRail{}, err
	}
	rail, err := o.open(key, c.Platform)
	if err != nil {
		return keyedRail{}, err
	}
	if o.kept == nil {
		o.kept = map[models.ID]keyedRail{}
	}
	o.kept[c.MerchantID] = keyedRail{Rail: rail, version: c.VersionID}
	return o.kept[c.MerchantID], nil
}

func (o *ownRails) forget(merchantID models.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.kept, merchantID)
}

func (o *ownRails) reveal(sealed []byte, about string) (string, error) {
	if o.vault == nil {
		return "", ErrKeyUnreadable
	}
	text, err := o.vault.Open(sealed, about)
	if err != nil {
		return "", ErrKeyUnreadable.Because(err)
	}
	return text, nil
}

// WebhookPath is where a merchant's own platform sends its events on this server.
func WebhookPath(merchantID models.ID) string {
	return "/webhooks/stripe/" + merchantID.Format(models.PrefixMerchant)
}

// What the secrets are bound to when they are sealed.
func aboutKey(merchantID models.ID) string { return "stripe secret key of " + merchantID.String() }
func aboutWebhook(merchantID models.ID) string {
	return "stripe webhook secret of " + merchantID.String()
}

// credentialOf gives a merchant's own key, nil when it pays with the instance's.
func credentialOf(query *gorm.DB, merchantID models.ID) (*models.StripeCredential, error) {
	var rows []models.StripeCredential
	if err := query.Where("merchant_id = ?", merchantID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read stripe credentials: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}
