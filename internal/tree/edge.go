package tree

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/internal/fault"
	"tributary/models"
)

// MaxDepth is the longest upline any program may allow.
const MaxDepth = 1000

// The refusals of SetSponsor.
var (
	ErrCycle   = fault.InvalidField("sponsorId", "SPONSOR_CYCLE", "the sponsor is in the enrollment's own downline")
	ErrSelf    = fault.InvalidField("sponsorId", "SPONSOR_SELF", "an enrollment cannot sponsor itself")
	ErrTooDeep = fault.InvalidField("sponsorId", "SPONSOR_TOO_DEEP", "the tree would become deeper than the program allows")
	ErrSame    = fault.InvalidField("sponsorId", "SPONSOR_SAME", "this is its sponsor already")
	ErrStale   = fault.InvalidField("effectiveAt", "SPONSOR_CHANGE_STALE", "a later change of sponsor is recorded already")
	ErrPriced  = fault.InvalidField("effectiveAt", "SPONSOR_CHANGE_PRICED", "conversions of that time are recorded already, with the upline as it is")
)

// Change asks for a new sponsor from an instant on.
type Change struct {
	ProgramID   models.ID
	ChildID     models.ID
	SponsorID   models.ID
	MaxDepth    int
	EffectiveAt time.Time
	Actor       string
	Reason      string
}

// SetSponsor closes the present edge of the child, if any, and opens the new one. Both enrollments must be in the
// program: the caller has checked that. All changes of one program wait for each other, so that two of them cannot
// close a cycle together. Setting the sponsor it has changes nothing. An instant in the past is for a child from which
// nothing was sold since: what is priced must follow from the edges for good.
// Codes SPONSOR_SELF, SPONSOR_CYCLE, SPONSOR_TOO_DEEP, SPONSOR_CHANGE_STALE, SPONSOR_CHANGE_PRICED.
func SetSponsor(tx *models.Tx, c Change) error {
	if c.ChildID == c.SponsorID {
		return ErrSelf
	}
	if err := takeTurn(tx, c.ProgramID); err != nil {
		return err
	}
	present, err := openEdge(tx.DB, c.ChildID)
	if err != nil {
		return err
	}
	if present.SponsorID == c.SponsorID {
		return nil
	}
	if err := checkShape(tx.DB, c); err != nil {
		return err
	}
	if c.EffectiveAt.Before(tx.Now) {
		free, err := FreeFrom(tx.DB, c.ChildID, c.EffectiveAt)
		if err != nil {
			return err
		}
		if free.After(c.EffectiveAt) {
			return ErrPriced
		}
	}
	if !present.ID.IsZero() {
		if !present.ValidFrom.Before(c.EffectiveAt) {
			return ErrStale
		}
		closing := tx.Model(&models.SponsorEdge{}).Where("id = ? AND valid_to = ?", present.ID, models.OpenEnd).Update("valid_to", c.EffectiveAt)
		if err := models.MustAffectOne(closing, models.ErrRetry); err != nil {
			return err
		}
	}
	edge := models.SponsorEdge{ID: models.NewID(), ProgramID: c.ProgramID, ChildID: c.ChildID, SponsorID: c.SponsorID,
		ValidFrom: c.EffectiveAt, ValidTo: models.OpenEnd, Actor: c.Actor, Reason: c.Reason}
	if err := tx.Create(&edge).Error; err != nil {
		return fmt.Errorf("create sponsor edge: %w", err)
	}
	return nil
}

// Check gives the refusal that SetSponsor would give now; a change to no sponsor has none but that there is none already.
// It takes no turn: a change that comes before the real one may make it another. Codes SPONSOR_SELF, SPONSOR_SAME,
// SPONSOR_CYCLE, SPONSOR_TOO_DEEP.
func Check(query *gorm.DB, c Change) error {
	if c.ChildID == c.SponsorID {
		return ErrSelf
	}
	present, err := openEdge(query, c.ChildID)
	if err != nil {
		return err
	}
	if present.SponsorID == c.SponsorID {
		return ErrSame
	}
	if c.SponsorID.IsZero() {
		return nil
	}
	return checkShape(query, c)
}

func checkShape(query *gorm.DB, c Change) error {
	upline, err := Upline(query, c.SponsorID, models.OpenEnd.Add(-time.Microsecond), c.MaxDepth)
	if err != nil {
		return err
	}
	for _, id := range upline {
		if id == c.ChildID {
			return ErrCycle
		}
	}
	// The change also holds for what is recorded between its own instant and now, or later.
	above, err := isEverAbove(query, c.SponsorID, c.ChildID, c.EffectiveAt)
	if err != nil {
		return err
	}
	if above {
		return ErrCycle
	}
	below, err := heightBelow(query, c.ChildID, c.MaxDepth)
	if err != nil {
		return err
	}
	// The child's own upline becomes the sponsor and the sponsor's; whatever hangs below it gets longer by as much.
	if len(upline)+1+below > c.MaxDepth {
		return ErrTooDeep
	}
	return nil
}

func openEdge(query *gorm.DB, childID models.ID) (models.SponsorEdge, error) {
	var edge models.SponsorEdge
	err := query.Where("child_id = ? AND valid_to = ?", childID, models.OpenEnd).Take(&edge).Error
	if err != nil && !models.IsMissing(err) {
		return edge, fmt.Errorf("read sponsor edge: %w", err)
	}
	return edge, nil
}
