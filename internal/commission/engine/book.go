package engine

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"tributary/internal/money"
)

// LineKind says why a line exists.
type LineKind string

// The kinds, as lines are stored with.
const (
	KindEarned    LineKind = "EARNED"
	KindRefund    LineKind = "REFUND"
	KindRestate   LineKind = "RESTATE"
	KindManual    LineKind = "MANUAL"
	KindTier      LineKind = "TIER"
	KindBonus     LineKind = "BONUS"
	KindPlacement LineKind = "PLACEMENT"
)

// Line is one entry of a book: the Share's Rule may be nil for lines that no rule made.
type Line struct {
	Share
	RuleID    string
	Kind      LineKind
	Source    string // the conversion, or nothing
	Period    string
	MaturesAt time.Time
	Facts     string // of the first line of a conversion, and of a restatement under caps
}

// Book keeps one program's lines in memory, as the service keeps them in a database: for the examples of a plan file
// and for proofs. It is not for concurrent use.
type Book struct {
	Zone       *time.Location
	PeriodKind PeriodKind
	Plans      []*Plan // the latest first
	Lines      []Line

	members    map[ID]*Member
	sponsors   map[ID][]sponsored
	entries    map[string]*entry
	order      []*entry
	counters   map[CapKey]Usage
	closed     time.Time // end of the last closed period
	agreements []Agreement
	bonuses    map[string]bool // of those paid once: id and enrollment
	out        Outcome
}

type sponsored struct {
	by    ID
	since time.Time
}

// entry is one conversion.
type entry struct {
	name     string
	at       time.Time // of the first revision: it decides plan, chain and hold
	sale     Sale
	priced   Sale // the revision that the lines were made for
	chain    []ID // as it was when the first revision was priced
	customer string
	touch    Touch
	seller   ID
	refunded Refunded
	plan     *Plan
	text     string // the facts, as the lines keep them
	facts    Frozen
	standing []Standing
}

// NewBook makes an empty book.
func NewBook(zone *time.Location, kind PeriodKind, plans ...*Plan) *Book {
	return &Book{Zone: zone, PeriodKind: kind, Plans: plans, members: map[ID]*Member{}, sponsors: map[ID][]sponsored{}, entries: map[string]*entry{},
		counters: map[CapKey]Usage{}, bonuses: map[string]bool{}}
}

// Usage gives what a counter stands at.
func (b *Book) Usage(k CapKey) Usage { return b.counters[k] }

// Enroll adds a member, or changes what is known of it.
func (b *Book) Enroll(m Member) { b.members[m.ID] = &m }

// Sponsor gives a member a sponsor from an instant on.
func (b *Book) Sponsor(child, by ID, since time.Time) {
	b.sponsors[child] = append(b.sponsors[child], sponsored{by, since})
}

// Agree adds a placement agreement.
func (b *Book) Agree(a Agreement) { b.agreements = append(b.agreements, a) }

// Manual adds a line by hand.
func (b *Book) Manual(to ID, amount int64, at time.Time) {
	b.post(Line{Share: Share{Enrollment: to, Amount: amount}, RuleID: "manual", Kind: KindManual, MaturesAt: at})
}

// PlanFor gives the plan that prices a sale: the one of its time, or that of the customer's first sale where that one
// says so. False before the first plan.
func PlanFor(plans []*Plan, occurredAt time.Time, customer Customer) (*Plan, bool) {
	holding := func(at time.Time) (*Plan, bool) {
		i := slices.IndexFunc(plans, func(p *Plan) bool { return !at.Before(p.EffectiveFrom) })
		if i < 0 {
			return nil, false
		}
		return plans[i], true
	}
	// Of a customer's first conversion that is the sale's own time, and without a customer it is before every plan.
	if first, ok := holding(customer.FirstAt); ok && first.RenewalsFrozen {
		return first, true
	}
	return holding(occurredAt)
}

