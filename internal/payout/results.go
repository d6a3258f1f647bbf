package payout

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// ErrResults is returned for a file that is no list of bank results.
var ErrResults = fault.InvalidField("file", "RESULTS_MALFORMED", "it is a CSV with the columns payout_id, reference, failure")

var resultColumns = []string{"payout_id", "reference", "failure"}

// BankResult is what came of one row of a file of bank results.
type BankResult struct {
	Line     int    // of the file, from 1
	PayoutID string // as the file has it
	Outcome  BankOutcome
	Err      error // why the row was refused; of a stable code
}

// BankOutcome is what a row of bank results did.
type BankOutcome string

// The values of BankOutcome.
const (
	BankPaid    BankOutcome = "PAID"
	BankSame    BankOutcome = "ALREADY_PAID" // with this reference, by an earlier file
	BankFailed  BankOutcome = "FAILED"       // not paid: the amount is payable again
	BankRefused BankOutcome = "REFUSED"      // nothing changed
)

// ImportBankResults takes in what the bank made of a batch's bank file: a CSV with the columns payout_id, reference and
// failure, one payout in each row. A row with a reference settles its payout like MarkPaid, one with a failure is like
// MarkUnpaid. Each row is a transaction of its own and is handed to each as it is done, so a file can be taken in again
// after it was cut short: what is done stays done. A row that is refused stops no other.
// Codes UNAUTHENTICATED, FORBIDDEN, RESULTS_MALFORMED; of a row RESULT_UNCLEAR, ID_MALFORMED and those of MarkPaid and MarkUnpaid.
func (s *Service) ImportBankResults(ctx context.Context, by access.Caller, file io.Reader, each func(BankResult)) error {
	if _, err := by.Can(access.PayoutsWrite); err != nil {
		return err
	}
	rows := csv.NewReader(file)
	rows.FieldsPerRecord = len(resultColumns)
	header, err := rows.Read()
	if err != nil || !slices.Equal(header, resultColumns) {
		return ErrResults.Because(err)
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := rows.FieldPos(0)
		if err != nil {
			return ErrResults.Because(err)
		}
		result := BankResult{Line: line, PayoutID: row[0]}
		result.Outcome, result.Err = s.bankResult(ctx, by, row[0], strings.TrimSpace(row[1]), strings.TrimSpace(row[2]))
		if kind := fault.KindOf(result.Err); result.Err != nil && (kind == fault.Internal || kind == fault.Unavailable) {
			return fmt.Errorf("line %d: %w", line, result.Err) // the database is gone, say: that is no answer to the row
		}
		each(result)
	}
}

var errUnclear = fault.InvalidField("reference", "RESULT_UNCLEAR", "a row has a reference or a failure, and not both")

func (s *Service) bankResult(ctx context.Context, by access.Caller, payout, reference, failure string) (BankOutcome, error) {
	if (reference == "") == (failure == "") {
		return BankRefused, errUnclear
	}
	id, err := models.ParseID(models.PrefixPayout, payout)
	if err != nil {
		return BankRefused, err
	}
	outcome := BankPaid
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		if failure != "" {
			outcome = BankFailed
			p, err := ownPayout(tx, by, id)
			if err == nil && p.State != models.PayoutStateReady { // what is paid is sent back by a person's decision, not by a file
				err = ErrPayoutState
			}
			if err == nil {
				_, err = s.MarkUnpaid(tx, by, id, failure)
			}
			return err
		}
		p, err := ownPayout(tx, by, id)
		if err == nil && p.State == models.PayoutStateTransferred && p.BankReference == reference {
			outcome = BankSame
			return nil
		}
		outcome = BankPaid
		_, err = s.MarkPaid(tx, by, id, reference)
		return err
	})
	if err != nil {
		return BankRefused, err
	}
	return outcome, nil
}
