package payout

import (
	"regexp"
	"strings"

	"tributary/internal/fault"
	"tributary/models"
)

// The refusals before an account is there.
var (
	// ErrCountry is returned before an account is opened in a country that is not served.
	ErrCountry = fault.New(fault.Precondition, "COUNTRY_NOT_SERVED", "partners in this country are not paid over this rail")
	// ErrAccountRefused is returned when the rail opens no account for the partner; payouts are held.
	ErrAccountRefused = fault.New(fault.Precondition, "ACCOUNT_REFUSED", "the payment provider opens no account in the partner's country as things are set up")
)

// Countries are those in which accounts may be opened, ISO 3166-1 alpha-2, with the agreement that partners there make with
// the rail, empty where the rail decides. Which they are is the rail's policy, so it is configuration. Without any, the rail is
// asked for each.
type Countries map[string]models.ServiceAgreement

var countryShape = regexp.MustCompile(`^[A-Z]{2}$`)

var agreements = map[string]models.ServiceAgreement{"full": models.ServiceAgreementFull, "recipient": models.ServiceAgreementRecipient}

// ParseCountries reads entries such as "GB", "DE:full" and "US:recipient".
// Codes COUNTRY_INVALID, AGREEMENT_INVALID, COUNTRY_TWICE.
func ParseCountries(entries []string) (Countries, error) {
	c := Countries{}
	for _, entry := range entries {
		country, text, isNamed := strings.Cut(strings.TrimSpace(entry), ":")
		agreement, known := agreements[text]
		_, twice := c[country]
		switch {
		case !countryShape.MatchString(country):
			return nil, fault.New(fault.Invalid, "COUNTRY_INVALID", "%q: a country is two capital letters of ISO 3166-1, alone or as in DE:full", entry)
		case isNamed && !known:
			return nil, fault.New(fault.Invalid, "AGREEMENT_INVALID", "%q: an agreement is full or recipient", entry)
		case twice:
			return nil, fault.New(fault.Invalid, "COUNTRY_TWICE", "%s is named twice", country)
		}
		c[country] = agreement
	}
	return c, nil
}

// serves tells whether an account may be opened; a partner whose country is not known is asked by the rail.
func (c Countries) serves(country string) bool {
	_, ok := c[country]
	return len(c) == 0 || country == "" || ok
}

// OnlyCountries lets accounts be opened in these countries, under their agreements; none stands for all. Call it before the
// service is used.
func (s *Service) OnlyCountries(c Countries) { s.countries = c }
