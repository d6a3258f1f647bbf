package commission

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// past is everything that the lines of one conversion were made from.
type past struct {
	rootID    models.ID
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

func readPast(query *gorm.DB, programID, rootID models.ID) (*past, error) {
	found, err := readPasts(query, programID, []models.ID{rootID})
	if err != nil {
		return nil, err
	}
	if len(found[0].revisions) == 0 {
		return nil, fmt.Errorf("conversion %s is gone", rootID)
	}
	return found[0], nil
}

// readPasts reads what the lines of some conversions, named by their first revisions, were made from: in their order,
// and in a fixed number of statements for as many ids as fit one.
func readPasts(query *gorm.DB, programID models.ID, rootIDs []models.ID) ([]*past, error) {
	found, byRoot := make([]*past, len(rootIDs)), make(map[models.ID]*past, len(rootIDs))
	for i, id := range rootIDs {
		found[i] = &past{rootID: id, waiting: map[models.ID]bool{}}
		byRoot[id] = found[i]
	}
	var lines []models.Commission
	if err := query.Where("source_id IN ?", rootIDs).Order("source_id, ordinal").Find(&lines).Error; err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	for _, l := range lines {
		byRoot[l.SourceID].lines = append(byRoot[l.SourceID].lines, l)
	}
	var revisions []models.Conversion
	if err := query.Omit("content_hash").Where("root_id IN ?", rootIDs).Order("root_id, revision").Find(&revisions).Error; err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	owners := make(map[models.ID]*past, len(revisions))
	for _, r := range revisions {
		p := byRoot[r.RootID]
		p.revisions, owners[r.ID] = append(p.revisions, r), p
	}
	var refunds []models.Refund
	if err := query.Omit("content_hash").Where("conversion_id IN ?", rootIDs).Order("conversion_id, id").Find(&refunds).Error; err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	for _, r := range refunds {
		p := byRoot[r.ConversionID]
		p.refunds, owners[r.ID] = append(p.refunds, r), p
	}
	return found, readWaiting(query, programID, owners)
}

func readWaiting(query *gorm.DB, programID models.ID, owners map[models.ID]*past) error {
	return inChunks(sortedIDs(owners), func(part []models.ID) error {
		var queued []models.ID
		err := query.Model(&models.AccrualItem{}).Where("program_id = ? AND shard IN ? AND id IN ?", programID, allShards, part).Pluck("id", &queued).Error
		for _, id := range queued {
			owners[id].waiting[id] = true
		}
		if err != nil {
			return fmt.Errorf("read accrual queue: %w", err)
		}
		return nil
	})
}

// step is a stretch of a conversion's lines that one cause made together; it is empty for lines that are gone.
type step struct {
	start, end int
	kind       models.CommissionKind
	cause      models.ID // zero for the first revision
	made       time.Time
}

// stepOf gives the step of the line at index i.
func (p *past) stepOf(i int) step {
	l := &p.lines[i]
	s := step{start: i, end: i + 1, kind: l.Kind, cause: models.Or(l.CauseID), made: l.CreatedAt}
	same := func(n int) bool {
		return p.lines[n].Kind == s.kind && models.Or(p.lines[n].CauseID) == s.cause && p.lines[n].JournalID == l.JournalID
	}
	for s.start > 0 && same(s.start-1) {
		s.start--
	}
	for s.end < len(p.lines) && same(s.end) {
		s.end++
	}
	return s
}

// isCaused tells whether a step has a cause that makes lines of its kind. A conversion is earned once.
func (p *past) isCaused(at step) bool {
	byRevision := p.revision(at.cause) != nil
	switch at.kind {
	case models.CommissionKindEarned:
		return at.start == 0 && (at.cause.IsZero() || byRevision)
	case models.CommissionKindRestate:
		return byRevision
	case models.CommissionKindRefund: // what was refunded before there were lines is taken by the revision that makes them
		return p.refund(at.cause) != nil || byRevision && at.start > 0 && p.lines[at.start-1].Kind == models.CommissionKindEarned
	}
	return false
}

// earnedFrom gives the revision that the first lines were made from; nil when it is gone.
func (p *past) earnedFrom() *models.Conversion {
	if len(p.lines) > 0 && p.lines[0].Kind == models.CommissionKindEarned && p.lines[0].CauseID != nil {
		return p.revision(*p.lines[0].CauseID)
	}
	return p.revision(p.rootID)
}

// asOf gives the conversion as it may have been when a step was worked, what is most likely first. The first lines are of
// one revision; later ones stand on everything that was worked until then. What left no lines of its own made no
// difference when it was worked, so nothing tells when that was: by its place in the queue, or before as soon as it was
// received, or only later.
func (p *past) asOf(at step) []*standing {
	if at.kind == models.CommissionKindEarned {
		return []*standing{p.with(at, nil)}
	}
	received := func(id models.ID, t time.Time) bool { return !t.After(at.made) && !p.waiting[id] }
	ways := []*standing{
		p.with(at, func(id models.ID, t time.Time) bool {
			return received(id, t) && bytes.Compare(id[:], at.cause[:]) < 0
		}),
		p.with(at, received),
		p.with(at, func(models.ID, time.Time) bool { return false }),
	}
	// Each of the three has all that the last has, so as many are the same.
	return slices.CompactFunc(ways, func(a, b *standing) bool { return a.worked == b.worked })
}

// now gives the conversion with everything that does not wait.
func (p *past) now() *standing {
	return p.with(step{start: len(p.lines), end: len(p.lines)}, func(id models.ID, _ time.Time) bool { return !p.waiting[id] })
}

// with gives the conversion as of a step, with what the step stands on and, of what left no lines, what silent says. The
// first revision is always there, and alone where it is earned; silent is not asked then.
func (p *past) with(at step, silent func(id models.ID, received time.Time) bool) *standing {
	s := newStanding()
	before, later := causes(p.lines[:at.end]), causes(p.lines[at.end:])
	has := func(id models.ID, received time.Time) bool {
		return before[id] || !later[id] && silent(id, received)
	}
	from := p.earnedFrom()
	for _, r := range p.revisions {
		s.known[r.ID] = r
		isFirst := from != nil && r.ID == from.ID
		if isFirst || at.kind != models.CommissionKindEarned && has(r.ID, r.ReceivedAt) {
			s.add(r)
			s.take(r.ID)
			s.worked++
		}
	}
	for _, r := range p.refunds {
		if at.kind != models.CommissionKindEarned && has(r.ID, r.ReceivedAt) {
			s.refunds[r.ID] = r
			s.take(r.ID)
			s.worked++
		}
	}
	for _, l := range p.lines[:at.end] {
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
