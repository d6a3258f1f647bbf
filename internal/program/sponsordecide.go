package program

import (
	"fmt"
	"maps"
	"strings"

	"tributary/internal/access"
	"tributary/models"
)

// ApproveSponsorChange lets a requested change happen: at once when its instant has come, which then makes it APPLIED or
// REFUSED, otherwise when it comes. Who asked, in person or by an own API key, does not approve, and a key approves only what the partner asked for.
// Codes UNAUTHENTICATED, FORBIDDEN, SPONSOR_CHANGE_NOT_FOUND, SPONSOR_CHANGE_STATE, REQUESTER_IS_APPROVER,
// APPROVER_NOT_A_PERSON, REASON_TOO_LONG.
func (s *Service) ApproveSponsorChange(tx *models.Tx, by access.Caller, id models.ID, reason string) (models.SponsorChange, error) {
	c, err := decide(tx, by, id, models.SponsorChangeStateApproved, reason)
	if err != nil || c.EffectiveAt.After(tx.Now) {
		return c, err
	}
	return c, apply(tx, &c)
}

// DeclineSponsorChange ends a requested change, with a reason of 1 to 200 characters. Codes as of ApproveSponsorChange,
// and REASON_MISSING.
func (s *Service) DeclineSponsorChange(tx *models.Tx, by access.Caller, id models.ID, reason string) (models.SponsorChange, error) {
	if _, err := by.Can(access.PartnersWrite); err != nil {
		return models.SponsorChange{}, err
	}
	if strings.TrimSpace(reason) == "" {
		return models.SponsorChange{}, ErrReasonMissing
	}
	return decide(tx, by, id, models.SponsorChangeStateDeclined, reason)
}

func decide(tx *models.Tx, by access.Caller, id models.ID, to models.SponsorChangeState, reason string) (models.SponsorChange, error) {
	merchantID, err := by.Can(access.PartnersWrite)
	if err != nil {
		return models.SponsorChange{}, err
	}
	reason = strings.TrimSpace(reason)
	if err := checkReason(reason); err != nil {
		return models.SponsorChange{}, err
	}
	c, err := takeChange(tx.Where("id = ? AND merchant_id = ?", id, merchantID))
	if err != nil {
		return c, err
	}
	isOwn, err := by.IsBehind(tx, c.RequestedBy)
	switch {
	case err != nil:
		return c, err
	case c.State != models.SponsorChangeStateRequested:
		return c, ErrChangeState
	case by.IsKey() && !c.ByPartner && c.RequestedBy != by.Name:
		return c, ErrKeyDecides
	case isOwn:
		return c, ErrOwnRequest
	}
	c.DecidedBy, c.DecidedAt, c.DecisionReason = by.Name, &tx.Now, reason
	return c, moveChange(tx, &c, to, map[string]any{"decided_by": by.Name, "decided_at": tx.Now, "decision_reason": reason})
}

// CancelSponsorChange takes back a change that is not applied yet: the merchant any, a partner what it asked for itself.
// Codes UNAUTHENTICATED, FORBIDDEN, SPONSOR_CHANGE_NOT_FOUND, SPONSOR_CHANGE_STATE.
func (s *Service) CancelSponsorChange(tx *models.Tx, by access.Caller, id models.ID) (models.SponsorChange, error) {
	c, err := seenChange(tx.DB, by, access.PartnersWrite, id)
	if err != nil {
		return c, err
	}
	if !by.Has(access.PartnersWrite) && c.RequestedBy != by.Name {
		return c, access.ErrForbidden
	}
	return c, moveChange(tx, &c, models.SponsorChangeStateCanceled, nil)
}

// moveChange is the compare-and-set of an open change's state; more columns go with it. Only an approved one stays open.
func moveChange(tx *models.Tx, c *models.SponsorChange, to models.SponsorChangeState, more map[string]any) error {
	if c.OpenChildID == nil {
		return ErrChangeState
	}
	columns := map[string]any{"state": to}
	maps.Copy(columns, more)
	if to != models.SponsorChangeStateApproved {
		columns["open_child_id"], c.OpenChildID = nil, nil
	}
	update := tx.Model(&models.SponsorChange{}).Where("id = ? AND state = ?", c.ID, c.State).Updates(columns)
	// Somebody else moved it after it was read: read again, the state then says what is still possible.
	if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
		return fmt.Errorf("move change of sponsor: %w", err)
	}
	c.State = to
	if to == models.SponsorChangeStateApplied {
		c.AppliedAt = &tx.Now
	}
	return emitChange(tx, *c)
}
