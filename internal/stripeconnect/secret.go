package stripeconnect

import (
	"errors"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"tributary/models"
)

// Secrets gives the signing secrets of a list that is separated by commas or spaces. A platform has two endpoints, one for
// what happens to itself and one for what happens to its connected accounts, and each has a secret of its own.
func Secrets(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// verifyAny tries each secret. What one of them signed is not tried on: the error then says what is wrong with it.
func verifyAny(payload []byte, signature string, secrets []string, now time.Time) (event models.StripeEvent, err error) {
	for _, secret := range secrets {
		if event, err = verify(payload, signature, secret, now); err == nil || !isUnsigned(err) {
			return event, err
		}
	}
	return event, err
}

// isUnsigned tells whether an event is refused because the secret did not sign it.
func isUnsigned(err error) bool {
	return errors.Is(err, webhook.ErrNoValidSignature) || errors.Is(err, webhook.ErrNotSigned) || errors.Is(err, webhook.ErrInvalidHeader)
}
