package payout

import (
	"crypto/sha256"
	"fmt"
	"hash"

	"tributary/internal/fault"
	"tributary/models"
)

// ErrContentBroken is returned where a batch's payouts are not those that were planned.
var ErrContentBroken = fault.New(fault.Conflict, "BATCH_CONTENT_BROKEN", "the batch's payouts are not what was planned: somebody changed them; cancel it and plan again")

// addContent adds one payout to a content hash: all that decides where how much goes.
func addContent(to hash.Hash, enrollmentID models.ID, rail models.RailName, destination string, minor int64, state models.PayoutState) {
	fmt.Fprintf(to, "%s|%s|%s|%d|%s\n", enrollmentID, rail, destination, minor, state)
}

// mustBeWhole works the content hash of a batch out again before an event that its payouts have the states for that they
// were planned with: what is approved and paid is what was looked at, also where the rows were changed past this program.
func mustBeWhole(tx *models.Tx, b models.PayoutBatch, before BatchEvent) error {
	if _, err := leads(BatchRules, before, b.State, ErrBatchState); err != nil {
		return err
	}
	content := sha256.New()
	var after models.ID
	for {
		var rows []models.Payout
		err := tx.Where("batch_id = ? AND enrollment_id > ?", b.ID, after).Order("enrollment_id").Limit(idsPerStatement).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read payouts: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		for _, p := range rows {
			addContent(content, p.EnrollmentID, p.Rail, p.Destination, p.AmountMinor, p.State)
			after = p.EnrollmentID
		}
	}
	if models.Hash(content.Sum(nil)) != b.ContentHash {
		return ErrContentBroken
	}
	return nil
}
