package commission

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// conversionsOfPage are the conversions of a page: attributed, not held, and with an amount. One that waited for its rate
// has it in a further revision.
const conversionsOfPage = ` FROM conversions c LEFT JOIN attributions a ON a.conversion_id = c.id
	WHERE c.program_id = ? AND c.id > ? AND c.id <= ? AND c.revision = 1 AND c.occurred_at >= ? AND c.occurred_at < ?
	AND c.enrollment_id IS NOT NULL AND (a.hold_reason IS NULL OR a.hold_reason = '')
	AND (c.state = 'READY' OR EXISTS (SELECT 1 FROM conversions r WHERE r.root_id = c.id AND r.revision > 1 AND r.state = 'READY'))
	ORDER BY c.id`

// linesOfPage are the lines of the same conversions, and perhaps of others.
const (
	lineColumnsOfPage = "m.source_id, m.kind, m.enrollment_id, m.level, m.rule_id, m.amount_minor, m.facts"
	linesOfPage       = ` FROM conversions c JOIN commissions m ON m.source_id = c.id
	WHERE c.program_id = ? AND c.id > ? AND c.id <= ? AND c.revision = 1 AND c.occurred_at >= ? AND c.occurred_at < ? ORDER BY c.id`
)

// whatIfPage is a stretch of a program's conversions, by the ids of their first revisions, with all that is known of
// them. It is used again for the next one.
type whatIfPage struct {
	conversions []models.Conversion
	changed     map[models.ID]*changedSale
	lines       []paidLine
	facts       map[models.ID]frozenFacts // what was frozen last, by first revision
	scanner     *saleScanner
	line        lineScanner
}

// paidLine is what a what-if asks of a line that exists.
type paidLine struct {
	sourceID, enrollmentID models.ID
	ruleID                 string
	level                  int64
	minor                  int64
	slot                   int32
	earned                 bool // not an adjustment
}

// frozenFacts is what lines have frozen, and the plan version that they are of, if it was asked for.
type frozenFacts struct {
	text   string
	planID models.ID
}

// changedSale is a conversion of which there is more than its first revision.
type changedSale struct {
	first, latest models.Conversion // of those that have an amount
	refunds       []models.Refund   // in the order they were reported
}

func (p *whatIfPage) read(w *whatIf, query *gorm.DB, after, upto models.ID) error {
	from := w.run.StartsAt
	if w.closes != nil {
		from = w.closes.from
	}
	span := []any{w.program.ID, after, upto, from, w.run.EndsAt}
	rows, err := query.Raw("SELECT "+saleColumns(w.plan.Needs.Order)+conversionsOfPage, span...).Rows()
	if err != nil {
		return fmt.Errorf("read conversions: %w", err)
	}
	if p.conversions, err = p.scanner.scanSales(rows, p.conversions[:0]); err != nil || len(p.conversions) == 0 {
		return err
	}
	if rows, err = query.Raw("SELECT "+p.line.columns()+linesOfPage, span...).Rows(); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	if err := p.readLines(rows); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return p.readChanges(w, query)
}

func (p *whatIfPage) readLines(rows *sql.Rows) error {
	defer rows.Close()
	p.lines = p.lines[:0]
	clear(p.facts)
	for rows.Next() {
		if err := p.line.scan(rows); err != nil {
			return err
		}
		l := p.line.row
		p.lines = append(p.lines, l)
		if len(p.line.facts) > 0 {
			p.facts[l.sourceID] = frozenFacts{string(p.line.facts), p.line.planID} // the lines of a conversion come in their order
		}
	}
	return rows.Err()
}

// readChanges reads the further revisions and the refunds of those conversions that have any.
func (p *whatIfPage) readChanges(w *whatIf, query *gorm.DB) error {
	clear(p.changed)
	for i := range p.conversions {
		id := p.conversions[i].ID
		if _, changed := w.changed[id]; changed {
			p.changed[id] = &changedSale{}
		}
	}
	return inChunks(sortedIDs(p.changed), func(part []models.ID) error {
		var revisions []models.Conversion
		err := query.Omit("content_hash").Where("root_id IN ? AND state = ?", part, models.ConversionStateReady).Order("root_id, revision").Find(&revisions).Error
		if err != nil {
			return fmt.Errorf("read revisions: %w", err)
		}
		for _, c := range revisions {
			s := p.changed[c.RootID]
			if s.first.ID.IsZero() {
				s.first = c
			}
			s.latest = c
		}
		var refunds []models.Refund
		if err := query.Omit("content_hash").Where("conversion_id IN ?", part).Order("id").Find(&refunds).Error; err != nil {
			return fmt.Errorf("read refunds: %w", err)
		}
		for _, r := range refunds {
			s := p.changed[r.ConversionID]
			s.refunds = append(s.refunds, r)
		}
		return nil
	})
}

// linesOf gives the lines of a conversion, given those that are left of the page, and what is left after them.
func linesOf(id models.ID, left []paidLine) (own, rest []paidLine) {
	for len(left) > 0 && bytes.Compare(left[0].sourceID[:], id[:]) < 0 {
		left = left[1:]
	}
	n := 0
	for n < len(left) && left[n].sourceID == id {
		n++
	}
	return left[:n], left[n:]
}

// lineScanner reads rows of linesOfPage into places that it makes once.
type lineScanner struct {
	row               paidLine
	kind, rule, facts sql.RawBytes
	planID            models.ID
	withPlan          bool // whether the plan version is asked for
	into              []any
}

func (s *lineScanner) columns() string {
	if s.withPlan {
		return lineColumnsOfPage + ", m.plan_version_id"
	}
	return lineColumnsOfPage
}

func (s *lineScanner) scan(rows *sql.Rows) error {
	if s.into == nil {
		r := &s.row
		s.into = []any{&r.sourceID, &s.kind, &r.enrollmentID, &r.level, &s.rule, &r.minor, &s.facts}
		if s.withPlan {
			s.into = append(s.into, &s.planID)
		}
	}
	if err := rows.Scan(s.into...); err != nil {
		return err
	}
	if s.row.ruleID != string(s.rule) {
		s.row.ruleID = string(s.rule)
	}
	s.row.earned = string(s.kind) == string(models.CommissionKindEarned)
	return nil
}

// hasLine tells whether a member of a chain has a line of the conversion: then it could earn.
func hasLine(lines []paidLine, id engine.ID) bool {
	return slices.ContainsFunc(lines, func(l paidLine) bool { return l.enrollmentID == models.ID(id) })
}
