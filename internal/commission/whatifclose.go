package commission

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// whatIfCloses gathers what a draft owes for periods as a whole: tiers by the period, bonuses, and placements.
type whatIfCloses struct {
	plan    *engine.Plan
	periods []models.Period
	from    time.Time // conversions before the span that mature in its first period count too
	sellers []map[models.ID]*sellerPeriod
}

// sellerPeriod is what one seller's own sales come to in a period.
type sellerPeriod struct {
	volume, sales int64
	firstAt       time.Time              // of the sales of which something is left
	tiers         map[string]*tierVolume // by rule
}

type tierVolume struct{ volume, paid int64 }

// openCloses tells whether what closes settle can be compared: when the span is whole periods and all are closed.
func (w *whatIf) openCloses(query *gorm.DB) error {
	var periods []models.Period
	err := query.Where("program_id = ? AND starts_at >= ? AND ends_at <= ? AND state = ?", w.program.ID, w.run.StartsAt, w.run.EndsAt, models.PeriodStateClosed).
		Order("starts_at").Find(&periods).Error
	if err != nil {
		return fmt.Errorf("read periods: %w", err)
	}
	reached := w.run.StartsAt
	for _, p := range periods {
		if !p.StartsAt.Equal(reached) {
			return nil
		}
		reached = p.EndsAt
	}
	if w.settles = reached.Equal(w.run.EndsAt); !w.settles {
		return nil
	}
	byPeriod := slices.ContainsFunc(w.plan.Rules, func(r engine.Rule) bool { return r.Reward.ByPeriod })
	if !byPeriod && len(w.plan.Bonuses)+len(w.plan.Placements) == 0 {
		w.periods = periods
		return nil
	}
	c := &whatIfCloses{plan: w.plan, from: w.run.StartsAt}
	for i := range w.plan.Rules {
		if hold := w.plan.MaturesAt(&w.plan.Rules[i], c.from).Sub(c.from); w.run.StartsAt.Add(-hold).Before(c.from) {
			c.from = w.run.StartsAt.Add(-hold)
		}
	}
	for range periods {
		c.sellers = append(c.sellers, map[models.ID]*sellerPeriod{})
	}
	c.periods, w.periods, w.closes = periods, periods, c
	return nil
}

// add takes the sellers' shares of a conversion into the periods in which they mature.
func (c *whatIfCloses) add(occurredAt time.Time, shares []engine.Share) {
	if c == nil {
		return
	}
	for i, period := range c.periods {
		var volume int64
		var seller *sellerPeriod
		for n := range shares {
			s := &shares[n]
			matures := c.plan.MaturesAt(s.Rule, occurredAt)
			if s.Level > 0 || matures.Before(period.StartsAt) || !matures.Before(period.EndsAt) {
				continue
			}
			seller = c.seller(i, models.ID(s.Enrollment))
			seller.addTier(s)
			volume += s.Basis
		}
		if seller != nil {
			seller.addSale(occurredAt, volume)
		}
	}
}

func (c *whatIfCloses) seller(period int, id models.ID) *sellerPeriod {
	s := c.sellers[period][id]
	if s == nil {
		s = &sellerPeriod{tiers: map[string]*tierVolume{}}
		c.sellers[period][id] = s
	}
	return s
}

func (s *sellerPeriod) addTier(share *engine.Share) {
	if !share.Rule.Reward.ByPeriod {
		return
	}
	t := s.tiers[share.Rule.ID]
	if t == nil {
		t = &tierVolume{}
		s.tiers[share.Rule.ID] = t
	}
	t.volume, t.paid = t.volume+share.Basis, t.paid+share.Amount
}

func (s *sellerPeriod) addSale(occurredAt time.Time, volume int64) {
	s.volume += volume
	if volume <= 0 {
		return
	}
	if s.sales++; s.sales == 1 || occurredAt.Before(s.firstAt) {
		s.firstAt = occurredAt
	}
}

// settle adds what the closes of the span made, and what the draft would have owed at them.
func (w *whatIf) settle(query *gorm.DB, sums *whatIfSums) error {
	if err := w.addClosed(query, sums); err != nil || w.closes == nil {
		return err
	}
	sold, once := map[models.ID]bool{}, map[string]map[models.ID]bool{}
	for i, period := range w.periods {
		st := &settlement{query: query, program: w.program, period: period, last: period.EndsAt.Add(-time.Microsecond), tree: w.world.tree, members: map[models.ID]engine.Member{}}
		if err := w.closes.oweTiers(st, i); err != nil {
			return err
		}
		if len(w.plan.Bonuses) > 0 {
			if err := w.closes.oweBonuses(st, i, sold, once); err != nil {
				return err
			}
		}
		if err := st.placements(w.plan); err != nil {
			return err
		}
		for _, l := range st.lines {
			sums.addSettled(l.kind, l.enrollmentID, 0, l.amountMinor)
			named(sums.settlements, string(l.kind)).DraftLines++
		}
	}
	return sums.overflow
}