// Record takes a conversion, or a further revision of one with the same name, and posts what it earns.
func (b *Book) Record(name string, s Sale, customer string, touch Touch, seller ID) error {
	s.OccurredAt = s.OccurredAt.UTC()
	e := b.entries[name]
	if e == nil {
		e = &entry{name: name, at: s.OccurredAt, sale: s, customer: customer, touch: touch, seller: seller, refunded: Refunded{Whole: s.Gross, BySKU: map[string]int64{}}}
		b.entries[name] = e
		b.order = append(b.order, e)
		return b.earn(e)
	}
	if e.plan != nil && reflect.DeepEqual(e.sale, s) && reflect.DeepEqual(e.priced, s) {
		return nil // the same content is no revision
	}
	if s.Gross < e.refunded.Total {
		return fmt.Errorf("engine: more than that is refunded of %q already", name)
	}
	e.sale, e.refunded.Whole = s, s.Gross
	if e.plan == nil {
		return b.earn(e)
	}
	return b.adjust(e, KindRestate)
}

// earn posts the first lines of a conversion, and takes from them what was refunded before there were any.
func (b *Book) earn(e *entry) error {
	c := Case{Sale: e.sale, Touch: e.touch, Customer: b.customerOf(e)}
	plan, ok := PlanFor(b.Plans, e.sale.OccurredAt, c.Customer)
	if !ok {
		return nil
	}
	c.Chain = b.chainOf(e, plan)
	asked := Recorder{Counters: b}
	if err := plan.Price(&c, &asked, &b.out); err != nil {
		return err
	}
	text, err := plan.Freeze(&c, asked.Asked)
	if err != nil {
		return err
	}
	if err := e.keep(text); err != nil {
		return err
	}
	e.plan, e.priced = plan, e.sale
	for _, m := range c.Chain {
		e.chain = append(e.chain, m.ID)
	}
	for i, s := range b.out.Shares {
		l := Line{Share: s, Kind: KindEarned, Source: e.name, MaturesAt: plan.MaturesAt(s.Rule, e.at)}
		if i == 0 {
			l.Facts = text
		}
		e.standing = append(e.standing, Standing{s.Rule.ID, s.Level, s.Enrollment, s.Basis, s.Amount})
		b.post(l)
	}
	b.use(e, &c, nil)
	if e.refunded.Total > 0 || e.refunded.Void {
		return b.adjust(e, KindRefund)
	}
	return nil
}

// adjust posts the difference between what a conversion should come to now and what its lines come to. A revision that
// stopped stops at a refund too: a book takes none beyond the sale, so only a further revision changes what stopped it.
func (b *Book) adjust(e *entry, kind LineKind) error {
	c := Case{Sale: e.sale, Touch: e.touch, Customer: b.customerOf(e), Chain: b.chainOf(e, e.plan)}
	e.facts.Into(&c)
	before := e.plan.UsesOf(&c.Chain[0], &e.priced, e.standing)
	counters := Others(b, before)
	if kind == KindRefund { // what a refund leaves is a part of what was priced, not priced anew
		counters = e.facts
	}
	asked := Recorder{Counters: counters}
	if err := e.plan.Price(&c, &asked, &b.out); err != nil {
		return err
	}
	if err := b.out.Remain(&e.sale, e.refunded); err != nil {
		return err
	}
	e.priced = e.sale
	differences, facts := b.out.Differences(e.standing), ""
	if kind == KindRestate && e.plan.Needs.Caps {
		was := e.text
		var err error
		if facts, err = e.plan.Freeze(&c, asked.Asked); err != nil {
			return err
		}
		if err = e.keep(facts); err != nil {
			return err
		}
		if len(differences) == 0 && facts != was { // later corrections price with them; who asked a cap has a line
			differences = []Difference{{Share: Share{Enrollment: e.standing[0].Enrollment, Level: e.standing[0].Level}}}
		}
	}
	for i, d := range differences {
		if i > 0 {
			facts = ""
		}
		b.correct(e, kind, d, facts)
	}
	b.use(e, &c, before)
	return nil
}

