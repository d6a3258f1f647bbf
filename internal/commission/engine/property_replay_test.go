package engine

import (
	"fmt"
	"reflect"
)

// replayFindsTheLines prices every conversion, and then each of its corrections, again: from the facts that its lines
// keep and from what is read now, which may be other than it was.
func replayFindsTheLines(_ *dice, w *shadow) error {
	for _, o := range w.orders {
		if len(o.history) == 0 {
			continue
		}
		if len(o.history[0].lines) == 0 {
			continue // it earned nobody a line, so that none kept its facts
		}
		again := replay{w: w, o: o}
		for i := range o.history {
			if err := again.step(&o.history[i], i == 0); err != nil {
				return fmt.Errorf("replay of step %d of %s: %w", i, o.name, err)
			}
		}
	}
	return nil
}

type replay struct {
	w        *shadow
	o        *order
	facts    string
	sale     Sale
	standing []Standing
	out      Outcome
}

func (r *replay) step(s *played, first bool) error {
	r.sale = s.sale
	if len(s.lines) > 0 && s.lines[0].Facts != "" {
		r.facts = s.lines[0].Facts
	}
	frozen, err := Thaw(r.facts)
	if err != nil {
		return err
	}
	c := r.read()
	frozen.Into(&c)
	if err := r.o.plan.Price(&c, frozen, &r.out); err != nil {
		return err
	}
	lines := s.lines
	if first {
		for len(lines) > 0 && lines[0].Kind == KindEarned {
			lines = lines[1:]
		}
		if err := r.compare(s.lines[:len(s.lines)-len(lines)]); err != nil {
			return err
		}
	}
	if err := r.out.Remain(&r.sale, s.back); err != nil {
		return err
	}
	return r.compare(lines)
}

// read gives the case as it is read later: with the statuses, groups and orders of then, and no volumes.
func (r *replay) read() Case {
	c := Case{Sale: r.sale, Touch: r.o.touch, Customer: r.w.customerOf(r.o)}
	for id, ok := r.o.seller, true; ok; id, ok = r.w.sponsorOf(id, r.o.at) {
		c.Chain = append(c.Chain, r.w.members[id])
	}
	return c
}

func (r *replay) compare(lines []Line) error {
	differences := r.out.Differences(r.standing)
	if len(differences) == 0 && len(lines) == 1 && lines[0].Amount == 0 && lines[0].Basis == 0 && lines[0].Facts != "" {
		return nil // it is there for its facts
	}
	if len(differences) != len(lines) {
		return fmt.Errorf("%d differences, not %+v", len(differences), lines)
	}
	for i, d := range differences {
		id := lines[i].RuleID
		if d.Standing >= 0 {
			have := &r.standing[d.Standing]
			have.Basis, have.Amount = have.Basis+d.Share.Basis, have.Amount+d.Share.Amount
			if have.Rule != id {
				return fmt.Errorf("line %+v adjusts rule %s", lines[i], have.Rule)
			}
			d.Share.Rule = lines[i].Rule
		} else {
			r.standing = append(r.standing, Standing{d.Share.Rule.ID, d.Share.Level, d.Share.Enrollment, d.Share.Basis, d.Share.Amount})
		}
		if !reflect.DeepEqual(d.Share, lines[i].Share) {
			return fmt.Errorf("%+v, not the stored %+v", d.Share, lines[i].Share)
		}
	}
	return nil
}
