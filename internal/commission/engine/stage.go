package engine

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"tributary/internal/fault"
)

// stage is where one example plays.
type stage struct {
	in      Setting
	plans   []*Plan
	book    *Book
	codes   map[ID]string
	stopped map[string]bool // conversions whose condition failed
}

// idOf gives a partner of an example its id: the same in every run.
func idOf(code string) ID {
	sum := sha256.Sum256([]byte(code))
	return ID(sum[:16])
}

func (s *stage) enroll(partners map[string]PartnerSpec) error {
	for _, code := range sortedKeys(partners) {
		if err := s.knownGroup("partners."+code+".group", partners[code].Group); err != nil {
			return err
		}
		s.codes[idOf(code)] = code
		s.book.Enroll(partners[code].member(code))
	}
	for _, code := range sortedKeys(partners) {
		sponsor := partners[code].Sponsor
		if sponsor == "" {
			continue
		}
		if _, ok := partners[sponsor]; !ok {
			return unknown("partners."+code+".sponsor", sponsor)
		}
		s.book.Sponsor(idOf(code), idOf(sponsor), time.Time{})
	}
	for _, code := range sortedKeys(partners) {
		for at, n := code, 0; at != ""; at, n = partners[at].Sponsor, n+1 {
			if n > len(partners) {
				return fault.InvalidField("partners."+code+".sponsor", "EXAMPLE_INVALID", "the sponsors go in a circle")
			}
		}
	}
	return nil
}

func (s *stage) knownGroup(path, group string) error {
	if group != "" && s.in.Groups != nil && !s.in.Groups[group] {
		return fault.InvalidField(path, "GROUP_UNKNOWN", "the program has no group %q", group)
	}
	return nil
}

func (p PartnerSpec) member(code string) Member {
	return Member{ID: idOf(code), Code: code, Group: p.Group, Country: p.Country, Tags: p.Tags, Inactive: p.Inactive}
}

func unknown(path, code string) error {
	return fault.InvalidField(path, "EXAMPLE_INVALID", "the example has no partner %q", code)
}

func (s *stage) partner(path, code string) (ID, error) {
	if _, ok := s.codes[idOf(code)]; !ok {
		return ID{}, unknown(path, code)
	}
	return idOf(code), nil
}

// run makes one step happen. A conversion whose condition fails stops, as it would in the program.
func (s *stage) run(e EventSpec) error {
	given := 0
	for _, has := range []bool{e.Sale != nil, e.Refund != nil, e.Void != "", e.Manual != nil, e.Placement != nil, e.Sponsor != nil, e.Partner != nil, !e.Close.IsZero()} {
		if has {
			given++
		}
	}
	if given != 1 {
		return fault.InvalidField("", "EXAMPLE_INVALID", "a step is one of sale, refund, void, manual, placement, sponsor, partner and close")
	}
	switch {
	case e.Sale != nil:
		return below("sale", s.sell(*e.Sale))
	case e.Refund != nil:
		return below("refund", s.refund(*e.Refund))
	case e.Void != "":
		return at("void", s.happened(e.Void, s.book.Void(e.Void)))
	case e.Manual != nil:
		return below("manual", s.manual(*e.Manual))
	case e.Placement != nil:
		return below("placement", s.agree(*e.Placement))
	case e.Sponsor != nil:
		return below("sponsor", s.sponsor(*e.Sponsor))
	case e.Partner != nil:
		return below("partner", s.change(*e.Partner))
	default:
		return at("close", refused(s.book.Close(e.Close)))
	}
}

// refused makes an error of the book one of the file.
func refused(err error) error {
	var typed *fault.Error
	if err == nil || errors.As(err, &typed) {
		return err
	}
	return fault.New(fault.Invalid, "EXAMPLE_INVALID", "%v", err)
}

