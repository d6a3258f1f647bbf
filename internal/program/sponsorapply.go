package program

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/fault"
	"tributary/internal/tree"
	"tributary/models"
)

const maxDueChanges = 500

// ApplySponsorChanges applies the approved changes whose instant has come, oldest first, each in a transaction of its
// own; what fails is tried at the next call. It may run beside itself.
func (s *Service) ApplySponsorChanges(ctx context.Context) error {
	var due []models.ID
	err := s.db.Read(ctx).Model(&models.SponsorChange{}).Where("state = ? AND effective_at <= ?", models.SponsorChangeStateApproved, s.db.Now()).
		Order("effective_at, id").Limit(maxDueChanges).Pluck("id", &due).Error
	if err != nil {
		return fmt.Errorf("read due changes of sponsor: %w", err)
	}
	for _, id := range due {
		err = errors.Join(err, models.InTx(ctx, s.db, func(tx *models.Tx) error {
			c, err := takeChange(tx.Where("id = ? AND state = ?", id, models.SponsorChangeStateApproved))
			if errors.Is(err, ErrChangeMissing) {
				return nil // another worker was here, or somebody canceled it
			}
			if err != nil {
				return err
			}
			return apply(tx, &c)
		}))
	}
	return err
}

// apply makes an approved change APPLIED, or REFUSED with the reason when the tree no longer allows it. Only where a
// later edge stands in the way for some time it stays APPROVED.
func apply(tx *models.Tx, c *models.SponsorChange) error {
	p, err := takeOne[models.Program](tx.Where("id = ?", c.ProgramID), "program")
	if err != nil {
		return err
	}
	var refusal *fault.Error
	err = place(tx, p, *c)
	switch {
	case err == nil:
		return moveChange(tx, c, models.SponsorChangeStateApplied, map[string]any{"applied_at": tx.Now})
	case errors.Is(err, tree.ErrStale):
		return nil
	case errors.As(err, &refusal) && slices.ContainsFunc(forGood, func(e *fault.Error) bool { return errors.Is(err, e) }):
		c.RefusalCode, c.Refusal = refusal.Code, refusal.Msg
		return moveChange(tx, c, models.SponsorChangeStateRefused, map[string]any{"refusal_code": refusal.Code, "refusal": refusal.Msg})
	}
	return err
}

// forGood are the refusals of the tree that waiting does not mend.
var forGood = []*fault.Error{tree.ErrSelf, tree.ErrSame, tree.ErrCycle, tree.ErrTooDeep}

// place gives the child its sponsor as of this instant, whenever the change was due: conversions priced in between used
// the edges as they were. Where some are dated ahead of the clock, it holds from just after the last of them.
func place(tx *models.Tx, p models.Program, c models.SponsorChange) error {
	from, err := tree.FreeFrom(tx.DB, c.ChildID, tx.Now)
	if err != nil {
		return err
	}
	edge := edgeOf(p, c, from)
	if err := tree.Check(tx.DB, edge); err != nil {
		return err
	}
	return tree.SetSponsor(tx, edge)
}

func edgeOf(p models.Program, c models.SponsorChange, from time.Time) tree.Change {
	return tree.Change{ProgramID: p.ID, ChildID: c.ChildID, SponsorID: c.SponsorID, MaxDepth: p.MaxDepth, EffectiveAt: from,
		Actor: c.DecidedBy, Reason: c.Reason}
}

// takeChange reads one change. Code SPONSOR_CHANGE_NOT_FOUND.
func takeChange(query *gorm.DB) (models.SponsorChange, error) {
	var c models.SponsorChange
	if err := query.Take(&c).Error; err != nil {
		if models.IsMissing(err) {
			return c, ErrChangeMissing
		}
		return c, fmt.Errorf("read change of sponsor: %w", err)
	}
	return c, nil
}
