package tracking

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// RefundInput takes back a part of a conversion; Amount is a decimal in the conversion's own currency. A chargeback takes
// back at once, as far as refunds have left something; one that is won gives the same again, and needs no amount. One that
// is lost needs nothing: what it took stays taken.
type RefundInput struct {
	Source               string
	ExternalID           string
	ConversionExternalID string
	ConversionKind       string // SALE when empty
	OccurredAt           time.Time
	Amount               string
	Reason               string
	// What came later is left out of the content where it is empty, so that refunds recorded before are known again.
	Kind  models.RefundKind `json:",omitempty"` // REFUND when empty
	Items []RefundItem      `json:",omitempty"` // of a refund, whose amount may be more than theirs, as of shipping
}

// RefundResult is what came of one input; exactly one of Refund and Err is meaningful.
type RefundResult struct {
	Refund  models.Refund
	Outcome Outcome
	Err     error
}

// The refusals of RecordRefund.
var (
	ErrConversionNotFound = fault.NotFoundf("CONVERSION_NOT_FOUND", "conversion").On("conversionExternalId")
	ErrRefundExceeds      = fault.InvalidField("amount", "REFUND_EXCEEDS_SALE", "all refunds together would exceed the conversion")
	ErrRefundDiffers      = fault.New(fault.Conflict, "REFUND_DIFFERS", "a refund with this id and other content is recorded").On("externalId")
	ErrRefundTwice        = fault.InvalidField("externalId", "DUPLICATE_IN_BATCH", "this refund stands in the batch twice")
	ErrAmountNotPositive  = fault.InvalidField("amount", "AMOUNT_NOT_POSITIVE", "the amount must be above zero")
	ErrVoidAmount         = fault.InvalidField("amount", "VOID_AMOUNT", "a conversion is void whole: leave the amount out")
	ErrChargebackNotFound = fault.NotFoundf("CHARGEBACK_NOT_FOUND", "chargeback").On("externalId")
	ErrChargebackAmount   = fault.InvalidField("amount", "CHARGEBACK_AMOUNT_DIFFERS", "leave the amount out, or repeat what the chargeback was recorded with")
	ErrAwaitingRate       = fault.New(fault.Precondition, "CONVERSION_AWAITING_RATE", "the conversion has no exchange rate yet").On("conversionExternalId")
)

// RecordRefund is RecordRefunds for one. Codes as there, and those of its results.
func (s *Service) RecordRefund(tx *models.Tx, by access.Caller, programID models.ID, in RefundInput) (models.Refund, Outcome, error) {
	results, err := s.RecordRefunds(tx, by, programID, []RefundInput{in})
	if err != nil {
		return models.Refund{}, "", err
	}
	return results[0].Refund, results[0].Outcome, results[0].Err
}

// RecordRefunds records up to MaxBatch refunds, in the order given, and puts their adjustments into the accrual queue;
// the number of statements does not grow with the batch. A refund that was recorded before changes nothing; one that is
// refused changes nothing and has its error in its result; those of one conversion count together.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND, BATCH_SIZE_INVALID; in results CONVERSION_NOT_FOUND,
// REFUND_EXCEEDS_SALE, REFUND_DIFFERS, DUPLICATE_IN_BATCH, CONVERSION_AWAITING_RATE, CHARGEBACK_NOT_FOUND, REFUND_ITEM_UNKNOWN,
// REFUND_ITEM_EXCEEDS, and those of the fields.
func (s *Service) RecordRefunds(tx *models.Tx, by access.Caller, programID models.ID, inputs []RefundInput) ([]RefundResult, error) {
	p, err := program.OwnProgram(tx, by, access.ConversionsWrite, programID)
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 || len(inputs) > MaxBatch {
		return nil, ErrBatchSize
	}
	results := make([]RefundResult, len(inputs))
	batch, at := make([]claim, 0, len(inputs)), make([]int, 0, len(inputs))
	seen := map[refundKey]bool{}
	for i, in := range inputs {
		c, err := in.check(tx.Now)
		if err == nil && seen[c.key()] {
			err = ErrRefundTwice
		}
		if err != nil {
			results[i].Err = err
			continue
		}
		seen[c.key()] = true
		batch, at = append(batch, c), append(at, i)
	}
	if len(batch) == 0 {
		return results, nil
	}
	known, err := gatherRefunds(tx, p, batch)
	if err != nil {
		return nil, err
	}
	w := refundWriter{tx: tx, program: p, known: known}
	for n, c := range batch {
		if results[at[n]], err = w.add(c); err != nil {
			return nil, err
		}
	}
	return results, w.flush()
}

// claim is a checked input with the hash of its content.
type claim struct {
	RefundInput
	hash models.Hash
}

type refundKey struct {
	source, externalID string
	kind               models.RefundKind
}

func (c claim) key() refundKey { return refundKey{c.Source, c.ExternalID, c.Kind} }

func (c claim) conversion() naturalKey {
	return naturalKey{c.Source, c.ConversionExternalID, c.ConversionKind}
}

func (in RefundInput) check(now time.Time) (claim, error) {
	if in.Source == "" {
		in.Source = defaultSource
	}
	if in.ConversionKind == "" {
		in.ConversionKind = KindSale
	}
	in.ExternalID, in.ConversionExternalID = strings.TrimSpace(in.ExternalID), strings.TrimSpace(in.ConversionExternalID)
	in.OccurredAt = models.Instant(in.OccurredAt)
	if in.Kind == models.RefundKindRefund {
		in.Kind = "" // as in the content of refunds from before there were kinds
	}
	switch {
	case !sourceShape.MatchString(in.Source):
		return claim{}, fault.InvalidField("source", "SOURCE_INVALID", "a source has 1 to %d lower-case letters, digits, - and _", maxSourceBytes)
	case !isExternalID(in.ExternalID):
		return claim{}, fault.InvalidField("externalId", "EXTERNAL_ID_INVALID", "an external id has 1 to %d characters", maxExternalRunes)
	case in.OccurredAt.IsZero() || in.OccurredAt.Year() < 1970:
		return claim{}, fault.InvalidField("occurredAt", "OCCURRED_AT_MISSING", "say when it happened")
	case in.OccurredAt.After(now.Add(futureTolerance)):
		return claim{}, fault.InvalidField("occurredAt", "OCCURRED_AT_FUTURE", "it cannot have happened in the future")
	case in.Kind != "" && in.Kind != models.RefundKindChargeback && in.Kind != models.RefundKindChargebackWon && in.Kind != models.RefundKindVoid:
		return claim{}, fault.InvalidField("kind", "KIND_INVALID", "a kind is REFUND, CHARGEBACK, CHARGEBACK_WON or VOID")
	case in.Kind == models.RefundKindVoid && in.Amount != "":
		return claim{}, ErrVoidAmount
	case in.Kind != "" && len(in.Items) > 0:
		return claim{}, ErrRefundItemsBarred
	case len(in.Items) > MaxItems:
		return claim{}, fault.InvalidField("items", "TOO_MANY_ITEMS", "a refund has at most %d items", MaxItems)
	}
	if !isExternalID(in.ConversionExternalID) || !kindShape.MatchString(in.ConversionKind) {
		return claim{}, ErrConversionNotFound
	}
	content, err := json.Marshal(in)
	if err != nil {
		return claim{}, fmt.Errorf("encode refund: %w", err)
	}
	in.Kind = cmp.Or(in.Kind, models.RefundKindRefund)
	return claim{in, models.HashOf(content)}, nil
}
