package commission

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"tributary/internal/commission/engine"
	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/models"
)

func sortedIDs[V any](m map[models.ID]V) []models.ID {
	return slices.SortedFunc(maps.Keys(m), func(a, b models.ID) int { return bytes.Compare(a[:], b[:]) })
}

var lineColumns = []string{"id", "program_id", "enrollment_id", "source_id", "ordinal", "kind", "corrects_id", "cause_id",
	"plan_version_id", "rule_id", "level", "via_id", "basis_minor", "rate_ppm", "currency", "amount_minor", "matures_at",
	"period_id", "journal_id", "occurred_at", "created_at", "facts"}

// line is one commission, to be written or as it was; the rest of its columns come from the posting. Its amounts are
// minor units of the program's currency.
type line struct {
	id           models.ID
	enrollmentID models.ID
	viaID        models.ID // the enrollment one paid level below; zero for the seller
	sourceID     models.ID
	ordinal      int
	kind         models.CommissionKind
	correctsID   models.ID // zero for none
	causeID      models.ID // zero for none
	planID       models.ID
	ruleID       string
	level        int
	basisMinor   int64
	rate         money.Rate
	amountMinor  int64
	periodID     models.ID
	maturesAt    time.Time
	occurredAt   time.Time
	facts        string
}

// lineOf puts a share into the words of the table.
func lineOf(s *engine.Share) line {
	return line{enrollmentID: models.ID(s.Enrollment), viaID: models.ID(s.Via), ruleID: s.Rule.ID, level: s.Level, basisMinor: s.Basis, rate: s.Rate, amountMinor: s.Amount}
}

// posting writes the lines of one transaction and their journal. Lines go out as they gather, so that a batch may be
// large without being held in memory.
type posting struct {
	tx        *models.Tx
	program   models.Program
	calendar  *calendar
	journalID models.ID
	lines     []line // not written yet
	earned    map[models.ID]int64
	periods   map[models.ID]int64
	total     int64
	rehearsed bool // nothing is written
}

const linesAtOnce = 5000

func newPosting(tx *models.Tx, p models.Program, c *calendar) *posting {
	return &posting{tx: tx, program: p, calendar: c, journalID: models.NewID(), earned: map[models.ID]int64{}, periods: map[models.ID]int64{}}
}

// add takes a line and gives it its id and period.
func (p *posting) add(l line) (line, error) {
	period, err := p.calendar.periodFor(p.tx, l.maturesAt)
	if err != nil {
		return l, err
	}
	if p.total, err = money.AddMinor(p.total, l.amountMinor); err != nil {
		return l, err
	}
	if p.earned[l.enrollmentID], err = money.AddMinor(p.earned[l.enrollmentID], l.amountMinor); err != nil {
		return l, err
	}
	p.periods[period]++
	l.id, l.periodID = models.NewID(), period
	if l.sourceID.IsZero() { // by hand: it comes from nothing else
		l.sourceID = l.id
	}
	p.lines = append(p.lines, l)
	if len(p.lines) == linesAtOnce {
		err = p.flush()
	}
	return l, err
}

// flush writes the lines that have gathered, so that the transaction can read them.
func (p *posting) flush() error {
	if p.rehearsed {
		p.lines = p.lines[:0]
		return nil
	}
	_, err := models.BulkWrite(p.tx, models.Insert{Table: "commissions", Columns: lineColumns}, len(p.lines), p.fill)
	if models.IsDuplicate(err) {
		return models.ErrRetry // another worker priced the same conversions first
	}
	p.lines = p.lines[:0]
	return err
}

// count gives how many lines there are, written or not.
func (p *posting) count() (n int64) {
	for _, lines := range p.periods {
		n += lines
	}
	return n
}

// write posts what is left of the lines, their journal, and the periods' counts. Posting nothing writes nothing.
func (p *posting) write(businessKey string) error {
	if len(p.periods) == 0 {
		return nil
	}
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.emit(); err != nil {
		return err
	}
	// The period before the balances, as a close takes them.
	if err := enter(p.tx, p.periods); err != nil {
		return err
	}
	legs := make([]ledger.Leg, 0, len(p.earned)+1)
	for id, minor := range p.earned {
		legs = append(legs, ledger.Leg{OwnerID: id, Account: models.AccountAccrued, Minor: minor})
	}
	legs = append(legs, ledger.Leg{OwnerID: p.program.ID, Account: models.AccountExpense, Minor: -p.total})
	if !moves(legs) {
		return nil
	}
	return ledger.Post(p.tx, ledger.Draft{ID: p.journalID, ProgramID: p.program.ID, Kind: models.JournalKindAccrual,
		BusinessKey: businessKey, Currency: p.program.Currency, Legs: legs})
}

func (p *posting) fill(i int, row *models.Row) {
	l := &p.lines[i]
	row.ID(l.id)
	row.ID(p.program.ID)
	row.ID(l.enrollmentID)
	row.ID(l.sourceID)
	row.Int(int64(l.ordinal))
	row.Text(string(l.kind))
	row.OptionalID(l.correctsID)
	row.OptionalID(l.causeID)
	row.ID(l.planID)
	row.Text(l.ruleID)
	row.Int(int64(l.level))
	row.OptionalID(l.viaID)
	row.Int(l.basisMinor)
	row.Int(int64(l.rate))
	row.Text(string(p.program.Currency))
	row.Int(l.amountMinor)
	row.Time(l.maturesAt)
	row.ID(l.periodID)
	row.ID(p.journalID)
	row.Time(l.occurredAt)
	row.Time(p.tx.Now)
	row.Text(l.facts)
}

// row gives the line as it is stored by a posting.
func (l line) row(p *posting) models.Commission {
	return models.Commission{ID: l.id, ProgramID: p.program.ID, EnrollmentID: l.enrollmentID, SourceID: l.sourceID, Ordinal: l.ordinal, Kind: l.kind,
		CorrectsID: l.correctsID.Ref(), CauseID: l.causeID.Ref(), PlanVersionID: l.planID, RuleID: l.ruleID, Level: l.level, ViaID: l.viaID.Ref(),
		BasisMinor: l.basisMinor, RatePpm: int64(l.rate), Currency: p.program.Currency, AmountMinor: l.amountMinor, MaturesAt: l.maturesAt,
		PeriodID: l.periodID, JournalID: p.journalID, OccurredAt: l.occurredAt, CreatedAt: p.tx.Now, Facts: l.facts}
}

func moves(legs []ledger.Leg) bool {
	return slices.ContainsFunc(legs, func(l ledger.Leg) bool { return l.Minor != 0 })
}
