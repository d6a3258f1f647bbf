package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"

	"tributary/internal/money"
	"tributary/internal/tracking"
	"tributary/models"
)

// The shop's export does not say who sent a customer, so the demo decides it from the customer's number: of ten
// customers four came by a link, two by a coupon, one names a link code, and three came by themselves.
const (
	touchClick = iota
	touchCoupon
	touchLink
	touchNone
)

// demoTouch gives the way a customer came and the partner that sent it. Orders without a customer came by themselves.
func demoTouch(customer string, partners int) (touch, partner int) {
	if customer == "" {
		return touchNone, 0
	}
	h := fnv.New32a()
	h.Write([]byte(customer))
	n := int(h.Sum32() >> 1)
	way := [10]int{touchClick, touchClick, touchClick, touchClick, touchCoupon, touchCoupon, touchLink, touchNone, touchNone, touchNone}
	// The later a partner joined, the fewer customers it has: the square of the draw leans to the front.
	draw := (n / 10) % (partners * partners)
	for partner = 0; partner*partner+2*partner < draw; partner++ {
	}
	return way[n%10], partners - 1 - min(partner, partners-1)
}

func (d *demo) sell(ctx context.Context) error {
	var err error
	if d.book, err = readRetail(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, o := range d.book.orders {
		d.clock.TurnTo(o.at)
		in := tracking.ConversionInput{Source: "shop", ExternalID: o.invoice, Kind: tracking.KindSale, OccurredAt: o.at, Currency: string(retailCurrency),
			Amount: decimal(o.goodsMinor + o.shippingMinor), Shipping: decimal(o.shippingMinor), CustomerID: o.customer}
		for _, l := range o.lines {
			in.Items = append(in.Items, tracking.Item{SKU: l.sku, Name: l.name, Quantity: l.quantity, Amount: decimal(l.quantity * l.unitMinor)})
		}
		if !seen[o.customer] { // later orders find the customer bound
			if err := d.touch(ctx, o.customer, &in); err != nil {
				return err
			}
		}
		seen[o.customer] = o.customer != ""
		err := models.InTx(ctx, d.DB, func(tx *models.Tx) error {
			_, err := d.Tracking.RecordConversion(tx, d.owner, d.program.ID, in)
			return err
		})
		if err != nil {
			return fmt.Errorf("invoice %s: %w", o.invoice, err)
		}
	}
	return nil
}

func (d *demo) touch(ctx context.Context, customer string, in *tracking.ConversionInput) error {
	way, n := demoTouch(customer, len(d.partners))
	p := d.partners[n]
	switch way {
	case touchClick:
		response, err := visit(ctx, d.Config.BaseURL+"/r/"+p.link.Code)
		if err != nil {
			return fmt.Errorf("follow link: %w", err)
		}
		target, err := url.Parse(response.Header.Get("Location"))
		if err != nil {
			return fmt.Errorf("follow link: %w", err)
		}
		in.ClickID = target.Query().Get(tracking.ClickParameter)
		in.OccurredAt = d.DB.Now() // the clock ran on while the visitor arrived
	case touchCoupon:
		in.Coupon = p.coupon.Code
	case touchLink:
		in.LinkCode = p.link.Code
	}
	return nil
}

func (d *demo) refund(ctx context.Context) error {
	for _, r := range d.book.returns {
		if r.order == nil {
			d.report.UnmatchedReturns++
			continue
		}
		err := models.InTx(ctx, d.DB, func(tx *models.Tx) error {
			_, _, err := d.Tracking.RecordRefund(tx, d.owner, d.program.ID, tracking.RefundInput{Source: "shop", ExternalID: r.id,
				ConversionExternalID: r.order.invoice, OccurredAt: r.at, Amount: decimal(r.minor), Reason: "returned " + r.sku})
			return err
		})
		if err != nil {
			return fmt.Errorf("return %s: %w", r.id, err)
		}
		d.report.Refunds++
	}
	return nil
}

func decimal(minor int64) string { return money.New(minor, retailCurrency).Decimal() }
