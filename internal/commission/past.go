package commission

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// past is everything that the lines of one conversion were made from.
type past struct {
	lines     []models.Commission // in the order they were made
	revisions []models.Conversion // from the first
	refunds   []models.Refund
	waiting   map[models.ID]bool // what is in the queue still
}

// allShards lets a look into the queue use its key, whatever the shard.
var allShards = func() (shards []int) {
	for i := range models.AccrualShards {
		shards = append(shards, i)
	}
	return shards
}()

func readPast(query *gorm.DB, rootID models.ID) (*past, error) {
	p := &past{waiting: map[models.ID]bool{}}
	if err := query.Where("source_id = ?", rootID).Order("ordinal").Find(&p.lines).Error; err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	if err := query.Omit("content_hash").Where("root_id = ?", rootID).Order("revision").Find(&p.revisions).Error; err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	if err := query.Omit("content_hash").Where("conversion_id = ?", rootID).Order("id").Find(&p.refunds).Error; err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	if len(p.revisions) == 0 {
		return nil, fmt.Errorf("conversion %s is gone", rootID)
	}
	ids := make([]models.ID, 0, len(p.revisions)+len(p.refunds))
	for _, r := range p.revisions {
		ids = append(ids, r.ID)
	}
	for _, r := range p.refunds {
		ids = append(ids, r.ID)
	}
	var queued []models.ID
	err := query.Model(&models.AccrualItem{}).Where("program_id = ? AND shard IN ? AND id IN ?", p.revisions[0].ProgramID, allShards, ids).Pluck("id", &queued).Error
	if err != nil {
		return nil, fmt.Errorf("read accrual queue: %w", err)
	}
	for _, id := range queued {
		p.waiting[id] = true
	}
	return p, nil
}

// step gives the bounds of the lines that were made by one cause together, among them the one at index i.
func (p *past) step(i int) (start, end int) {
	same := func(n int) bool {
		return p.lines[n].Kind == p.lines[i].Kind && models.Or(p.lines[n].CauseID) == models.Or(p.lines[i].CauseID)
	}
	for start = i; start > 0 && same(start-1); start-- {
	}
	for end = i + 1; end < len(p.lines) && same(end); end++ {
	}
	return start, end
}

// asOf gives the conversion as it was priced for the lines at start to end, which one cause made. The first lines are of
// one revision; later ones stand on everything that was worked until then. What left no lines of its own made no
// difference, and counts from when it was received.
func (p *past) asOf(start, end int) *standing {
	s := newStanding()
	made, first := p.lines[start], p.lines[start].Kind == models.CommissionKindEarned
	worked, later := causes(p.lines[:end]), causes(p.lines[end:])
	has := func(id models.ID, received bool) bool {
		return worked[id] || (received && !later[id] && !p.waiting[id])
	}
	for _, r := range p.revisions {
		isFirst := r.Revision == 1
		if first && (r.ID == models.Or(made.CauseID) || (isFirst && made.CauseID == nil)) || !first && (isFirst || has(r.ID, !r.ReceivedAt.After(made.CreatedAt))) {
			s.revisions[r.ID] = r
			s.take(r.ID)
		}
	}
	for _, r := range p.refunds {
		if !first && has(r.ID, !r.ReceivedAt.After(made.CreatedAt)) {
			s.refunds[r.ID] = r
			s.take(r.ID)
		}
	}
	for _, l := range p.lines[:end] {
		s.lines = append(s.lines, lineFrom(&l))
	}
	return s
}

func causes(lines []models.Commission) map[models.ID]bool {
	found := map[models.ID]bool{}
	for _, l := range lines {
		if l.CauseID != nil {
			found[*l.CauseID] = true
		}
	}
	return found
}

// sameStanding tells whether two lines are for the same rule, level and enrollment of their conversion.
func sameStanding(a, b *models.Commission) bool {
	return a.RuleID == b.RuleID && a.Level == b.Level && a.EnrollmentID == b.EnrollmentID
}

// sumOf adds up the lines that are for the same as one.
func sumOf(lines []models.Commission, of *models.Commission) (basis, amount int64) {
	for i := range lines {
		if sameStanding(&lines[i], of) {
			basis, amount = basis+lines[i].BasisMinor, amount+lines[i].AmountMinor
		}
	}
	return basis, amount
}

func (p *past) indexOf(lineID models.ID) int {
	return slices.IndexFunc(p.lines, func(l models.Commission) bool { return l.ID == lineID })
}

func (p *past) refund(id models.ID) *models.Refund {
	if i := slices.IndexFunc(p.refunds, func(r models.Refund) bool { return r.ID == id }); i >= 0 {
		return &p.refunds[i]
	}
	return nil
}

func (p *past) revision(id models.ID) *models.Conversion {
	if i := slices.IndexFunc(p.revisions, func(r models.Conversion) bool { return r.ID == id }); i >= 0 {
		return &p.revisions[i]
	}
	return nil
}
