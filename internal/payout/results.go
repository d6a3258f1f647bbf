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

// The limits of a file that is taken in within one transaction.
const (
	maxResultBytes = 200_000
	MaxBankResults = 500
)

// ErrResultsLarge is returned for a file that is too much for one request.
var ErrResultsLarge = fault.InvalidField("file", "RESULTS_TOO_LARGE", "a file has at most %d bytes and %d rows; send it in parts", maxResultBytes, MaxBankResults)

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
	return eachResult(file, func(line int, row []string) error {
		var outcome BankOutcome
		err := models.InTx(ctx, s.db, func(tx *models.Tx) (err error) {
			outcome, err = s.takeResult(tx, by, row)
			return err
		})
		result, err := resultOf(line, row, outcome, err)
		if err == nil {
			each(result)
		}
		return err
	})
}

// TakeBankResults is ImportBankResults in one transaction, for a file of at most 200,000 bytes and MaxBankResults rows: a row
// that is refused changes nothing and stops no other, and a file that cannot be read to its end changes nothing at all.
// Codes UNAUTHENTICATED, FORBIDDEN, RESULTS_TOO_LARGE, RESULTS_MALFORMED; of a row as of ImportBankResults.
func (s *Service) TakeBankResults(tx *models.Tx, by access.Caller, file string) ([]BankResult, error) {
	if _, err := by.Can(access.PayoutsWrite); err != nil {
		return nil, err
	}
	if len(file) > maxResultBytes {
		return nil, ErrResultsLarge
	}
	type numbered struct {
		line int
		row  []string
	}
	var rows []numbered
	err := eachResult(strings.NewReader(file), func(line int, row []string) error {
		if len(rows) == MaxBankResults {
			return ErrResultsLarge
		}
		rows = append(rows, numbered{line, row})
		return nil
	})
	if err != nil {
		return nil, err
	}
	results := make([]BankResult, len(rows))
	for i, r := range rows {
		var outcome BankOutcome
		err := tx.Try(func(tx *models.Tx) (err error) {
			outcome, err = s.takeResult(tx, by, r.row)
			return err
		})
		if results[i], err = resultOf(r.line, r.row, outcome, err); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// eachResult hands every row of a file to take, until that fails.
func eachResult(file io.Reader, take func(line int, row []string) error) error {
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
		if err := take(line, row); err != nil {
			return err
		}
	}
}

// resultOf tells what came of a row. What is no answer to the row, such as that the database is gone, is an error.
func resultOf(line int, row []string, outcome BankOutcome, err error) (BankResult, error) {
	if err == nil {
		return BankResult{Line: line, PayoutID: row[0], Outcome: outcome}, nil
	}
	if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unavailable {
		return BankResult{}, fmt.Errorf("line %d: %w", line, err)
	}
	return BankResult{Line: line, PayoutID: row[0], Outcome: BankRefused, Err: err}, nil
}

var errUnclear = fault.InvalidField("reference", "RESULT_UNCLEAR", "a row has a reference or a failure, and not both")

// takeResult does what one row says.
func (s *Service) takeResult(tx *models.Tx, by access.Caller, row []string) (BankOutcome, error) {
	reference, failure := strings.TrimSpace(row[1]), strings.TrimSpace(row[2])
	if (reference == "") == (failure == "") {
		return BankRefused, errUnclear
	}
	id, err := models.ParseID(models.PrefixPayout, row[0])
	if err != nil {
		return BankRefused, err
	}
	p, err := ownPayout(tx, by, id)
	switch {
	case err != nil:
		return BankRefused, err
	case failure != "" && p.State != models.PayoutStateReady: // what is paid is sent back by a person's decision, not by a file
		return BankRefused, ErrPayoutState
	case failure != "":
		_, err = s.MarkUnpaid(tx, by, id, failure)
		return BankFailed, err
	case p.State == models.PayoutStateTransferred && p.BankReference == reference:
		return BankSame, nil
	}
	_, err = s.MarkPaid(tx, by, id, reference)
	return BankPaid, err
}
