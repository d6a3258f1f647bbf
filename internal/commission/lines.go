package commission

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/models"
)

func sortedIDs[V any](m map[models.ID]V) []models.ID {
	return slices.SortedFunc(maps.Keys(m), func(a, b models.ID) int { return bytes.Compare(a[:], b[:]) })
}

var lineColumns = []string{"id", "program_id", "enrollment_id", "source_id", "ordinal", "kind", "corrects_id", "cause_id",
	"plan_version_id", "rule_id", "level", "via_id", "basis_minor", "rate_ppm", "currency", "amount_minor", "matures_at",
	"period_id", "journal_id", "occurred_at", "created_at"}

// posting collects the lines of one transaction and their journal.
type posting struct {
	tx        *models.Tx
	program   models.Program
	calendar  *calendar
	journalID models.ID
	rows      [][]any
	earned    map[models.ID]int64
	periods   map[models.ID]int64
	total     int64
}

func newPosting(tx *models.Tx, p models.Program, c *calendar, capacity int) *posting {
	return &posting{tx: tx, program: p, calendar: c, journalID: models.NewID(), rows: make([][]any, 0, capacity),
		earned: map[models.ID]int64{}, periods: map[models.ID]int64{}}
}

// line is one commission to be written; the rest of its columns come from the posting.
type line struct {
	Share
	sourceID   models.ID
	ordinal    int
	kind       models.CommissionKind
	correctsID *models.ID
	causeID    *models.ID
	planID     models.ID
	ruleID     string
	maturesAt  time.Time
	occurredAt time.Time
}

func (p *posting) add(l line) error {
	period, err := p.calendar.periodFor(p.tx, l.maturesAt)
	if err != nil {
		return err
	}
	if p.total, err = money.AddMinor(p.total, l.AmountMinor); err != nil {
		return err
	}
	if p.earned[l.EnrollmentID], err = money.AddMinor(p.earned[l.EnrollmentID], l.AmountMinor); err != nil {
		return err
	}
	p.periods[period.ID]++
	p.rows = append(p.rows, []any{models.NewID(), p.program.ID, l.EnrollmentID, l.sourceID, l.ordinal, l.kind, l.correctsID, l.causeID,
		l.planID, l.ruleID, l.Level, l.ViaID.Ref(), l.BasisMinor, int64(l.Rate), p.program.Currency, l.AmountMinor, l.maturesAt,
		period.ID, p.journalID, l.occurredAt, p.tx.Now})
	return nil
}

// write posts the lines, their journal, and the periods' counts. Posting nothing writes nothing.
func (p *posting) write(businessKey string) error {
	if len(p.rows) == 0 {
		return nil
	}
	if _, err := models.BulkInsert(p.tx, models.Insert{Table: "commissions", Columns: lineColumns}, p.rows); err != nil {
		if models.IsDuplicate(err) {
			return models.ErrRetry // another worker priced the same conversions first
		}
		return err
	}
	legs := make([]ledger.Leg, 0, len(p.earned)+1)
	for id, minor := range p.earned {
		legs = append(legs, ledger.Leg{OwnerID: id, Account: models.AccountAccrued, Minor: minor})
	}
	legs = append(legs, ledger.Leg{OwnerID: p.program.ID, Account: models.AccountExpense, Minor: -p.total})
	if moves(legs) {
		err := ledger.Post(p.tx, ledger.Draft{ID: p.journalID, ProgramID: p.program.ID, Kind: models.JournalKindAccrual,
			BusinessKey: businessKey, Currency: p.program.Currency, Legs: legs})
		if err != nil {
			return err
		}
	}
	return enter(p.tx, p.periods)
}

func moves(legs []ledger.Leg) bool {
	return slices.ContainsFunc(legs, func(l ledger.Leg) bool { return l.Minor != 0 })
}
