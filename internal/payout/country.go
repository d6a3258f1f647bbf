package payout

import (
	"slices"

	"tributary/internal/fault"
)

// ErrCountry is returned before an account is opened in a country that is not served.
var ErrCountry = fault.New(fault.Precondition, "COUNTRY_NOT_SERVED", "partners in this country are not paid over this rail")

// OnlyCountries lets accounts be opened in these countries only, ISO 3166-1 alpha-2; without a call, or with none, in all.
// Which they are is the provider's policy, so it is configuration. Call it before the service is used.
func (s *Service) OnlyCountries(countries []string) { s.countries = slices.Clone(countries) }

// serves tells whether an account may be opened; a partner whose country is not known is asked by the rail.
func (s *Service) serves(country string) bool {
	return len(s.countries) == 0 || country == "" || slices.Contains(s.countries, country)
}
