package payout

import (
	"fmt"
	"maps"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/ledger"
	"tributary/internal/notify"
	"tributary/models"
)

// entry is the journal that goes with a transition.
type entry struct {
	key  string
	legs []ledger.Leg
}

// transition is the compare-and-set of one payout as it was read, by a rule of the machine, together with the rule's
// journal: neither happens without the other. More columns go with it; it ends any claim.
func transition(tx *models.Tx, p models.Payout, event PayoutEvent, more map[string]any, e *entry) error {
	rule, err := leads(PayoutRules, event, p.State, ErrPayoutState)
	if err != nil {
		return err
	}
	if (rule.Journal == "") != (e == nil) {
		return errNoRule
	}
	columns := map[string]any{"state": rule.To, "claim_token": "", "claim_until": nil}
	maps.Copy(columns, more)
	update := tx.Model(&models.Payout{}).Where("id = ? AND state = ? AND claim_token = ? AND generation = ? AND reversed_minor = ? AND corrected_minor = ?",
		p.ID, p.State, p.ClaimToken, p.Generation, p.ReversedMinor, p.CorrectedMinor).Updates(columns)
	if err := models.MustAffectOne(update, ErrPayoutState); err != nil {
		return err
	}
	if err := tell(tx, p, rule, more); err != nil || e == nil {
		return err
	}
	return post(tx, rule.Journal, e.key, p.ProgramID, p.Currency, e.legs)
}

// claim is the transition by which a worker takes a payout that nobody else holds.
func claim(tx *models.Tx, p models.Payout, event PayoutEvent, columns map[string]any) error {
	rule, err := leads(PayoutRules, event, p.State, ErrPayoutState)
	if err != nil {
		return err
	}
	columns["state"] = rule.To
	update := tx.Model(&models.Payout{}).Where("id = ? AND state = ? AND generation = ?", p.ID, p.State, p.Generation).Updates(columns)
	if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
		return err
	}
	return tell(tx, p, rule, nil)
}

// transitionAll takes every payout of a query that a rule applies to. Their journal, if any, is the caller's to post.
func transitionAll(tx *models.Tx, query *gorm.DB, event PayoutEvent, more map[string]any) error {
	rule := ruleOf(PayoutRules, event)
	query = query.Where("state IN ?", rule.From).Session(&gorm.Session{})
	var rows []models.Payout
	if err := query.Clauses(clause.Locking{Strength: "UPDATE"}).Order("id").Find(&rows).Error; err != nil {
		return fmt.Errorf("lock payouts: %w", err)
	}
	events := map[models.ID][]notify.Event{}
	for _, p := range rows {
		events[p.ProgramID] = append(events[p.ProgramID], told(p, event, rule.To))
	}
	columns := map[string]any{"state": rule.To}
	maps.Copy(columns, more)
	if err := query.Model(&models.Payout{}).Updates(columns).Error; err != nil {
		return fmt.Errorf("payouts %s: %w", event, err)
	}
	for programID, list := range events {
		if err := notify.Emit(tx, programID, list...); err != nil {
			return err
		}
	}
	return nil
}

// moveBatch is the compare-and-set of a batch as it was read, by a rule of the machine; more columns go with it.
func moveBatch(tx *models.Tx, b *models.PayoutBatch, event BatchEvent, more map[string]any) error {
	rule, err := leads(BatchRules, event, b.State, ErrBatchState)
	if err != nil {
		return err
	}
	columns := map[string]any{"state": rule.To}
	maps.Copy(columns, more)
	update := tx.Model(&models.PayoutBatch{}).Where("id = ? AND state = ?", b.ID, b.State).Updates(columns)
	if err := models.MustAffectOne(update, ErrBatchState); err != nil {
		return err
	}
	b.State = rule.To
	if reason, changed := more["pause_reason"].(string); changed {
		b.PauseReason = reason
	}
	return tellBatch(tx, *b, event)
}

// released is the journal of a payout that is owed again instead of being sent: a generation releases once.
func released(p models.Payout) *entry {
	return &entry{key: fmt.Sprintf("release:%s:g%d", p.ID, p.Generation),
		legs: move(p.EnrollmentID, models.AccountInTransit, models.AccountPayable, p.AmountMinor)}
}

// notReserved are the columns of a payout that ends without being paid.
func notReserved(tx *models.Tx, reason string) map[string]any {
	return map[string]any{"reason": reason, "reserved": false, "settled_at": tx.Now, "next_try_at": nil}
}
