package tracking

import (
	"encoding/json"
	"fmt"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// RefundItem is a part of a refund that belongs to one SKU of the order; the amount is a decimal in the conversion's own
// currency.
type RefundItem struct {
	SKU    string `json:"sku"`
	Amount string `json:"amount"`
}

// RefundedItem is an item of a refund as it is stored.
type RefundedItem struct {
	SKU         string         `json:"sku"`
	AmountMinor int64          `json:"amountMinor"`
	Currency    money.Currency `json:"currency"` // the conversion's own
}

// DecodeRefundedItems reads the items of a stored refund; "" gives none.
func DecodeRefundedItems(text string) ([]RefundedItem, error) {
	if text == "" {
		return nil, nil
	}
	var items []RefundedItem
	if err := json.Unmarshal([]byte(text), &items); err != nil {
		return nil, fmt.Errorf("decode items of a refund: %w", err)
	}
	return items, nil
}

// skuSums are amounts in minor units, by SKU.
type skuSums map[string]int64

// refundedItems sums what was refunded of each SKU of many conversions, by first revision, in one statement; in none when
// no claim names items.
func refundedItems(tx *models.Tx, batch []claim, rootIDs []models.ID) (map[models.ID]skuSums, error) {
	sums := map[models.ID]skuSums{}
	named := false
	for _, c := range batch {
		named = named || len(c.Items) > 0
	}
	if !named {
		return sums, nil
	}
	var rows []models.Refund
	if err := tx.Select("conversion_id", "items").Where("conversion_id IN ? AND items <> ''", rootIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read refunded items: %w", err)
	}
	for _, r := range rows {
		items, err := DecodeRefundedItems(r.Items)
		if err != nil {
			return nil, err
		}
		if sums[r.ConversionID] == nil {
			sums[r.ConversionID] = skuSums{}
		}
		for _, item := range items {
			sums[r.ConversionID][item.SKU] += item.AmountMinor
		}
	}
	return sums, nil
}

// orderedItems sums the items of a conversion, in the program's currency.
func orderedItems(c models.Conversion, currency money.Currency) (skuSums, error) {
	if c.Items == "" {
		return nil, nil
	}
	var items []Item
	if err := json.Unmarshal([]byte(c.Items), &items); err != nil {
		return nil, fmt.Errorf("decode items of conversion %s: %w", c.ID, err)
	}
	sums := skuSums{}
	for _, item := range items {
		amount, err := money.Parse(item.Amount, currency)
		if err != nil {
			return nil, fmt.Errorf("stored item of conversion %s: %v", c.ID, err)
		}
		if sums[item.SKU], err = money.AddMinor(sums[item.SKU], amount.Minor); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// itemsOf checks the items of a refund against the order and against what was refunded of it before, and gives them as
// they are stored, with their SKUs' new sums. The amounts of an order in another currency were converted, so there only
// the whole bounds them.
func (w *refundWriter) itemsOf(c claim, conversion models.Conversion, whole int64) (string, skuSums, error) {
	if len(c.Items) == 0 {
		return "", nil, nil
	}
	ordered, err := orderedItems(conversion, w.program.Currency)
	if err != nil {
		return "", nil, err
	}
	stored, after, left := make([]RefundedItem, len(c.Items)), skuSums{}, whole
	for i, item := range c.Items {
		field := fmt.Sprintf("items.%d", i)
		amount, err := money.Parse(item.Amount, conversion.SourceCurrency)
		if err != nil {
			return "", nil, on(field+".amount", err)
		}
		if !amount.IsPositive() {
			return "", nil, ErrAmountNotPositive.On(field + ".amount")
		}
		bound, isOrdered := ordered[item.SKU]
		if !isOrdered {
			return "", nil, ErrRefundItemUnknown.On(field)
		}
		if left -= amount.Minor; left < 0 { // before sums, which then cannot overflow
			return "", nil, ErrRefundItems
		}
		if _, counted := after[item.SKU]; !counted {
			after[item.SKU] = w.known.items[conversion.RootID][item.SKU]
		}
		if after[item.SKU] += amount.Minor; conversion.FXRate == "" && after[item.SKU] > bound {
			return "", nil, ErrRefundItemExceeds.On(field)
		}
		stored[i] = RefundedItem{SKU: item.SKU, AmountMinor: amount.Minor, Currency: conversion.SourceCurrency}
	}
	text, err := json.Marshal(stored)
	return string(text), after, err
}

// The refusals of a refund's items.
var (
	ErrRefundItemUnknown = fault.InvalidField("items", "REFUND_ITEM_UNKNOWN", "the conversion has no item with this SKU")
	ErrRefundItemExceeds = fault.InvalidField("items", "REFUND_ITEM_EXCEEDS", "all refunds of this SKU together would exceed its items")
	ErrRefundItems       = fault.InvalidField("items", "REFUND_ITEM_EXCEEDS", "the items together exceed the refund's amount")
	ErrRefundItemsBarred = fault.InvalidField("items", "REFUND_ITEMS_NOT_ALLOWED", "only a refund may name items: a dispute is about the whole")
)
