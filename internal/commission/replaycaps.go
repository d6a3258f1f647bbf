package commission

import (
	"fmt"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// countersAtOnce is about how many counters of caps are summed in one pass over the program's conversions.
const countersAtOnce int64 = 500_000

// conversionsUnderCaps are a page of the first revisions that have lines by plan versions with caps.
const conversionsUnderCaps = `SELECT c.id FROM conversions c WHERE c.program_id = ? AND c.id > ? AND c.revision = 1
	AND EXISTS (SELECT 1 FROM commissions m WHERE m.source_id = c.id AND m.plan_version_id IN ?) ORDER BY c.id LIMIT ?`

// replayCaps holds every counter of a cap against what the lines of its conversions use. Counters are far fewer than
// conversions; where they are many, each pass sums those of one part of the ids.
func (r *replay) replayCaps() error {
	var all int64
	if err := r.query.Model(&models.CapCounter{}).Where("program_id = ?", r.program.ID).Count(&all).Error; err != nil {
		return fmt.Errorf("count caps: %w", err)
	}
	if all == 0 && !r.w.plans.needs.Caps {
		return nil
	}
	passes := min(int(all/r.service.replayCaps)+1, 256)
	for pass := range passes {
		uses, err := r.usesOfPart(pass, passes)
		if err != nil {
			return err
		}
		if err := r.compareCaps(uses, pass, passes); err != nil {
			return err
		}
	}
	return nil
}

// isOfPart tells whether a counter is summed in a pass.
func isOfPart(id models.ID, pass, passes int) bool { return int(id[0])*passes/256 == pass }

// usesOfPart sums what all conversions use of the counters of one part.
func (r *replay) usesOfPart(pass, passes int) (map[models.ID]*engine.Use, error) {
	var capped []models.ID
	for i, plan := range r.w.plans.plans {
		if plan.Needs.Caps {
			capped = append(capped, r.w.plans.ids[i])
		}
	}
	sums := map[models.ID]*engine.Use{}
	var after models.ID
	for {
		var ids []models.ID
		if err := r.query.Raw(conversionsUnderCaps, r.program.ID, after, capped, r.page).Scan(&ids).Error; err != nil {
			return nil, fmt.Errorf("read conversions under caps: %w", err)
		}
		if len(ids) == 0 {
			return sums, nil
		}
		pasts, err := readPasts(r.query, r.program.ID, ids)
		if err != nil {
			return nil, err
		}
		for _, p := range pasts {
			for _, u := range r.usesOf(p) {
				id := counterID(u.Key)
				if !isOfPart(id, pass, passes) {
					continue
				}
				if sums[id] == nil {
					sums[id] = &engine.Use{Key: u.Key}
				}
				sums[id].Usage.Minor += u.Usage.Minor
				sums[id].Usage.Count += u.Usage.Count
			}
		}
		after = ids[len(ids)-1]
	}
}

// usesOf gives what the lines of a conversion use of counters. What cannot be read uses nothing, and is found elsewhere.
func (r *replay) usesOf(p *past) []engine.Use {
	s := p.now()
	plan, err := r.w.plans.byID(s.lines[0].planID)
	if err != nil {
		return nil
	}
	frozen, err := s.facts()
	if err != nil {
		return nil
	}
	c := engine.Case{Chain: []engine.Member{{ID: engine.ID(s.lines[0].enrollmentID)}}}
	if frozen.Into(&c); len(c.Chain) == 0 {
		return nil
	}
	made := s.madeFor()
	present, _ := s.standing()
	return plan.UsesOf(&c.Chain[0], &engine.Sale{OccurredAt: made.OccurredAt}, present)
}

// compareCaps holds the counters of one part against what is used of them.
func (r *replay) compareCaps(uses map[models.ID]*engine.Use, pass, passes int) error {
	var after models.ID
	for {
		var rows []models.CapCounter
		err := r.query.Where("program_id = ? AND id > ?", r.program.ID, after).Order("id").Limit(idsPerStatement).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read caps: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			if isOfPart(row.ID, pass, passes) {
				r.compareCap(row, uses[row.ID])
				delete(uses, row.ID)
			}
		}
		after = rows[len(rows)-1].ID
	}
	for _, id := range sortedIDs(uses) {
		r.compareCap(models.CapCounter{Cap: uses[id].Key.Cap, OwnerID: models.ID(uses[id].Key.Owner), IntervalKey: uses[id].Key.Interval}, uses[id])
	}
	return nil
}

func (r *replay) compareCap(row models.CapCounter, use *engine.Use) {
	var used engine.Usage
	if use != nil {
		used = use.Usage
	}
	if row.UsedMinor == used.Minor && row.UsedCount == used.Count {
		return
	}
	r.differs(ReplayDifference{Kind: ReplayCap, EnrollmentID: row.OwnerID, StoredMinor: row.UsedMinor, RecomputedMinor: used.Minor,
		Detail: fmt.Sprintf("cap %s of %s: %s by %d conversions are counted, and the lines use %s by %d", row.Cap, row.IntervalKey, r.text(row.UsedMinor), row.UsedCount, r.text(used.Minor), used.Count)})
}
