package ledger

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// Leg is one side of a movement: positive adds to what the account holds.
type Leg struct {
	OwnerID models.ID // the enrollment, or the program
	Account models.Account
	Minor   int64
}

// Draft is a journal to be posted. BusinessKey names the unit of work, so that it cannot be posted twice.
type Draft struct {
	ID          models.ID // made by the caller, who may stamp it on its own rows first
	ProgramID   models.ID
	Kind        models.JournalKind
	BusinessKey string
	Currency    money.Currency
	Legs        []Leg
}

// The refusals of Post.
var (
	ErrUnbalanced = fault.New(fault.Internal, "JOURNAL_UNBALANCED", "the legs of a journal must sum to zero")
	ErrTooFewLegs = fault.New(fault.Internal, "JOURNAL_TOO_FEW_LEGS", "a journal has at least two accounts that move")
	ErrPosted     = fault.New(fault.Conflict, "JOURNAL_POSTED", "this unit of work is posted already")
)

// Post writes a journal, one entry per account (legs on one account are summed, sums of zero are dropped), and moves
// the cached balances. Accounts are written in one order everywhere, so that two posts cannot deadlock each other.
// Codes JOURNAL_UNBALANCED, JOURNAL_TOO_FEW_LEGS, JOURNAL_POSTED, AMOUNT_OVERFLOW.
func Post(tx *models.Tx, d Draft) error {
	legs, err := merge(d.ProgramID, d.Legs)
	if err != nil {
		return err
	}
	if len(legs) < 2 {
		return ErrTooFewLegs
	}
	journal := models.Journal{ID: d.ID, ProgramID: d.ProgramID, Kind: d.Kind, BusinessKey: d.BusinessKey, PostedAt: tx.Now}
	if err := tx.Create(&journal).Error; err != nil {
		if models.IsDuplicate(err) {
			return ErrPosted.Because(err)
		}
		return fmt.Errorf("create journal: %w", err)
	}
	under := func(id models.ID) func(int, *models.Row) {
		return func(i int, row *models.Row) {
			row.ID(legs[i].OwnerID)
			row.Text(string(legs[i].Account))
			row.ID(id)
			row.Text(string(d.Currency))
			row.Int(legs[i].Minor)
		}
	}
	_, err = models.BulkWrite(tx, models.Insert{Table: "ledger_entries",
		Columns: []string{"owner_id", "account", "journal_id", "currency", "amount_minor"}}, len(legs), under(d.ID))
	if err != nil {
		return err
	}
	_, err = models.BulkWrite(tx, models.Insert{Table: "ledger_balances",
		Columns: []string{"owner_id", "account", "program_id", "currency", "balance_minor"},
		Keys:    []string{"owner_id", "account"}, AddTo: []string{"balance_minor"}}, len(legs), under(d.ProgramID))
	return err
}

// merge puts the program's own accounts last: all posts of a program move them, and hold them locked from here on.
func merge(programID models.ID, legs []Leg) ([]Leg, error) {
	sorted := slices.Clone(legs)
	slices.SortFunc(sorted, func(a, b Leg) int {
		if aLast, bLast := a.OwnerID == programID, b.OwnerID == programID; aLast != bLast {
			if aLast {
				return 1
			}
			return -1
		}
		return cmp.Or(bytes.Compare(a.OwnerID[:], b.OwnerID[:]), cmp.Compare(a.Account, b.Account))
	})
	merged := sorted[:0]
	var total int64
	for _, l := range sorted {
		var err error
		if total, err = money.AddMinor(total, l.Minor); err != nil {
			return nil, err
		}
		if n := len(merged); n > 0 && merged[n-1].OwnerID == l.OwnerID && merged[n-1].Account == l.Account {
			if merged[n-1].Minor, err = money.AddMinor(merged[n-1].Minor, l.Minor); err != nil {
				return nil, err
			}
			continue
		}
		merged = append(merged, l)
	}
	if total != 0 {
		return nil, ErrUnbalanced
	}
	return slices.DeleteFunc(merged, func(l Leg) bool { return l.Minor == 0 }), nil
}
