package engine

import (
	"fmt"
	"time"
)

// step is one thing that happens.
type step struct {
	do        string // sale, refund, void, close, change, sponsor, manual, agree
	at        time.Time
	name      string // of the conversion
	sale      Sale
	customer  string
	touch     Touch
	who, by   ID // the seller or whoever else it happens to; the sponsor
	amount    int64
	items     map[string]int64
	member    Member
	agreement Agreement
}

// play makes a step happen in a book.
func (s *step) play(b *Book) error {
	switch s.do {
	case "sale":
		return b.Record(s.name, s.sale, s.customer, s.touch, s.who)
	case "refund":
		return b.Refund(s.name, s.amount, s.items)
	case "void":
		return b.Void(s.name)
	case "close":
		return b.Close(s.at)
	case "change":
		b.Enroll(s.member)
	case "sponsor":
		b.Sponsor(s.who, s.by, s.at)
	case "manual":
		b.Manual(s.who, s.amount, s.at)
	case "agree":
		b.Agree(s.agreement)
	}
	return nil
}

// selling is what the director knows of a conversion.
type selling struct {
	step     step
	refunded int64
	named    map[string]int64 // of it, by item
}

// director makes up what happens in a program.
type director struct {
	*dice
	deal    *deal
	now     time.Time
	prefix  string // of names
	steps   []step
	members []Member
	sales   []*selling
	closed  time.Time
}

// direct draws a tree and a number of further steps.
func direct(d *dice, l *deal, prefix string, length int) *director {
	r := &director{dice: d, deal: l, prefix: prefix, now: newYear.AddDate(0, 0, -1+d.below(12)), closed: newYear.AddDate(0, 0, -14)}
	for n := range 1 + d.below(6) {
		m := r.drawMember(n)
		r.members = append(r.members, m)
		r.steps = append(r.steps, step{do: "change", member: m})
		if n > 0 && d.in(85) {
			r.steps = append(r.steps, step{do: "sponsor", who: m.ID, by: r.members[max(n-1-d.below(2), 0)].ID})
		}
	}
	r.sell()
	for range length {
		r.now = r.now.Add(time.Duration(d.between(1, 200)) * time.Hour)
		r.happen()
	}
	for range 4 * (d.below(100) / 60) {
		r.close()
	}
	return r
}

func (r *director) happen() {
	switch n := r.below(100); {
	case n < 45:
		r.sell()
	case n < 56:
		r.restate(pick(r.dice, r.sales...))
	case n < 74:
		r.refund(pick(r.dice, r.sales...))
	case n < 80:
		r.giveBack(pick(r.dice, r.sales...))
	case n < 82:
		r.steps = append(r.steps, step{do: "void", name: pick(r.dice, r.sales...).step.name})
	case n < 89:
		r.close()
	case n < 93:
		i := r.below(len(r.members))
		r.members[i] = r.drawMember(i)
		r.steps = append(r.steps, step{do: "change", member: r.members[i]})
	case n < 95:
		i := r.below(len(r.members))
		if i > 0 {
			r.steps = append(r.steps, step{do: "sponsor", who: r.members[i].ID, by: r.members[r.below(i)].ID, at: r.now})
		}
	case n < 96:
		r.steps = append(r.steps, step{do: "manual", who: pick(r.dice, r.members...).ID, amount: r.between(-50, 50), at: r.now})
	default:
		r.agree()
	}
}

func (r *director) drawMember(n int) Member {
	return Member{ID: idOf(fmt.Sprintf("%sm%d", r.prefix, n)), Code: fmt.Sprintf("%sm%d", r.prefix, n), Group: pick(r.dice, "", "", "a", "b"),
		Country: pick(r.dice, "", "GB"), Tags: some(r.dice, "vip", "press"), Inactive: r.in(20)}
}

func (r *director) agree() {
	id := "banner1"
	a := Agreement{Placement: id, Enrollment: pick(r.dice, r.members...).ID, From: r.now.AddDate(0, 0, -r.below(40))}
	if r.in(50) {
		a.Until = a.From.AddDate(0, 0, r.below(60))
	}
	r.steps = append(r.steps, step{do: "agree", agreement: a})
}

// close settles the first open period that is over; there may be none.
func (r *director) close() {
	_, _, end := SpanOf(r.deal.PeriodKind, r.deal.Zone, r.closed)
	if end.After(r.now) {
		r.now = end.Add(time.Hour)
	}
	r.steps = append(r.steps, step{do: "close", at: end.Add(-time.Hour)})
	r.closed = end
}
