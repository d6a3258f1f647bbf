package payout_test

import "net/http"

// noFollow is a client that does not go on to the merchant's page.
func noFollow() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
