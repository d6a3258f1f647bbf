package app

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tributary/internal/money"
)

//go:embed demodata/online-retail-2010-12.csv.gz
var retailFile []byte

const retailCurrency = money.Currency("GBP")

// retailLine is one invoice line as the shop exported it.
type retailLine struct {
	invoice, sku, name, customer string
	quantity                     int64
	at                           time.Time
	unitMinor                    int64
}

// retailOrder is an invoice: goods and shipping in minor units, with its lines.
type retailOrder struct {
	invoice, customer string
	at                time.Time
	goodsMinor        int64
	shippingMinor     int64
	lines             []*soldLine
}

type soldLine struct {
	retailLine
	left int64 // quantity not yet returned
}

// retailReturn is a cancelled line; order is nil when no earlier line of the customer matches.
type retailReturn struct {
	id, sku, customer string
	at                time.Time
	minor             int64
	order             *retailOrder
}

// retailBook is the export, read: orders and returns in the order of time.
type retailBook struct {
	orders  []*retailOrder
	returns []retailReturn
	skipped int // lines without a price or a positive quantity
}

// carriage marks the stock codes that are shipping and not goods.
var carriage = map[string]bool{"POST": true, "DOT": true, "C2": true}

func readRetail() (retailBook, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(retailFile))
	if err != nil {
		return retailBook{}, fmt.Errorf("open orders: %w", err)
	}
	r := csv.NewReader(zipped)
	r.Comma, r.LazyQuotes = ';', true
	if _, err := r.Read(); err != nil {
		return retailBook{}, fmt.Errorf("read header: %w", err)
	}
	book := retailBook{}
	byInvoice := map[string]*retailOrder{}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return book, nil
		}
		if err != nil {
			return book, fmt.Errorf("read orders: %w", err)
		}
		line, err := parseRetail(record)
		if err != nil {
			return book, err
		}
		book.add(line, byInvoice)
	}
}

func parseRetail(record []string) (retailLine, error) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return retailLine{}, err
	}
	at, err := time.ParseInLocation("2/1/2006 15:04", record[4], zone)
	if err != nil {
		return retailLine{}, fmt.Errorf("invoice %s: %w", record[0], err)
	}
	quantity, err := strconv.ParseInt(record[3], 10, 64)
	if err != nil {
		return retailLine{}, fmt.Errorf("invoice %s: %w", record[0], err)
	}
	price, err := money.Parse(strings.Replace(record[5], ",", ".", 1), retailCurrency)
	if err != nil {
		return retailLine{}, fmt.Errorf("invoice %s, price %q: %w", record[0], record[5], err)
	}
	return retailLine{invoice: record[0], sku: record[1], name: strings.TrimSpace(record[2]), quantity: quantity, at: at.UTC(),
		unitMinor: price.Minor, customer: record[6]}, nil
}

func (b *retailBook) add(l retailLine, byInvoice map[string]*retailOrder) {
	switch {
	case strings.HasPrefix(l.invoice, "C"):
		b.giveBack(l)
		return
	case l.quantity <= 0 || l.unitMinor <= 0:
		b.skipped++
		return
	}
	order := byInvoice[l.invoice]
	if order == nil {
		order = &retailOrder{invoice: l.invoice, customer: l.customer, at: l.at}
		byInvoice[l.invoice] = order
		b.orders = append(b.orders, order)
	}
	if carriage[l.sku] {
		order.shippingMinor += l.quantity * l.unitMinor
		return
	}
	order.goodsMinor += l.quantity * l.unitMinor
	order.lines = append(order.lines, &soldLine{retailLine: l, left: l.quantity})
}

// giveBack matches a cancelled line with the latest earlier line of the same customer, article and price that has
// enough left. What does not match is kept as such: nothing is guessed.
func (b *retailBook) giveBack(l retailLine) {
	back := retailReturn{id: fmt.Sprintf("%s-%d", l.invoice, len(b.returns)+1), sku: l.sku, customer: l.customer, at: l.at, minor: -l.quantity * l.unitMinor}
	for i := len(b.orders) - 1; i >= 0 && back.order == nil && l.customer != ""; i-- {
		if b.orders[i].customer != l.customer {
			continue
		}
		for _, sold := range b.orders[i].lines {
			if sold.sku == l.sku && sold.unitMinor == l.unitMinor && sold.left >= -l.quantity {
				sold.left += l.quantity
				back.order = b.orders[i]
				break
			}
		}
	}
	b.returns = append(b.returns, back)
}
