package commission

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

// maxWhatIfProblems is how many of the conversions that a draft cannot price are shown; all are counted.
const maxWhatIfProblems = 20

// whatIfSums is what pricing has come to so far: one entry for each enrollment, level, rule and kind of settlement,
// however many conversions there are. It is not for concurrent use.
type whatIfSums struct {
	conversions, unpriced int64
	slots                 map[models.ID]int32 // of partners
	partners              []partnerSum
	levels                []WhatIfSum
	rules                 map[string]*WhatIfSum
	settlements           map[string]*WhatIfSum
	problems              []WhatIfProblem
	overflow              error
}

// partnerSum is what one enrollment has, both ways.
type partnerSum struct {
	id            models.ID
	place         models.ID
	actual, draft int64
}

func newWhatIfSums() *whatIfSums {
	return &whatIfSums{slots: map[models.ID]int32{}, rules: map[string]*WhatIfSum{}, settlements: map[string]*WhatIfSum{}}
}

func (s *whatIfSums) slotOf(id models.ID) int32 {
	slot, known := s.slots[id]
	if !known {
		slot = int32(len(s.partners))
		s.slots[id] = slot
		s.partners = append(s.partners, partnerSum{id: id})
	}
	return slot
}

func (s *whatIfSums) level(n int) *WhatIfSum {
	for len(s.levels) <= n {
		s.levels = append(s.levels, WhatIfSum{Level: len(s.levels)})
	}
	return &s.levels[n]
}

func named(sums map[string]*WhatIfSum, name string) *WhatIfSum {
	sum := sums[name]
	if sum == nil {
		sum = &WhatIfSum{Name: name}
		sums[name] = sum
	}
	return sum
}

func (s *whatIfSums) add(to *int64, minor int64) {
	sum, err := money.AddMinor(*to, minor)
	if err != nil {
		s.overflow = err
	}
	*to = sum
}

// addLines takes what was paid for a conversion, and remembers where its enrollments are kept.
func (s *whatIfSums) addLines(lines []paidLine) {
	for i := range lines {
		l := &lines[i]
		l.slot = s.slotOf(l.enrollmentID)
		s.add(&s.partners[l.slot].actual, l.minor)
		for _, part := range [2]*WhatIfSum{s.level(int(l.level)), named(s.rules, l.ruleID)} {
			s.add(&part.ActualMinor, l.minor)
			if l.earned {
				part.ActualLines++
			}
		}
	}
}

// addShares takes what the draft pays for a conversion; lines are those of the same one.
func (s *whatIfSums) addShares(shares []engine.Share, lines []paidLine) {
	for i := range shares {
		share := &shares[i]
		slot := int32(-1)
		for n := range lines {
			if lines[n].enrollmentID == models.ID(share.Enrollment) {
				slot = lines[n].slot
				break
			}
		}
		if slot < 0 {
			slot = s.slotOf(models.ID(share.Enrollment))
		}
		s.add(&s.partners[slot].draft, share.Amount)
		for _, part := range [2]*WhatIfSum{s.level(share.Level), named(s.rules, share.Rule.ID)} {
			s.add(&part.DraftMinor, share.Amount)
			part.DraftLines++
		}
	}
}

func (s *whatIfSums) addProblem(c *models.Conversion, rule, detail string) {
	s.unpriced++
	if len(s.problems) < maxWhatIfProblems {
		s.problems = append(s.problems, WhatIfProblem{ConversionID: c.ID, RuleID: rule, Detail: detail})
	}
}

// addSettled takes a line that a close made, or that the draft owes at one.
func (s *whatIfSums) addSettled(kind models.CommissionKind, enrollmentID models.ID, actual, draft int64) {
	p, part := &s.partners[s.slotOf(enrollmentID)], named(s.settlements, string(kind))
	s.add(&p.actual, actual)
	s.add(&p.draft, draft)
	s.add(&part.ActualMinor, actual)
	s.add(&part.DraftMinor, draft)
}

// merge takes what another has come to.
func (s *whatIfSums) merge(o *whatIfSums) {
	s.conversions, s.unpriced = s.conversions+o.conversions, s.unpriced+o.unpriced
	s.problems = append(s.problems, o.problems...)
	s.overflow = cmp.Or(s.overflow, o.overflow)
	for _, p := range o.partners {
		own := &s.partners[s.slotOf(p.id)]
		s.add(&own.actual, p.actual)
		s.add(&own.draft, p.draft)
	}
	for i := range o.levels {
		s.mergePart(s.level(i), &o.levels[i])
	}
	for name, part := range o.rules {
		s.mergePart(named(s.rules, name), part)
	}
}

func (s *whatIfSums) mergePart(to, from *WhatIfSum) {
	s.add(&to.ActualMinor, from.ActualMinor)
	s.add(&to.DraftMinor, from.DraftMinor)
	to.ActualLines, to.DraftLines = to.ActualLines+from.ActualLines, to.DraftLines+from.DraftLines
}

// placed gives the enrollments in the order of the difference that the draft makes, each with its place: the difference,
// moved so that its bytes sort as it does, and its number.
func (s *whatIfSums) placed() []partnerSum {
	slices.SortFunc(s.partners, func(a, b partnerSum) int {
		return cmp.Or(cmp.Compare(a.draft-a.actual, b.draft-b.actual), compareIDs(a.id, b.id))
	})
	for i := range s.partners {
		p := &s.partners[i]
		binary.BigEndian.PutUint64(p.place[:8], uint64(p.draft-p.actual)^1<<63)
		binary.BigEndian.PutUint64(p.place[8:], uint64(i)+1)
	}
	return s.partners
}

func (s *whatIfSums) detail() WhatIfDetail {
	slices.SortFunc(s.problems, func(a, b WhatIfProblem) int { return compareIDs(a.ConversionID, b.ConversionID) })
	return WhatIfDetail{Levels: s.levels, Rules: sorted(s.rules), Settlements: sorted(s.settlements), Problems: s.problems[:min(len(s.problems), maxWhatIfProblems)]}
}

func sorted(sums map[string]*WhatIfSum) []WhatIfSum {
	var list []WhatIfSum
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, *sums[name])
	}
	return list
}
