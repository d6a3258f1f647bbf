package commission

import (
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// counters are the cap counters of one transaction: locked before they are asked, so that two workers cannot pass a
// cap together, and written back with the lines that used them.
type counters struct {
	tx      *models.Tx
	program models.ID
	known   map[engine.CapKey]*counter
}

var counterColumns = []string{"program_id", "id", "cap", "owner_id", "group_code", "interval_key", "used_minor", "used_count"}

type counter struct {
	id          models.ID
	used, added engine.Usage
}

func newCounters(tx *models.Tx, programID models.ID) *counters {
	return &counters{tx: tx, program: programID, known: map[engine.CapKey]*counter{}}
}

// Usage gives what a counter stands at, with what this transaction has added. It was locked before.
func (c *counters) Usage(k engine.CapKey) engine.Usage {
	if found := c.known[k]; found != nil {
		return engine.Usage{Minor: found.used.Minor + found.added.Minor, Count: found.used.Count + found.added.Count}
	}
	return engine.Usage{}
}

// lock makes the counters that do not exist yet, and locks all of them, in the order of their ids.
func (c *counters) lock(keys []engine.CapKey) error {
	byID := map[models.ID]engine.CapKey{}
	for _, k := range keys {
		if c.known[k] == nil {
			byID[counterID(k)] = k
		}
	}
	return inChunks(sortedIDs(byID), func(part []models.ID) error {
		if err := c.ensure(part, byID); err != nil {
			return err
		}
		var found []models.CapCounter
		err := c.tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND id IN ?", c.program, part).Order("id").Find(&found).Error
		if err != nil {
			return fmt.Errorf("lock caps: %w", err)
		}
		for _, row := range found {
			c.known[byID[row.ID]] = &counter{id: row.ID, used: engine.Usage{Minor: row.UsedMinor, Count: row.UsedCount}}
		}
		return nil
	})
}

// ensure makes those of the counters that do not exist. It looks before it writes, as findPeriod does and for its reason.
func (c *counters) ensure(ids []models.ID, byID map[models.ID]engine.CapKey) error {
	var known []models.ID
	if err := c.tx.Model(&models.CapCounter{}).Where("program_id = ? AND id IN ?", c.program, ids).Pluck("id", &known).Error; err != nil {
		return fmt.Errorf("read caps: %w", err)
	}
	exists := make(map[models.ID]bool, len(known))
	for _, id := range known {
		exists[id] = true
	}
	var rows [][]any
	for _, id := range ids {
		if k := byID[id]; !exists[id] {
			rows = append(rows, []any{c.program, id, k.Cap, models.ID(k.Owner), k.Group, k.Interval, 0, 0})
		}
	}
	_, err := models.BulkInsert(c.tx, models.Insert{Table: "cap_counters", SkipExisting: true, Columns: counterColumns}, rows)
	return err
}

// counterID names a counter in the database.
func counterID(k engine.CapKey) models.ID {
	hash := models.HashOf(fmt.Appendf(nil, "%s|%x|%s|%s", k.Cap, k.Owner, k.Group, k.Interval))
	return models.ID(hash[:16])
}

// move takes off what a conversion used before, and adds what it uses now.
func (c *counters) move(before, after []engine.Use) {
	for _, u := range before {
		c.add(u, -1)
	}
	for _, u := range after {
		c.add(u, 1)
	}
}

func (c *counters) add(u engine.Use, sign int64) {
	k := c.known[u.Key]
	if k == nil {
		panic("commission: a cap was used that was not locked: " + u.Key.Cap)
	}
	k.added.Minor += sign * u.Usage.Minor
	k.added.Count += sign * u.Usage.Count
}

// write adds to the rows what the transaction used.
func (c *counters) write() error {
	var rows [][]any
	for k, found := range c.known {
		if found.added != (engine.Usage{}) {
			rows = append(rows, []any{c.program, found.id, k.Cap, models.ID(k.Owner), k.Group, k.Interval, found.added.Minor, found.added.Count})
		}
	}
	_, err := models.BulkInsert(c.tx, models.Insert{Table: "cap_counters", Columns: counterColumns,
		Keys: []string{"program_id", "id"}, AddTo: []string{"used_minor", "used_count"}}, rows)
	return err
}
