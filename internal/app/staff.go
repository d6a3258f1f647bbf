package app

import (
	"context"
	"fmt"
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// StaffInput says who joins a merchant's staff.
type StaffInput struct {
	Merchant string // slug
	Email    string
	Name     string
	Role     string // owner, admin, finance or analyst
}

// StaffAdded tells what AddStaff did: InviteToken is the invitation for a login without a password, and empty for one that
// has one, which it keeps.
type StaffAdded struct {
	User        models.User
	InviteToken string
}

var staffRoles = map[string]models.StaffRole{"owner": models.StaffRoleOwner, "admin": models.StaffRoleAdmin, "finance": models.StaffRoleFinance,
	"analyst": models.StaffRoleAnalyst}

// AddStaff gives a person a role at a merchant, and a login if the address has none. Codes MERCHANT_NOT_FOUND,
// ROLE_UNKNOWN, and those of access.Service.Invite.
func AddStaff(ctx context.Context, a *App, in StaffInput) (StaffAdded, error) {
	role, ok := staffRoles[strings.ToLower(in.Role)]
	if !ok {
		return StaffAdded{}, fault.InvalidField("role", "ROLE_UNKNOWN", "a role is owner, admin, finance or analyst")
	}
	merchant, err := a.Program.MerchantBySlug(ctx, in.Merchant)
	if err != nil {
		return StaffAdded{}, err
	}
	var added StaffAdded
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) (err error) {
		added.User, added.InviteToken, err = a.Access.Invite(tx, access.System("command-line", merchant.ID), in.Email, in.Name)
		if err != nil {
			return fmt.Errorf("add staff: %w", err)
		}
		return a.Access.AddStaff(tx, merchant.ID, added.User.ID, role)
	})
	return added, err
}

// JoinStaff sets the first password of a login that was invited. Codes PASSWORD_INVALID, INVITE_INVALID.
func JoinStaff(ctx context.Context, a *App, inviteToken, password string) (models.User, error) {
	hash, err := a.Access.HashPassword(password)
	if err != nil {
		return models.User{}, err
	}
	var user models.User
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) (err error) {
		user, err = a.Access.AcceptInvite(tx, inviteToken, hash)
		return err
	})
	return user, err
}
