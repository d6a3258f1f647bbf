package commission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/internal/tree"
	"tributary/models"
)

// reader gathers what the engine asks of conversions, many at once: a fixed number of statements for each thousand, and
// only for facts that a plan needs. It is not for concurrent use.
type reader struct {
	query   *gorm.DB
	program models.Program
	needs   engine.Needs
	depth   int
	world   *world // nil for a reader of a single conversion, which asks the database for its chain
	high    bool   // whether chains go to the top of the tree in any case

	history map[models.ID]engine.Customer // by first revision
	touches map[models.ID]engine.Touch    // by first revision
	members map[models.ID]engine.Member   // without what depends on the sale
	sales   salesBook
	chain   []models.ID
	made    engine.Case
}

// load reads what the conversions' cases need.
func (r *reader) load(batch []models.Conversion) error {
	if len(batch) == 0 {
		return nil
	}
	if r.needs.Customer {
		if err := r.loadHistory(batch); err != nil {
			return err
		}
	}
	if r.needs.Touch {
		if err := r.loadTouches(batch); err != nil {
			return err
		}
	}
	if r.needs.Partner {
		if err := r.loadMembers(batch); err != nil {
			return err
		}
	}
	if r.needs.Lifetime || r.needs.WindowDays > 0 {
		return r.loadSales(batch)
	}
	return nil
}

// caseOf gives a conversion's case, good until the next call. The upline is as it was when the sale occurred.
func (r *reader) caseOf(c *models.Conversion) (*engine.Case, error) {
	r.made.Customer, r.made.Touch = engine.Customer{}, engine.Touch{}
	if r.needs.Customer {
		r.made.Customer = r.history[c.RootID]
	}
	if r.needs.Touch {
		r.made.Touch = r.touches[c.RootID]
	}
	r.chain = r.chainOf(r.chain[:0], c)
	r.made.Chain = r.made.Chain[:0]
	for i, id := range r.chain {
		m := engine.Member{ID: engine.ID(id)}
		if r.needs.Partner {
			m = r.members[id]
		}
		m.Inactive = i > 0 && r.world.inactive[id]
		r.made.Chain = append(r.made.Chain, m)
	}
	return &r.made, r.saleOf(c, &r.made.Sale)
}

// chainOf appends the seller and its upline as of the sale. With compression the walk may need members beyond the
// plan's depth, so it goes to the top: what the program allows now was not asked of who is in the tree.
func (r *reader) chainOf(chain []models.ID, c *models.Conversion) []models.ID {
	chain = append(chain, models.Or(c.EnrollmentID))
	if r.depth == 0 {
		return chain
	}
	limit := r.depth
	if r.high || len(r.world.inactive) > 0 || r.needs.WindowDays > 0 {
		limit = tree.MaxDepth
	}
	return r.world.tree.Upline(chain, chain[0], c.OccurredAt, limit)
}

// addVolumes adds what the members of a case sold themselves, as far as the plan asks.
func (r *reader) addVolumes(plan *engine.Plan, c *models.Conversion, into *engine.Case) {
	if plan.Needs.WindowDays == 0 && !plan.Needs.Lifetime {
		return
	}
	for i := range into.Chain {
		r.sales.addTo(&into.Chain[i], plan, c.RootID, c.OccurredAt, i == 0)
	}
}

// uplineAt gives a seller's chain as of an instant, when nothing about it was frozen.
func (r *reader) uplineAt(seller models.ID, at time.Time) ([]engine.Member, error) {
	r.chain = append(r.chain[:0], seller)
	switch {
	case r.world != nil:
		r.chain = r.world.tree.Upline(r.chain, seller, at, r.depth)
	case r.depth > 0: // a single chain is not worth a tree
		upline, err := tree.Upline(r.query, seller, at, r.depth)
		if err != nil {
			return nil, err
		}
		r.chain = append(r.chain, upline...)
	}
	members := make([]engine.Member, len(r.chain))
	for i, id := range r.chain {
		members[i].ID = engine.ID(id)
	}
	return members, nil
}

// saleOf puts a conversion into the engine's words.
func (r *reader) saleOf(c *models.Conversion, into *engine.Sale) error {
	*into = engine.Sale{Kind: c.Kind, Gross: c.AmountMinor, Tax: c.TaxMinor, Shipping: c.ShippingMinor, Discount: c.DiscountMinor, OccurredAt: c.OccurredAt}
	if !r.needs.Order {
		return nil
	}
	into.Country, into.Coupon = c.Country, c.Coupon
	if c.Metadata != "" {
		if err := json.Unmarshal([]byte(c.Metadata), &into.Metadata); err != nil {
			return fmt.Errorf("metadata of conversion %s: %w", c.ID, err)
		}
	}
	var err error
	into.Items, err = itemsOf(c, r.program.Currency)
	return err
}

// itemsOf reads the items of a conversion; their amounts are in the program's currency.
func itemsOf(c *models.Conversion, currency money.Currency) ([]engine.Item, error) {
	if c.Items == "" {
		return nil, nil
	}
	var rows []struct {
		SKU, Name, Category string
		Quantity            int64
		Amount              string
	}
	if err := json.Unmarshal([]byte(c.Items), &rows); err != nil {
		return nil, fmt.Errorf("items of conversion %s: %w", c.ID, err)
	}
	items := make([]engine.Item, len(rows))
	for i, row := range rows {
		amount, err := money.Parse(row.Amount, currency)
		if err != nil {
			return nil, fmt.Errorf("items of conversion %s: %w", c.ID, err)
		}
		items[i] = engine.Item{SKU: row.SKU, Name: row.Name, Category: row.Category, Quantity: row.Quantity, Minor: amount.Minor}
	}
	return items, nil
}

func compareIDs(a, b models.ID) int { return bytes.Compare(a[:], b[:]) }