// keep takes the facts that a line keeps.
func (e *entry) keep(text string) (err error) {
	e.text = text
	e.facts, err = Thaw(text)
	return err
}

// correct posts one difference, and keeps what the conversion comes to with it.
func (b *Book) correct(e *entry, kind LineKind, d Difference, facts string) {
	l := Line{Share: d.Share, Kind: kind, Source: e.name, Facts: facts}
	if d.Standing >= 0 {
		s := &e.standing[d.Standing]
		s.Basis, s.Amount = s.Basis+d.Share.Basis, s.Amount+d.Share.Amount
		l.RuleID, l.Rule = s.Rule, e.plan.RuleByID(s.Rule)
	} else {
		e.standing = append(e.standing, Standing{d.Share.Rule.ID, d.Share.Level, d.Share.Enrollment, d.Share.Basis, d.Share.Amount})
	}
	l.MaturesAt = e.plan.MaturesAt(l.Rule, e.at)
	b.post(l)
}

// use moves the counters from what a conversion used before to what it uses now.
func (b *Book) use(e *entry, c *Case, before []Use) {
	for _, u := range before {
		b.count(u, -1)
	}
	for _, u := range e.plan.UsesOf(&c.Chain[0], &e.sale, e.standing) {
		b.count(u, 1)
	}
}

func (b *Book) count(u Use, sign int64) {
	have := b.counters[u.Key]
	b.counters[u.Key] = Usage{have.Minor + sign*u.Usage.Minor, have.Count + sign*u.Usage.Count}
}

// Refund takes back a part of a conversion; an amount below zero gives back, as when a dispute is won. Items name what
// part of it was for which item.
func (b *Book) Refund(name string, amount int64, items map[string]int64) error {
	e := b.entries[name]
	if e == nil {
		return fmt.Errorf("engine: there is no conversion %q", name)
	}
	total, err := money.AddMinor(e.refunded.Total, amount)
	if err != nil || total > e.refunded.Whole || total < 0 {
		return fmt.Errorf("engine: refunds of %q would exceed it", name)
	}
	left := amount
	for sku, minor := range items {
		if minor < 1 || minor > e.ordered(sku)-e.refunded.BySKU[sku] {
			return fmt.Errorf("engine: refunds of item %q would exceed it", sku)
		}
		left -= minor
	}
	if len(items) > 0 && left < 0 {
		return fmt.Errorf("engine: the items together exceed the refund of %q", name)
	}
	e.refunded.Total = total
	for sku, minor := range items {
		e.refunded.BySKU[sku] += minor
	}
	if e.plan == nil {
		return b.earn(e)
	}
	return b.adjust(e, KindRefund)
}

// ordered sums the items of a name.
func (e *entry) ordered(sku string) int64 {
	var sum int64
	for _, item := range e.sale.Items {
		if item.SKU == sku {
			sum += item.Minor
		}
	}
	return sum
}

// Void takes back a conversion whole, also one of no amount: it does not count, not even as an order of its customer.
func (b *Book) Void(name string) error {
	e := b.entries[name]
	if e == nil {
		return fmt.Errorf("engine: there is no conversion %q", name)
	}
	e.refunded.Void = true
	if e.plan == nil {
		return nil
	}
	e.sale = e.priced // a revision that stopped must not keep it
	return b.adjust(e, KindRefund)
}

func (b *Book) post(l Line) {
	if l.Rule != nil {
		l.RuleID = l.Rule.ID
	}
	at := l.MaturesAt
	if at.Before(b.closed) {
		at = b.closed
	}
	l.Period, _, _ = SpanOf(b.PeriodKind, b.Zone, at)
	b.Lines = append(b.Lines, l)
}
