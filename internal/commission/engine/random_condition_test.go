package engine

import (
	"strings"
	"time"
)

// expression is a condition as a plan file has it, and as plain Go: the second result is false when it cannot be
// answered.
type expression struct {
	text  string
	holds func(c *Case, net int64, item *Item) (answer, ok bool)
}

func sure(f func(c *Case, net int64, item *Item) bool) func(*Case, int64, *Item) (bool, bool) {
	return func(c *Case, net int64, item *Item) (bool, bool) { return f(c, net, item), true }
}

var orderConditions = []expression{
	{`order.net >= 1000`, sure(func(_ *Case, net int64, _ *Item) bool { return net >= 1000 })},
	{`order.gross - order.tax > 500 && order.shipping + order.discount < 300`, sure(func(c *Case, _ int64, _ *Item) bool {
		return c.Sale.Gross-c.Sale.Tax > 500 && c.Sale.Shipping+c.Sale.Discount < 300
	})},
	{`order.country == "DE" || order.coupon.startsWith("SP")`, sure(func(c *Case, _ int64, _ *Item) bool {
		return c.Sale.Country == "DE" || strings.HasPrefix(c.Sale.Coupon, "SP")
	})},
	{`"x" in order.metadata && order.metadata["x"] == "1"`, sure(func(c *Case, _ int64, _ *Item) bool { return c.Sale.Metadata["x"] == "1" })},
	{`order.kind == "SALE" && order.metadata["x"] != "2"`, func(c *Case, _ int64, _ *Item) (bool, bool) {
		x, ok := c.Sale.Metadata["x"]
		return c.Sale.Kind == "SALE" && x != "2", ok || c.Sale.Kind != "SALE"
	}},
	{`order.items.exists(i, i.category == "toys" && i.amount > 10)`, sure(func(c *Case, _ int64, _ *Item) bool {
		for _, i := range c.Sale.Items {
			if i.Category == "toys" && i.Minor > 10 {
				return true
			}
		}
		return false
	})},
	{`order.at < timestamp("2026-01-25T00:00:00Z")`, sure(func(c *Case, _ int64, _ *Item) bool {
		return c.Sale.OccurredAt.Before(time.Date(2026, 1, 25, 0, 0, 0, 0, time.UTC))
	})},
	{`customer.known && customer.is_new`, sure(func(c *Case, _ int64, _ *Item) bool { return c.Customer.Known && c.Customer.Before == 0 })},
	{`customer.order_number > 2 || customer.months_since_first >= 1`, sure(func(c *Case, _ int64, _ *Item) bool {
		first, months := c.Customer.FirstAt, 0
		for !first.IsZero() && !first.AddDate(0, months+1, 0).After(c.Sale.OccurredAt) {
			months++
		}
		return c.Customer.Before+1 > 2 || months >= 1
	})},
	{`partner.group == "a" || partner.code == "m2"`, sure(func(c *Case, _ int64, _ *Item) bool {
		return c.Chain[0].Group == "a" || c.Chain[0].Code == "m2"
	})},
	{`"vip" in partner.tags || partner.country == "GB"`, sure(func(c *Case, _ int64, _ *Item) bool {
		for _, tag := range c.Chain[0].Tags {
			if tag == "vip" {
				return true
			}
		}
		return c.Chain[0].Country == "GB"
	})},
	{`partner.lifetime_volume > 700`, sure(func(c *Case, _ int64, _ *Item) bool { return c.Chain[0].LifetimeMinor > 700 })},
	{`touch.method == "COUPON" || touch.link == "home" || ("s" in touch.subs && touch.subs["s"] == "1")`, sure(func(c *Case, _ int64, _ *Item) bool {
		return c.Touch.Method == "COUPON" || c.Touch.Link == "home" || c.Touch.Subs["s"] == "1"
	})},
}

var itemConditions = []expression{
	{`item.amount > 200`, sure(func(_ *Case, _ int64, i *Item) bool { return i.Minor > 200 })},
	{`item.quantity >= 2 && item.sku != "b1"`, sure(func(_ *Case, _ int64, i *Item) bool { return i.Quantity >= 2 && i.SKU != "b1" })},
	{`item.category in ["toys", "books"] || item.name == "gift"`, sure(func(_ *Case, _ int64, i *Item) bool {
		return i.Category == "toys" || i.Category == "books" || i.Name == "gift"
	})},
	{`customer.is_new && item.amount * 2 > order.net`, sure(func(c *Case, net int64, i *Item) bool { return c.Customer.Before == 0 && 2*i.Minor > net })},
}

var expressions = func() map[string]expression {
	byText := map[string]expression{}
	for _, e := range append(append([]expression(nil), orderConditions...), itemConditions...) {
		byText[e.text] = e
	}
	return byText
}()
