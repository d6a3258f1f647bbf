package engine

import (
	"fmt"
	"time"
)

// shadow follows a book step by step with the reference, and says where the two part.
type shadow struct {
	deal   *deal
	book   *Book
	seen   features
	byName map[string]*order
	orders []*order

	members    map[ID]Member
	sponsors   []step
	agreements []Agreement
	paidOnce   map[string]bool
	closed     time.Time
	periods    map[string]bool // that are closed
}

// order is one conversion as the shadow knows it.
type order struct {
	name, customer string
	at             time.Time // of the first revision
	sale           Sale
	touch          Touch
	seller         ID
	back           Refunded
	spec           *PlanSpec // that priced it; nil when none did
	plan           *Plan
	facts          Case // with the revision that its lines are made for
	used           map[CapKey]Usage
	uses           map[CapKey]Usage // what its lines take of the counters
	priced         []taken
	dues           []due    // what the lines come to
	history        []played // since it was first priced, that included
}

// played is what a step left of a conversion, and the lines that it posted.
type played struct {
	sale  Sale
	back  Refunded
	lines []Line
}

func newShadow(l *deal, seen features) *shadow {
	b := NewBook(l.Zone, l.PeriodKind, l.plans...)
	b.out.Trace = &Trace{}
	return &shadow{deal: l, book: b, seen: seen, byName: map[string]*order{}, members: map[ID]Member{}, paidOnce: map[string]bool{}, periods: map[string]bool{}}
}

// play makes a step happen in the book and in the shadow, and compares them.
func (w *shadow) play(s *step) error {
	posted := len(w.book.Lines)
	failed := s.play(w.book)
	ok, err := w.follow(s, w.book.Lines[posted:])
	switch {
	case err != nil:
		return err
	case ok != (failed == nil):
		return fmt.Errorf("the book says %v", failed)
	case failed != nil && len(w.book.Lines) != posted:
		return fmt.Errorf("the book refuses and posts %+v", w.book.Lines[posted:])
	}
	for _, check := range []func() error{
		func() error { return w.compareLines(w.byName[s.name]) },
		func() error { return w.compareCounters(s) },
		func() error { return w.comparePeriods(w.book.Lines[posted:]) },
		func() error { return w.compareFirst(w.byName[s.name], w.book.Lines[posted:]) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	w.observe(s, failed)
	return nil
}

// decide finds the plan and the facts of a conversion that is priced for the first time.
func (w *shadow) decide(o *order) bool {
	u := w.customerOf(o)
	n := w.planAt(o.sale.OccurredAt)
	if u.Before > 0 && u.FirstAt.Before(o.sale.OccurredAt) {
		if first := w.planAt(u.FirstAt); first >= 0 && w.deal.specs[first].Renewals == "first_sale" {
			n = first
			w.seen["renewal by the plan of the first sale"]++
		}
	}
	if n < 0 {
		return false
	}
	o.spec, o.plan = &w.deal.specs[n], w.deal.plans[n]
	o.facts = Case{Customer: u, Touch: o.touch, Chain: w.chainOf(o)}
	return true
}

func (w *shadow) planAt(at time.Time) int {
	for i, s := range w.deal.specs {
		if !s.EffectiveFrom.After(at) {
			return i
		}
	}
	return -1
}
