package commission

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// salesBook holds enrollments' own sales, in the order in which they occurred.
type salesBook map[models.ID][]ownSale

type ownSale struct {
	rootID     models.ID
	revision   int
	customerID models.ID
	occurredAt time.Time
	sale       engine.Sale
}

// loadSales reads the sales that eligibility and volumes ask for: those of everybody in the chains, as far back as any
// plan looks; of sellers all of them, when a rule asks for their volume of all time. The latest revision counts, and
// what is held does not.
func (r *reader) loadSales(batch []models.Conversion) error {
	r.sales = salesBook{}
	first := batch[0].OccurredAt
	for _, c := range batch {
		if c.OccurredAt.Before(first) {
			first = c.OccurredAt
		}
	}
	since := first.AddDate(0, 0, -r.needs.WindowDays)
	if r.needs.Lifetime {
		since = time.Unix(0, 0).UTC()
	}
	err := inChunks(r.membersOf(batch), func(part []models.ID) error {
		var rows []models.Conversion
		err := r.query.Table("conversions c").Joins("JOIN attributions a ON a.conversion_id = c.root_id AND a.hold_reason = ''").
			Select("c.id", "c.root_id", "c.kind", "c.revision", "c.occurred_at", "c.customer_id", "c.enrollment_id", "c.amount_minor", "c.tax_minor", "c.shipping_minor", "c.discount_minor").
			Where("c.enrollment_id IN ? AND c.occurred_at >= ? AND c.state = ? AND "+notVoid("c"), part, since, models.ConversionStateReady).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read own sales: %w", err)
		}
		for i := range rows {
			r.sales.add(&rows[i])
		}
		return nil
	})
	for id, own := range r.sales {
		r.sales[id] = latestOf(own)
	}
	return err
}

// latestOf keeps the latest revision of each sale, in the order in which they occurred.
func latestOf(own []ownSale) []ownSale {
	slices.SortFunc(own, func(a, b ownSale) int {
		return cmp.Or(compareIDs(a.rootID, b.rootID), cmp.Compare(b.revision, a.revision))
	})
	own = slices.CompactFunc(own, func(a, b ownSale) bool { return a.rootID == b.rootID })
	slices.SortFunc(own, func(a, b ownSale) int { return a.occurredAt.Compare(b.occurredAt) })
	return own
}

func (b salesBook) add(c *models.Conversion) {
	id := models.Or(c.EnrollmentID)
	own := ownSale{rootID: c.RootID, revision: c.Revision, customerID: models.Or(c.CustomerID), occurredAt: c.OccurredAt,
		sale: engine.Sale{Gross: c.AmountMinor, Tax: c.TaxMinor, Shipping: c.ShippingMinor, Discount: c.DiscountMinor}}
	b[id] = append(b[id], own)
}

// addTo sums a member's own sales up to a sale and without it: those of the days that the plan looks back, until what
// it asks for is shown, and all of them for the seller when a rule asks.
func (b salesBook) addTo(m *engine.Member, plan *engine.Plan, rootID models.ID, at time.Time, seller bool) {
	own := b[models.ID(m.ID)]
	end, _ := slices.BinarySearchFunc(own, at.Add(time.Microsecond), func(o ownSale, t time.Time) int { return o.occurredAt.Compare(t) })
	since := at.AddDate(0, 0, -plan.Eligible.Days)
	buyers := map[models.ID]bool{}
	lifetime := seller && plan.Needs.Lifetime
	for i := end - 1; i >= 0; i-- {
		o := &own[i]
		inWindow := plan.Eligible.Days > 0 && !o.occurredAt.Before(since)
		if !lifetime && (!inWindow || (m.VolumeMinor >= plan.Eligible.VolumeMinor && m.Customers >= plan.Eligible.Customers)) {
			return
		}
		if o.rootID == rootID {
			continue
		}
		net := plan.Basis(&o.sale)
		if lifetime {
			m.LifetimeMinor += net
		}
		if inWindow {
			m.VolumeMinor += net
			if !o.customerID.IsZero() && !buyers[o.customerID] {
				buyers[o.customerID] = true
				m.Customers++
			}
		}
	}
}
