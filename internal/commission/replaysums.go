package commission

import (
	"fmt"

	"tributary/models"
)

// orphans are the lines of a period that say that they come from a conversion of the program, and do not.
const orphans = ` FROM commissions m LEFT JOIN conversions c ON c.id = m.source_id AND c.program_id = ? AND c.revision = 1
	WHERE m.period_id = ? AND m.kind IN ? AND c.id IS NULL`

// replayOrphans looks for lines of conversions that do not exist.
func (r *replay) replayOrphans() error {
	var after models.ID
	for {
		var lines []models.Commission
		err := r.query.Raw("SELECT m.*"+orphans+" AND m.id > ? ORDER BY m.id LIMIT ?", r.program.ID, r.period.ID, ofConversions, after, r.page).Scan(&lines).Error
		if err != nil {
			return fmt.Errorf("read lines without a conversion: %w", err)
		}
		if len(lines) == 0 {
			return nil
		}
		for i := range lines {
			if err := r.extra(ReplaySource, &lines[i], "its conversion does not exist"); err != nil {
				return err
			}
		}
		after = lines[len(lines)-1].ID
	}
}

// replaySums holds the period's count, and the statements of one that is closed, against the lines. What no other check
// looked at is found by it.
func (r *replay) replaySums() error {
	var all struct{ Lines, Minor int64 }
	err := r.query.Model(&models.Commission{}).Where("period_id = ?", r.period.ID).Select("COUNT(*) AS `lines`, COALESCE(SUM(amount_minor), 0) AS minor").Scan(&all).Error
	if err != nil {
		return fmt.Errorf("sum lines: %w", err)
	}
	if all.Lines != r.lines || all.Minor != r.stored {
		r.differs(ReplayDifference{Kind: ReplayExtra, StoredMinor: all.Minor, RecomputedMinor: r.stored,
			Detail: fmt.Sprintf("the period has %d lines, and %d of them are of a kind that there is", all.Lines, r.lines)})
		r.lines, r.stored = all.Lines, all.Minor
	}
	if r.period.LineCount != all.Lines {
		r.differs(ReplayDifference{Kind: ReplaySum, Detail: fmt.Sprintf("%d lines were counted into the period, and it has %d", r.period.LineCount, all.Lines)})
	}
	if r.period.State != models.PeriodStateClosed {
		return nil
	}
	return r.replayStatements()
}

// unlikeStatements are the enrollments whose lines of a period do not come to their statement.
const unlikeStatements = `SELECT t.enrollment_id, SUM(t.minor) AS minor, SUM(t.said) AS said, SUM(t.line) AS counted, SUM(t.said_lines) AS said_lines FROM (
	SELECT enrollment_id, SUM(amount_minor) AS minor, 0 AS said, COUNT(*) AS line, 0 AS said_lines FROM commissions WHERE period_id = ? GROUP BY enrollment_id
	UNION ALL SELECT enrollment_id, 0, lines_minor, 0, line_count FROM statements WHERE period_id = ?) t
	GROUP BY t.enrollment_id HAVING SUM(t.minor) <> SUM(t.said) OR SUM(t.line) <> SUM(t.said_lines)`

func (r *replay) replayStatements() error {
	var rows []struct {
		EnrollmentID                    models.ID
		Minor, Said, Counted, SaidLines int64
	}
	err := r.query.Raw(unlikeStatements+" ORDER BY t.enrollment_id LIMIT ?", r.period.ID, r.period.ID, MaxReplayDifferences).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("sum statements: %w", err)
	}
	for _, row := range rows {
		r.differs(ReplayDifference{Kind: ReplaySum, EnrollmentID: row.EnrollmentID, StoredMinor: row.Said, RecomputedMinor: row.Minor,
			Detail: fmt.Sprintf("its statement says %d lines of %s, and its lines are %d of %s", row.SaidLines, r.text(row.Said), row.Counted, r.text(row.Minor))})
	}
	return nil
}