// askThen is ask for a period that is closed, of whom its close did not ask as they are now.
func (st *settlement) askThen(ids []models.ID) error {
	if err := st.ask(slices.Clone(ids)); err != nil {
		return err
	}
	now := *st
	now.period.State = models.PeriodStateOpen
	return now.ask(slices.Clone(ids))
}

// addClosed reads the lines that the closes made.
func (w *whatIf) addClosed(query *gorm.DB, sums *whatIfSums) error {
	ids := make([]models.ID, len(w.periods))
	for i, p := range w.periods {
		ids[i] = p.ID
	}
	return inChunks(ids, func(part []models.ID) error {
		var rows []models.Commission
		if err := query.Select("kind", "enrollment_id", "amount_minor").Where("source_id IN ?", part).Find(&rows).Error; err != nil {
			return fmt.Errorf("read closes: %w", err)
		}
		for _, r := range rows {
			sums.addSettled(r.Kind, r.EnrollmentID, r.AmountMinor, 0)
			named(sums.settlements, string(r.Kind)).ActualLines++
		}
		return nil
	})
}

func (c *whatIfCloses) oweTiers(st *settlement, i int) error {
	ids := sortedIDs(c.sellers[i])
	if err := st.askThen(ids); err != nil {
		return err
	}
	for _, id := range ids {
		for rule, t := range c.sellers[i][id].tiers {
			m := st.members[id]
			owed, err := c.plan.RuleByID(rule).SettleTier(&m, t.volume, t.paid, st.last)
			if err != nil {
				return err
			}
			if owed != 0 {
				st.add(models.CommissionKindTier, models.ID{}, id, rule, t.volume, owed)
			}
		}
	}
	return nil
}

// oweBonuses pays the bonuses of the i-th period. Sold and once are what earlier periods of the span have seen.
func (c *whatIfCloses) oweBonuses(st *settlement, i int, sold map[models.ID]bool, once map[string]map[models.ID]bool) error {
	before := &settlement{query: st.query, period: c.periods[0]}
	achieved, err := c.achieved(st, before, i, sold)
	if err != nil {
		return err
	}
	ids := sortedIDs(achieved)
	for _, bonus := range c.plan.Bonuses {
		had, err := before.paidOnce(bonus, ids)
		if err != nil {
			return err
		}
		if once[bonus.ID] == nil {
			once[bonus.ID] = map[models.ID]bool{}
		}
		for _, id := range ids {
			a := *achieved[id]
			a.Group = st.members[id].Group
			amount, err := bonus.Pays(a)
			if err != nil {
				return err
			}
			if amount == 0 || bonus.Once && (had[id] || once[bonus.ID][id]) {
				continue
			}
			once[bonus.ID][id] = true
			st.add(models.CommissionKindBonus, models.ID{}, id, bonus.ID, a.VolumeMinor, amount)
		}
	}
	return nil
}

func (c *whatIfCloses) achieved(st, before *settlement, i int, sold map[models.ID]bool) (map[models.ID]*engine.Achieved, error) {
	found, recruited := map[models.ID]*engine.Achieved{}, map[models.ID]int64{}
	ids := sortedIDs(c.sellers[i])
	earlier, err := before.soldBefore(ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		s := c.sellers[i][id]
		found[id] = &engine.Achieved{VolumeMinor: s.volume, Sales: s.sales}
		if s.sales == 0 || earlier[id] || sold[id] {
			continue
		}
		sold[id], found[id].FirstSale = true, true
		for _, sponsor := range st.tree.Upline(nil, id, s.firstAt, 1) {
			recruited[sponsor]++
		}
	}
	if err := st.askThen(slices.Concat(ids, sortedIDs(recruited))); err != nil {
		return nil, err
	}
	for _, id := range sortedIDs(recruited) {
		if st.members[id].Inactive { // who is not active earns nothing from its downline
			continue
		}
		if found[id] == nil {
			found[id] = &engine.Achieved{}
		}
		found[id].RecruitsSold = recruited[id]
	}
	return found, nil
}
