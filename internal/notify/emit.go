package notify

import (
	"encoding/json"
	"fmt"

	"tributary/models"
)

// Event is one state change, as a service tells of it.
type Event struct {
	Type         Type
	EnrollmentID models.ID // whose partner may see it too; zero: only the merchant
	Data         any       // the type's own struct of this package
}

// Emit puts events into a program's log, in the transaction of the change that they tell of: one statement for up to a
// thousand. They have no numbers before Number gives them some. No events are no statement.
func Emit(tx *models.Tx, programID models.ID, events ...Event) error {
	texts := make([]string, len(events))
	for i, e := range events {
		text, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("encode event %s: %w", e.Type, err)
		}
		texts[i] = string(text)
	}
	_, err := models.BulkWrite(tx, models.Insert{Table: "event_queue",
		Columns: []string{"program_id", "id", "type", "enrollment_id", "occurred_at", "data"}}, len(events), func(i int, row *models.Row) {
		row.ID(programID)
		row.ID(models.NewID())
		row.Text(string(events[i].Type))
		row.OptionalID(events[i].EnrollmentID)
		row.Time(tx.Now)
		row.Text(texts[i])
	})
	if err != nil {
		return fmt.Errorf("emit events: %w", err)
	}
	return nil
}
