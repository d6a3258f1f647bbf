package tracking

import (
	"context"
	"fmt"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// Outcome says what recording did.
type Outcome string

// The outcomes.
const (
	OutcomeRecorded  Outcome = "RECORDED"
	OutcomeDuplicate Outcome = "DUPLICATE" // the same was recorded before; nothing changed
	OutcomeRestated  Outcome = "RESTATED"  // the same key with other content: a further revision
)

// ConversionResult is what came of one input; exactly one of Conversion and Err is meaningful.
type ConversionResult struct {
	Conversion models.Conversion
	Outcome    Outcome
	Err        error
}

// The refusals of this file.
var (
	ErrBatchSize    = fault.InvalidField("items", "BATCH_SIZE_INVALID", "a batch has 1 to %d entries", MaxBatch)
	ErrBatchTwice   = fault.InvalidField("externalId", "DUPLICATE_IN_BATCH", "this conversion stands in the batch twice")
	ErrBelowRefunds = fault.InvalidField("amount", "AMOUNT_BELOW_REFUNDS", "more than this amount is refunded already")

	ErrRefundedCurrency = fault.InvalidField("currencyCode", "CURRENCY_REFUNDED", "a part was refunded in another currency already")
)

// RecordConversion is RecordConversions for one. Codes as there, and those of the fields.
func (s *Service) RecordConversion(tx *models.Tx, by access.Caller, programID models.ID, in ConversionInput) (ConversionResult, error) {
	results, err := s.RecordConversions(tx, by, programID, []ConversionInput{in})
	if err != nil {
		return ConversionResult{}, err
	}
	return results[0], results[0].Err
}

// RecordConversions records up to MaxBatch conversions in a fixed number of statements (one more for each further source),
// with an attribution and a place in the accrual queue each. An input that is refused changes nothing and has its error in its result.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND, BATCH_SIZE_INVALID; in results those of the fields.
func (s *Service) RecordConversions(tx *models.Tx, by access.Caller, programID models.ID, inputs []ConversionInput) ([]ConversionResult, error) {
	return record(tx, by, programID, inputs, nil)
}

// record is RecordConversions for the inputs of one request, or of several, each with its origin.
func record(tx *models.Tx, by access.Caller, programID models.ID, inputs []ConversionInput, origins []models.Origin) ([]ConversionResult, error) {
	p, err := program.OwnProgram(tx, by, access.ConversionsWrite, programID)
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 || len(inputs) > MaxBatch {
		return nil, ErrBatchSize
	}
	results := make([]ConversionResult, len(inputs))
	batch, at := parseAll(p, tx.Now, inputs, results)
	if len(batch) == 0 {
		return results, nil
	}
	latest, err := latestRevisions(tx, p.ID, batch)
	if err != nil {
		return nil, err
	}
	known, err := gather(tx, p, batch)
	if err != nil {
		return nil, err
	}
	w := writer{tx: tx, program: p, known: known, bound: map[binding][]models.ID{}}
	if err := w.lookBack(batch, latest); err != nil {
		return nil, err
	}
	for n, c := range batch {
		if origins != nil {
			w.origin = origins[at[n]]
		}
		result := w.add(c, latest[keyOf(c.row)])
		if result.Err != nil && fault.KindOf(result.Err) == fault.Internal {
			return nil, result.Err // the database failed, perhaps with the whole transaction: nothing more may be written
		}
		results[at[n]] = result
	}
	return results, w.flush()
}

// parseAll checks the inputs. It gives those that are right with their places, and puts the errors of the others into results.
func parseAll(p models.Program, now time.Time, inputs []ConversionInput, results []ConversionResult) (batch []parsed, at []int) {
	batch, at = make([]parsed, 0, len(inputs)), make([]int, 0, len(inputs))
	seen := make(map[naturalKey]bool, len(inputs))
	for i, in := range inputs {
		c, err := in.parse(p, now)
		if err == nil && seen[keyOf(c.row)] {
			err = ErrBatchTwice
		}
		if err != nil {
			results[i].Err = err
			continue
		}
		seen[keyOf(c.row)] = true
		batch, at = append(batch, c), append(at, i)
	}
	return batch, at
}

// Revisions gives revisions of conversions of the caller's merchant, as far as there are any, by their ids.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) Revisions(ctx context.Context, by access.Caller, ids []models.ID) (map[models.ID]models.Conversion, error) {
	merchantID, err := by.Can(access.ConversionsWrite)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []models.Conversion
	if err := s.db.Read(ctx).Where(inMerchant, merchantID).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read conversions: %w", err)
	}
	found := make(map[models.ID]models.Conversion, len(rows))
	for _, c := range rows {
		found[c.ID] = c
	}
	return found, nil
}

type naturalKey struct{ source, externalID, kind string }

func keyOf(c models.Conversion) naturalKey { return naturalKey{c.Source, c.ExternalID, c.Kind} }

func latestRevisions(tx *models.Tx, programID models.ID, batch []parsed) (map[naturalKey]models.Conversion, error) {
	bySource := map[string][]string{}
	for _, c := range batch {
		bySource[c.row.Source] = append(bySource[c.row.Source], c.row.ExternalID)
	}
	latest := map[naturalKey]models.Conversion{}
	for source, externalIDs := range bySource {
		var rows []models.Conversion
		err := tx.Where("program_id = ? AND source = ? AND external_id IN ?", programID, source, externalIDs).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read conversions: %w", err)
		}
		for _, r := range rows {
			if r.Revision > latest[keyOf(r)].Revision {
				latest[keyOf(r)] = r
			}
		}
	}
	return latest, nil
}
