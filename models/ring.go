package models

import (
	"slices"
	"time"
)

// The tasks that services ask for. A task's name never changes while rows with it may exist.
const (
	TaskPayoutSend      = "payout:send"      // subject: payout
	TaskPayoutReconcile = "payout:reconcile" // subject: batch
	TaskStripeEvent     = "stripe:event"     // subject: stripe event
	TaskWhatIf          = "whatif:run"       // subject: what-if run
	TaskWebhookDeliver  = "webhook:deliver"  // subject: webhook endpoint
	TaskExport          = "export:run"       // subject: export
	TaskMailSend        = "mail:send"        // subject: mail
)

// Ring asks for a task to be run for each subject after the transaction commits. The rows stay until a worker has
// answered, so a lost queue loses nothing; a worker must therefore expect any task more than once.
func Ring(tx *Tx, task string, subjects ...ID) error { return RingAt(tx, tx.Now, task, subjects...) }

// RingAt is Ring, but not before an instant.
func RingAt(tx *Tx, at time.Time, task string, subjects ...ID) error {
	rows := make([][]any, len(subjects))
	for i, id := range subjects {
		rows[i] = []any{NewID(), task, id, tx.Now, at, 0}
	}
	_, err := BulkInsert(tx, Insert{Table: "outbox",
		Columns: []string{"id", "task", "subject_id", "created_at", "ring_at", "rings"}}, rows)
	return err
}

// RingNow asks for a task at once also where it was asked for before and nobody has answered yet: for work that is
// known to have been left in the middle.
func RingNow(tx *Tx, task string, subjects ...ID) error {
	if len(subjects) == 0 {
		return nil
	}
	var waiting []ID
	if err := tx.Model(&OutboxItem{}).Where("task = ? AND subject_id IN ?", task, subjects).Pluck("subject_id", &waiting).Error; err != nil {
		return err
	}
	rung := make(map[ID]bool, len(waiting))
	for _, id := range waiting {
		rung[id] = true
	}
	err := tx.Model(&OutboxItem{}).Where("task = ? AND subject_id IN ?", task, subjects).Update("ring_at", tx.Now).Error
	if err != nil {
		return err
	}
	return Ring(tx, task, slices.DeleteFunc(slices.Clone(subjects), func(id ID) bool { return rung[id] })...)
}