func (s *stage) sell(o SaleSpec) error {
	sale := Sale{Kind: o.Kind, Country: o.Country, Coupon: o.Coupon, Metadata: o.Metadata, OccurredAt: o.At}
	if sale.Kind == "" {
		sale.Kind = "SALE"
	}
	seller, err := s.partner("by", o.By)
	if err != nil {
		return err
	}
	if o.ID == "" || o.At.IsZero() {
		return fault.InvalidField("", "EXAMPLE_INVALID", "a sale has an id and says when it happened (at)")
	}
	for _, a := range []struct {
		path, text string
		into       *int64
	}{{"amount", o.Amount, &sale.Gross}, {"tax", o.Tax, &sale.Tax}, {"shipping", o.Shipping, &sale.Shipping}, {"discount", o.Discount, &sale.Discount}} {
		if *a.into, err = s.signed(a.path, a.text); err != nil {
			return err
		}
		if *a.into < 0 {
			return fault.InvalidField(a.path, "EXAMPLE_INVALID", "the amount is not negative")
		}
	}
	for i, item := range o.Items {
		minor, err := s.signed(nth("items", i)+".amount", item.Amount)
		if err != nil {
			return err
		}
		if minor < 0 || item.Quantity < 0 {
			return fault.InvalidField(nth("items", i), "EXAMPLE_INVALID", "an item has no negative amount or quantity")
		}
		sale.Items = append(sale.Items, Item{SKU: item.SKU, Category: item.Category, Name: item.Name, Quantity: cmp.Or(item.Quantity, 1), Minor: minor})
	}
	return s.happened(o.ID, s.book.Record(o.ID, sale, o.Customer, Touch{Method: o.Method, Link: o.Link, Subs: o.Subs}, seller))
}

// happened keeps whether a conversion stopped at a condition.
func (s *stage) happened(sale string, err error) error {
	var failed *ConditionError
	if errors.As(err, &failed) {
		s.stopped[sale] = true
		return nil
	}
	delete(s.stopped, sale)
	return refused(err)
}

func (s *stage) refund(r RefundSpec) error {
	amount, err := s.signed("amount", r.Amount)
	if err != nil {
		return err
	}
	items := map[string]int64{}
	for _, sku := range sortedKeys(r.Items) {
		if items[sku], err = s.signed("items."+sku, r.Items[sku]); err != nil {
			return err
		}
	}
	return s.happened(r.Of, s.book.Refund(r.Of, amount, items))
}

func (s *stage) manual(m ManualSpec) error {
	to, err := s.partner("to", m.To)
	if err != nil {
		return err
	}
	if m.At.IsZero() {
		return fault.InvalidField("at", "EXAMPLE_INVALID", "say when")
	}
	amount, err := s.signed("amount", m.Amount)
	if err == nil {
		s.book.Manual(to, amount, m.At)
	}
	return err
}

func (s *stage) agree(a AgreeSpec) error {
	to, err := s.partner("to", a.To)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(s.plans[0].Placements, func(p Placement) bool { return p.ID == a.ID }) {
		return fault.InvalidField("id", "EXAMPLE_INVALID", "the plan has no placement %q", a.ID)
	}
	s.book.Agree(Agreement{Placement: a.ID, Enrollment: to, From: a.From, Until: a.Until})
	return nil
}

func (s *stage) sponsor(c SponsorSpec) error {
	of, err := s.partner("of", c.Of)
	if err != nil {
		return err
	}
	to, err := s.partner("to", c.To)
	if err != nil {
		return err
	}
	for _, at := range s.book.sponsorChanges(c.At) {
		for id, ok := to, true; ok; id, ok = s.book.sponsorAt(id, at) {
			if id == of {
				return fault.InvalidField("to", "EXAMPLE_INVALID", "the sponsors would go in a circle")
			}
		}
	}
	s.book.Sponsor(of, to, c.At)
	return nil
}

func (s *stage) change(c ChangeSpec) error {
	if _, err := s.partner("code", c.Code); err != nil {
		return err
	}
	if c.Sponsor != "" {
		return fault.InvalidField("sponsor", "EXAMPLE_INVALID", "a change of sponsor is a step of its own")
	}
	if err := s.knownGroup("group", c.Group); err != nil {
		return err
	}
	s.book.Enroll(c.member(c.Code))
	return nil
}
