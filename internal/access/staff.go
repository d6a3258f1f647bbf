package access

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/models"
)

// The refusals around staff.
var (
	ErrOwnerNeeded  = fault.New(fault.Forbidden, "OWNER_NEEDED", "only an owner may make, change or remove an owner")
	ErrLastOwner    = fault.New(fault.Precondition, "LAST_OWNER", "a merchant keeps at least one owner")
	ErrStaffMissing = fault.NotFoundf("STAFF_NOT_FOUND", "staff member")
)

// EmployInput gives somebody a role at the caller's merchant. Name is of the login that is made where the address has none.
type EmployInput struct {
	Email string
	Name  string
	Role  models.StaffRole
}

// Employ gives a role to an existing or a new login; an existing role is replaced. A login without a password is invited, and
// another one told, by mail: the invitation is for its owner alone. Only signed-in owners and admins may, and only owners may
// touch an owner. Codes UNAUTHENTICATED, FORBIDDEN, EMAIL_UNVERIFIED, OWNER_NEEDED, LAST_OWNER, EMAIL_INVALID, NAME_MISSING, NAME_TOO_LONG,
// ROLE_UNKNOWN, INVITE_OPEN.
func (s *Service) Employ(tx *models.Tx, by Caller, in EmployInput) (models.Staff, error) {
	c, err := crewOf(tx, by)
	if err != nil {
		return models.Staff{}, err
	}
	if err := by.MustBeVerified(); err != nil {
		return models.Staff{}, err
	}
	if _, known := roleScopes[in.Role]; !known {
		return models.Staff{}, fault.InvalidField("role", "ROLE_UNKNOWN", "there is no such role")
	}
	user, token, err := s.Invite(tx, by, in.Email, in.Name)
	if err != nil {
		return models.Staff{}, err
	}
	if err := c.mayMove(user.ID, in.Role); err != nil {
		return models.Staff{}, err
	}
	if err := s.AddStaff(tx, by.MerchantID, user.ID, in.Role); err != nil {
		return models.Staff{}, err
	}
	_, isStaff := c.members[user.ID]
	if !isStaff || token != "" {
		if err := s.welcome(tx, by.MerchantID, user, token); err != nil {
			return models.Staff{}, err
		}
	}
	return models.Staff{MerchantID: by.MerchantID, UserID: user.ID, Role: in.Role, CreatedAt: tx.Now}, nil
}

// welcome writes to somebody who works for a merchant from now on; without a token, to a login that has a password.
func (s *Service) welcome(tx *models.Tx, merchantID models.ID, user models.User, token string) error {
	var merchant models.Merchant
	if err := tx.Where("id = ?", merchantID).Take(&merchant).Error; err != nil {
		return fmt.Errorf("read merchant: %w", err)
	}
	letter := mail.Letter{Kind: models.MailKindStaffAdded, To: user.Email, Words: mail.Words{Name: user.Name, Merchant: merchant.Name, Token: token}}
	if token != "" {
		letter.Kind, letter.UseBefore = models.MailKindStaffInvitation, tx.Now.Add(InviteLife)
	}
	return s.Write(tx, letter)
}

// Dismiss takes a role away; the login's sessions for the merchant end at once. Codes UNAUTHENTICATED, FORBIDDEN,
// OWNER_NEEDED, LAST_OWNER, STAFF_NOT_FOUND.
func (s *Service) Dismiss(tx *models.Tx, by Caller, userID models.ID) (models.Staff, error) {
	c, err := crewOf(tx, by)
	if err != nil {
		return models.Staff{}, err
	}
	row, ok := c.members[userID]
	if !ok {
		return models.Staff{}, ErrStaffMissing
	}
	if err := c.mayMove(userID, ""); err != nil {
		return models.Staff{}, err
	}
	if err := tx.Where("merchant_id = ? AND user_id = ?", by.MerchantID, userID).Delete(&models.Staff{}).Error; err != nil {
		return row, fmt.Errorf("remove staff: %w", err)
	}
	return row, endWhere(tx, "merchant_id = ? AND user_id = ?", by.MerchantID, userID)
}

// StaffOf lists the caller's merchant's staff. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) StaffOf(ctx context.Context, by Caller, page models.Page) (models.Slice[models.Staff], error) {
	merchantID, err := by.Can(KeysWrite)
	if err != nil {
		return models.Slice[models.Staff]{}, err
	}
	return models.FetchPage[models.Staff](s.db.Read(ctx).Where("merchant_id = ?", merchantID), "user_id", page)
}

// crew is all staff of a merchant, as one of them sees it who may change it.
type crew struct {
	members map[models.ID]models.Staff
	isOwner bool
	owners  int
}

// crewOf reads the staff of the caller's merchant and locks it, so that two owners cannot remove each other at once.
func crewOf(tx *models.Tx, by Caller) (crew, error) {
	userID, err := by.User()
	if err != nil {
		return crew{}, err
	}
	if by.MerchantID.IsZero() {
		return crew{}, ErrForbidden
	}
	var rows []models.Staff
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("merchant_id = ?", by.MerchantID).Order("user_id").Find(&rows).Error
	if err != nil {
		return crew{}, fmt.Errorf("read staff: %w", err)
	}
	c := crew{members: make(map[models.ID]models.Staff, len(rows))}
	for _, row := range rows {
		c.members[row.UserID] = row
		if row.Role == models.StaffRoleOwner {
			c.owners++
		}
	}
	own := c.members[userID].Role
	c.isOwner = own == models.StaffRoleOwner
	if !slices.Contains([]models.StaffRole{models.StaffRoleOwner, models.StaffRoleAdmin}, own) {
		return crew{}, ErrForbidden
	}
	return c, nil
}

// mayMove refuses a change of role that the caller may not make, or that leaves no owner; no role means removal.
func (c crew) mayMove(userID models.ID, to models.StaffRole) error {
	wasOwner := c.members[userID].Role == models.StaffRoleOwner
	staysOwner := to == models.StaffRoleOwner
	switch {
	case (wasOwner || staysOwner) && !c.isOwner:
		return ErrOwnerNeeded
	case wasOwner && !staysOwner && c.owners == 1:
		return ErrLastOwner
	}
	return nil
}
