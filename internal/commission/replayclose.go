package commission

import (
	"fmt"

	"tributary/models"
)

// byClose are the kinds of lines that a close makes.
var byClose = []models.CommissionKind{models.CommissionKindTier, models.CommissionKindBonus, models.CommissionKindPlacement}

// replayClose works out again what the close owed for the period as a whole, and holds its lines against it.
func (r *replay) replayClose() error {
	var lines []models.Commission
	err := r.query.Where("period_id = ? AND kind IN ?", r.period.ID, byClose).Order("source_id, ordinal").Find(&lines).Error
	if err != nil {
		return fmt.Errorf("read lines of the close: %w", err)
	}
	used := make([]bool, len(lines))
	if r.period.State == models.PeriodStateClosed {
		owed, err := r.service.owedAt(r.query, r.program, r.period)
		if err != nil {
			r.differs(ReplayDifference{Kind: ReplayUnpriceable, Detail: fmt.Sprintf("what the close owed cannot be worked out again: %v", err)})
			for i := range lines {
				if err := r.count(lines[i].AmountMinor, lines[i].AmountMinor); err != nil {
					return err
				}
			}
			return nil
		}
		for i := range owed.lines {
			if err := r.owedLine(lines, used, &owed.lines[i]); err != nil {
				return err
			}
		}
	}
	for i := range lines {
		if used[i] {
			continue
		}
		if err := r.extra(ReplayExtra, &lines[i], "the period does not owe this line"); err != nil {
			return err
		}
	}
	return nil
}

// owedLine holds one line that is owed against the first stored one for the same.
func (r *replay) owedLine(lines []models.Commission, used []bool, owed *line) error {
	want := expected{enrollmentID: owed.enrollmentID, ruleID: owed.ruleID, basis: owed.basisMinor, amount: owed.amountMinor, maturesAt: owed.maturesAt}
	n := -1
	for i := range lines {
		l := &lines[i]
		if used[i] || l.Kind != owed.kind || l.SourceID != r.period.ID || !want.isFor(l) {
			continue
		}
		if n < 0 || l.AmountMinor == want.amount && lines[n].AmountMinor != want.amount { // several agreements may be for the same
			n = i
		}
	}
	if n < 0 {
		return r.missing(models.ID{}, &want, fmt.Sprintf("a %s line of %s is owed", owed.kind, r.text(want.amount)))
	}
	used[n] = true
	return r.line(&lines[n], &want, against{planIDs: []models.ID{owed.planID}, occurredAt: owed.occurredAt})
}

// replayByHand holds the lines by hand against the reasons that they were booked for. Nothing else tells their amounts, but
// of one that takes another back.
func (r *replay) replayByHand() error {
	var after models.ID
	for {
		var lines []models.Commission
		err := r.query.Where("period_id = ? AND kind = ? AND id > ?", r.period.ID, models.CommissionKindManual, after).Order("id").Limit(r.page).Find(&lines).Error
		if err != nil {
			return fmt.Errorf("read lines by hand: %w", err)
		}
		if len(lines) == 0 {
			return nil
		}
		if err := r.handPage(lines); err != nil {
			return err
		}
		after = lines[len(lines)-1].ID
	}
}

func (r *replay) handPage(lines []models.Commission) error {
	ids, reversed := make([]models.ID, len(lines)), []models.ID{}
	for i := range lines {
		if ids[i] = lines[i].ID; lines[i].CorrectsID != nil {
			reversed = append(reversed, *lines[i].CorrectsID)
		}
	}
	var notes []models.ManualLine
	if err := r.query.Where("commission_id IN ?", ids).Find(&notes).Error; err != nil {
		return fmt.Errorf("read reasons: %w", err)
	}
	byLine := make(map[models.ID]models.ManualLine, len(notes))
	for _, n := range notes {
		byLine[n.CommissionID] = n
	}
	var booked []models.Commission
	if err := r.query.Where("id IN ?", reversed).Find(&booked).Error; err != nil {
		return fmt.Errorf("read lines that were taken back: %w", err)
	}
	amounts := make(map[models.ID]models.Commission, len(booked))
	for _, b := range booked {
		amounts[b.ID] = b
	}
	for i := range lines {
		if err := r.handLine(&lines[i], byLine, amounts); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) handLine(l *models.Commission, notes map[models.ID]models.ManualLine, booked map[models.ID]models.Commission) error {
	note, told := notes[l.ID]
	if !told || models.Or(note.ReversesID) != models.Or(l.CorrectsID) {
		return r.extra(ReplayByHand, l, "nobody gave a reason for it")
	}
	want := expected{enrollmentID: l.EnrollmentID, ruleID: manualRule, amount: l.AmountMinor, maturesAt: l.CreatedAt, corrects: models.Or(l.CorrectsID)}
	if l.CorrectsID != nil {
		was := booked[*l.CorrectsID]
		want.enrollmentID, want.amount = was.EnrollmentID, -was.AmountMinor
	}
	if l.SourceID != l.ID || !want.isFor(l) {
		return r.extra(ReplayByHand, l, "it is not what its reason is for")
	}
	return r.line(l, &want, against{planIDs: []models.ID{l.PlanVersionID}, occurredAt: l.CreatedAt})
}

// replayReasons looks for reasons of lines by hand that are gone.
func (r *replay) replayReasons() error {
	var notes []models.ManualLine
	err := r.query.Where("program_id = ? AND NOT EXISTS (SELECT 1 FROM commissions m WHERE m.id = manual_lines.commission_id)", r.program.ID).
		Order("commission_id").Limit(MaxReplayDifferences).Find(&notes).Error
	if err != nil {
		return fmt.Errorf("read reasons without lines: %w", err)
	}
	for _, n := range notes {
		r.differs(ReplayDifference{Kind: ReplayMissing, LineID: n.CommissionID, RuleID: manualRule, Detail: "a line by hand is not there: " + n.Reason})
	}
	return nil
}
