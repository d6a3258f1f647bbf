// Package program owns merchants, programs and their terms, partners, groups, enrollments, requests for another sponsor,
// links and coupons.
//
// It does not own sponsor edges (tree), commission plans (commission), or logins (access).
//
// Invariants: a link points to a host the program allows; a link code is unique everywhere, a coupon and an
// enrollment code within the program; a partner is once in a program; one change of an enrollment's sponsor is open at a
// time, and is applied as of the instant of applying; another tenant's object is not found. It alone writes merchants,
// programs, program_terms, terms_acceptances, partner_groups, partners, partner_invites, enrollments, sponsor_changes,
// links and coupons.
package program

import (
	"tributary/internal/access"
	"tributary/models"
)

// Service is the set of operations; it holds no state of its own.
type Service struct {
	db     *models.DB
	access *access.Service
}

// New makes the service.
func New(db *models.DB, access *access.Service) *Service { return &Service{db: db, access: access} }
