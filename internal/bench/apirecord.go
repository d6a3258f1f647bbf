package bench

import (
	"context"
	"fmt"

	"tributary/internal/tracking"
	"tributary/models"
)

const (
	apiBatch      = 500
	singleSenders = 32
)

const batchMutation = `mutation Batch($input: RecordConversionsInput!) { recordConversions(input: $input) {
  results { outcome conversion { id } userErrors { code } } userErrors { code } } }`

const singleMutation = `mutation Single($input: RecordConversionInput!) { recordConversion(input: $input) {
  outcome conversion { id } userErrors { code } } }`

type result struct {
	Outcome    tracking.Outcome
	UserErrors []struct{ Code string }
}

// order is a conversion as a merchant reports it: of a new customer, through a link.
func (c *apiClient) order(links []string) map[string]any {
	n := c.newOrders.Add(1)
	return map[string]any{"source": "bench", "externalId": fmt.Sprintf("api-%d", n), "occurredAt": "2026-02-03T10:00:00Z", "currencyCode": "EUR",
		"amount": fmt.Sprintf("%d.50", 1+n%500), "tax": "0.10", "customerId": fmt.Sprintf("customer-%d", n), "linkCode": links[n%int64(len(links))]}
}

func (c *apiClient) input(field string, value any) map[string]any {
	return map[string]any{"input": map[string]any{"programId": c.world.program.ID.Format(models.PrefixProgram), field: value,
		"idempotencyKey": fmt.Sprintf("bench-%d", c.newOrders.Add(1))}}
}

// batches measures how many conversions are recorded 500 at a time, by one sender.
func (c *apiClient) batches(ctx context.Context, links []string) (versus, error) {
	v := versus{what: fmt.Sprintf("conversions in batches of %d", apiBatch), unit: "conversions/s", limit: apiBulkPercent}
	return c.turns(ctx, v, 1, func(ctx context.Context) (int64, error) {
		orders := make([]map[string]any, apiBatch)
		for i := range orders {
			orders[i] = c.order(links)
		}
		var answer struct {
			Data struct{ RecordConversions struct{ Results []result } }
		}
		if err := c.post(ctx, c.url, operation{batchMutation, c.input("conversions", orders)}, &answer); err != nil {
			return 0, err
		}
		for _, r := range answer.Data.RecordConversions.Results {
			if r.Outcome != tracking.OutcomeRecorded {
				return 0, fmt.Errorf("%w: a conversion is %q: %v", ErrWrong, r.Outcome, r.UserErrors)
			}
		}
		c.sent.Add(int64(len(answer.Data.RecordConversions.Results)))
		return int64(len(answer.Data.RecordConversions.Results)), nil
	}, func(ctx context.Context) (int64, error) { return apiBatch, c.insertRows(ctx, apiBatch) })
}

// singles measures conversions recorded one by one by several senders, beside commits of one row of a conversion.
func (c *apiClient) singles(ctx context.Context, links []string) (versus, error) {
	v := versus{what: fmt.Sprintf("single conversions, %d at once", singleSenders), unit: "commits/s", limit: apiSinglePercent}
	return c.turns(ctx, v, singleSenders, func(ctx context.Context) (int64, error) {
		var answer struct {
			Data struct{ RecordConversion result }
		}
		if err := c.post(ctx, c.url, operation{singleMutation, c.input("conversion", c.order(links))}, &answer); err != nil {
			return 0, err
		}
		if r := answer.Data.RecordConversion; r.Outcome != tracking.OutcomeRecorded {
			return 0, fmt.Errorf("%w: a conversion is %q: %v", ErrWrong, r.Outcome, r.UserErrors)
		}
		c.sent.Add(1)
		return 1, nil
	}, func(ctx context.Context) (int64, error) {
		return 1, models.InTx(ctx, c.world.db, func(tx *models.Tx) error {
			_, err := models.BulkInsert(tx, handTables[0], [][]any{c.rows()[0]})
			return err
		})
	})
}

// handTables are what a recorded conversion is written to.
var handTables = []models.Insert{
	{Table: "conversions", Columns: []string{"id", "root_id", "program_id", "source", "external_id", "kind", "revision",
		"content_hash", "state", "occurred_at", "received_at", "customer_id", "enrollment_id", "source_currency", "source_amount_minor",
		"fx_rate", "fx_source", "amount_minor", "tax_minor", "shipping_minor", "discount_minor", "items", "country", "coupon", "metadata"}},
	{Table: "attributions", Columns: []string{"conversion_id", "program_id", "enrollment_id", "method",
		"hold_reason", "policy", "window_days", "detail", "decided_at", "link_code", "sub_ids"}},
	{Table: "accrual_queue", Columns: []string{"program_id", "shard", "id", "root_id", "kind"}},
	{Table: "customers", Columns: []string{"id", "program_id", "external_id", "created_at", "enrollment_id", "bound_at"}},
}

// rows gives the row of a further conversion for each of the tables.
func (c *apiClient) rows() [4][]any {
	n, w := c.newOrders.Add(1), c.world
	id, customer, seller := models.NewID(), models.NewID(), w.partners[n%int64(len(w.partners))]
	at := w.start
	return [4][]any{
		{id, id, w.program.ID, "hand", fmt.Sprintf("api-%d", n), tracking.KindSale, 1, models.HashOf(id[:]), models.ConversionStateReady, at, at,
			customer, seller, "EUR", 100 + n%500, "", "", 100 + n%500, int64(10), int64(0), int64(0), "", "", "", ""},
		{id, w.program.ID, seller, models.AttributionMethodLink, "", "last_touch", 30, "", at, "s000001", ""},
		{w.program.ID, int(seller[15]) % tracking.Shards, id, id, models.AccrualKindConversion},
		{customer, w.program.ID, fmt.Sprintf("customer-%d", n), at, seller, at},
	}
}

// insertRows commits n conversions, with what belongs to each, in one statement per table.
func (c *apiClient) insertRows(ctx context.Context, n int) error {
	var rows [4][][]any
	for range n {
		for i, row := range c.rows() {
			rows[i] = append(rows[i], row)
		}
	}
	return models.InTx(ctx, c.world.db, func(tx *models.Tx) error {
		for i, table := range handTables {
			if _, err := models.BulkInsert(tx, table, rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// check requires that all that was sent is there, attributed and queued.
func (c *apiClient) check(ctx context.Context) error {
	var kept, attributed int64
	query := c.world.db.Read(ctx).Model(&models.Conversion{}).Where("program_id = ? AND source = ?", c.world.program.ID, "bench")
	if err := query.Count(&kept).Error; err != nil {
		return fmt.Errorf("count conversions: %w", err)
	}
	if err := query.Where("enrollment_id IS NOT NULL").Count(&attributed).Error; err != nil {
		return fmt.Errorf("count conversions: %w", err)
	}
	if kept != c.sent.Load() || attributed != kept {
		return fmt.Errorf("%w: %d conversions were recorded, %d are kept, %d attributed", ErrWrong, c.sent.Load(), kept, attributed)
	}
	return nil
}
