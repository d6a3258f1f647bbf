package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"tributary/internal/fault"
	"tributary/models"
)

// StaffInput says who joins a merchant's staff. An empty password is made.
type StaffInput struct {
	Merchant string // slug
	Email    string
	Name     string
	Role     string // owner, admin, finance or analyst
	Password string
}

// StaffAdded tells what AddStaff did: Password is the one it made, or empty; IsNew is false for a login that existed,
// which keeps its password.
type StaffAdded struct {
	User     models.User
	IsNew    bool
	Password string
}

var staffRoles = map[string]models.StaffRole{"owner": models.StaffRoleOwner, "admin": models.StaffRoleAdmin, "finance": models.StaffRoleFinance,
	"analyst": models.StaffRoleAnalyst}

// AddStaff gives a person a role at a merchant, and a login if the address has none. Codes MERCHANT_NOT_FOUND,
// ROLE_UNKNOWN, EMAIL_INVALID, NAME_MISSING, NAME_TOO_LONG, PASSWORD_INVALID.
func AddStaff(ctx context.Context, a *App, in StaffInput) (StaffAdded, error) {
	role, ok := staffRoles[strings.ToLower(in.Role)]
	if !ok {
		return StaffAdded{}, fault.InvalidField("role", "ROLE_UNKNOWN", "a role is owner, admin, finance or analyst")
	}
	merchant, err := a.Program.MerchantBySlug(ctx, in.Merchant)
	if err != nil {
		return StaffAdded{}, err
	}
	made := ""
	if in.Password == "" {
		made = rand.Text()
		in.Password = made
	}
	hash, err := a.Access.HashPassword(in.Password)
	if err != nil {
		return StaffAdded{}, err
	}
	var added StaffAdded
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		user, err := a.Access.UserByEmail(tx, in.Email)
		added = StaffAdded{User: user}
		if fault.KindOf(err) == fault.NotFound {
			user, err = a.Access.CreateUser(tx, in.Email, in.Name, hash)
			added = StaffAdded{User: user, IsNew: true, Password: made}
		}
		if err != nil {
			return fmt.Errorf("add staff: %w", err)
		}
		return a.Access.AddStaff(tx, merchant.ID, user.ID, role)
	})
	return added, err
}
