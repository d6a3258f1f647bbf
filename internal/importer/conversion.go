package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/tracking"
	"tributary/models"
)

const (
	columnItems = "items"
	columnKind  = "kind"
	// source is the one that tracking assumes when the API names none, so that a file and the API speak of the same orders.
	source = "api"
)

// conversions sends rows to tracking, all of a chunk at once.
type conversions struct {
	tracking *tracking.Service
	by       access.Caller
	program  models.Program
}

var tracked = map[tracking.Outcome]outcome{tracking.OutcomeRecorded: outcomeRecorded, tracking.OutcomeRestated: outcomeRestated,
	tracking.OutcomeDuplicate: outcomeUnchanged}

func (c conversions) apply(tx *models.Tx, rows []row) ([]verdict, error) {
	recorded, err := c.recorded(tx, rows)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(rows))
	var inputs []tracking.ConversionInput
	var from []int
	for i, r := range rows {
		if r.retried && recorded[r.key()] {
			verdicts[i].outcome = outcomeKept
			continue
		}
		in, err := conversionInput(r)
		if err != nil {
			if verdicts[i], err = r.refuse(err); err != nil {
				return nil, err
			}
			continue
		}
		inputs, from = append(inputs, in), append(from, i)
	}
	if len(inputs) == 0 {
		return verdicts, nil
	}
	results, err := c.tracking.RecordConversions(tx, c.by, c.program.ID, inputs)
	if err != nil {
		return nil, err
	}
	for n, result := range results {
		i := from[n]
		verdicts[i].outcome = tracked[result.Outcome]
		if result.Err != nil {
			if verdicts[i], err = rows[i].refuse(result.Err); err != nil {
				return nil, err
			}
		}
	}
	return verdicts, nil
}

// recorded tells which of the rows that are tried again have a conversion by now. Those stay rejected: further down, or
// over the API, newer content may have come, and an old row must not restate it.
func (c conversions) recorded(tx *models.Tx, rows []row) (map[string]bool, error) {
	var ids []string
	for _, r := range rows {
		if r.retried {
			ids = append(ids, r.text("external_id"))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var present []models.Conversion
	err := tx.Select("external_id", "kind").Where("program_id = ? AND source = ? AND external_id IN ?", c.program.ID, source, ids).Find(&present).Error
	if err != nil {
		return nil, fmt.Errorf("read conversions: %w", err)
	}
	found := make(map[string]bool, len(present))
	for _, p := range present {
		found[p.ExternalID+"\x00"+p.Kind] = true
	}
	return found, nil
}

func conversionInput(r row) (tracking.ConversionInput, error) {
	in := tracking.ConversionInput{Source: source, ExternalID: r.text("external_id"), Kind: r.text("kind"), Currency: r.text("currency"),
		Amount: r.text("amount"), Tax: r.text("tax"), Shipping: r.text("shipping"), Discount: r.text("discount"),
		CustomerID: r.text("customer_id"), LinkCode: r.text("link_code"), Coupon: r.text("coupon"), ClickID: r.text("click_id"),
		Country: r.text("country"), Metadata: r.metadata()}
	var err error
	if in.OccurredAt, err = r.occurredAt(); err != nil {
		return in, err
	}
	in.Items, err = parseItems(r.text(columnItems))
	return in, err
}

// parseItems reads a JSON list of items; unknown names are refused, so that a misspelt one is not lost.
// Code ITEMS_MALFORMED.
func parseItems(text string) ([]tracking.Item, error) {
	if text == "" {
		return nil, nil
	}
	var items []tracking.Item
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&items)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("text follows the list")
		}
	}
	if err != nil {
		return nil, fault.InvalidField(columnItems, "ITEMS_MALFORMED",
			`items are a JSON list such as [{"sku":"A-1","quantity":1,"amount":"12.50"}]`).Because(err)
	}
	return items, nil
}
