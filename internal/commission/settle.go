package commission

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/internal/tree"
	"tributary/models"
)

// settle adds the lines that are owed for the period as a whole.
func (s *Service) settle(tx *models.Tx, p models.Program, period models.Period) error {
	st, err := s.owedAt(tx.DB, p, period)
	if err != nil {
		return err
	}
	if err := st.freeze(tx); err != nil || len(st.lines) == 0 {
		return err
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return err
	}
	posting := newPosting(tx, p, cal)
	for _, l := range st.lines {
		if _, err := posting.add(l); err != nil {
			return err
		}
	}
	return posting.write("settle:" + period.ID.String())
}

// owedAt works out what the plan owes for a period as a whole, from the lines in it: the same whether it is asked when
// the period closes or later. Lines that an earlier answer became do not count.
func (s *Service) owedAt(query *gorm.DB, p models.Program, period models.Period) (*settlement, error) {
	plans, err := s.timeline(query, p)
	if err != nil {
		return nil, err
	}
	last := period.EndsAt.Add(-time.Microsecond)
	st := &settlement{query: query, program: p, period: period, plans: plans, last: last, members: map[models.ID]engine.Member{}}
	if err := st.tiers(); err != nil {
		return nil, err
	}
	plan, planID, ok := plans.holding(last, engine.Customer{})
	if !ok {
		return st, nil
	}
	st.planID = planID
	if len(plan.Bonuses) > 0 {
		if st.tree, err = s.snapshot(query, p.ID); err != nil {
			return nil, err
		}
		if err := st.bonuses(plan); err != nil {
			return nil, err
		}
	}
	if len(plan.Placements) > 0 {
		err = st.placements(plan)
	}
	return st, err
}

// settlement gathers the lines that one period owes as a whole.
type settlement struct {
	query   *gorm.DB
	program models.Program
	period  models.Period
	plans   timeline
	planID  models.ID
	tree    *tree.Snapshot
	last    time.Time                   // the period's last instant
	members map[models.ID]engine.Member // who was asked for
	lines   []line
}

func (st *settlement) add(kind models.CommissionKind, planID, enrollmentID models.ID, ruleID string, basis, amount int64) {
	st.lines = append(st.lines, line{enrollmentID: enrollmentID, sourceID: st.period.ID, ordinal: len(st.lines), kind: kind, planID: planID,
		ruleID: ruleID, basisMinor: basis, amountMinor: amount, maturesAt: st.last, occurredAt: st.last})
}

// tiers settles the rules whose tiers go by the period: each version's lines by that version, and the volumes of all.
func (st *settlement) tiers() error {
	for _, ruleID := range st.plans.tiered() {
		sums, err := st.volumes(ruleID, nil)
		if err != nil {
			return err
		}
		ids := make([]models.ID, len(sums))
		for i, sum := range sums {
			ids[i] = sum.enrollmentID
		}
		if err := st.ask(ids); err != nil {
			return err
		}
		for i := range sums {
			if err := st.tier(ruleID, &sums[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (st *settlement) tier(ruleID string, sum *tierSum) error {
	seller := st.members[sum.enrollmentID]
	owed, err := engine.SettleTiers(&seller, sum.volumes, st.last)
	if err != nil {
		return err
	}
	for i, o := range owed {
		if o.Owed != 0 {
			st.add(models.CommissionKindTier, sum.planIDs[i], sum.enrollmentID, ruleID, sum.volumes[i].Volume, o.Owed)
		}
	}
	return nil
}

// ofConversions are the kinds of lines that come from conversions.
var ofConversions = []models.CommissionKind{models.CommissionKindEarned, models.CommissionKindRefund, models.CommissionKindRestate}

func (st *settlement) placements(plan *engine.Plan) error {
	zone, err := time.LoadLocation(st.program.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone of program %s: %w", st.program.ID, err)
	}
	fees := map[string]engine.Placement{}
	for _, p := range plan.Placements {
		fees[p.ID] = p
	}
	var rows []models.PlacementAgreement
	err = st.query.Where("program_id = ? AND ends_at > ? AND starts_at < ?", st.program.ID, st.period.StartsAt, st.period.EndsAt).Order("id").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read placement agreements: %w", err)
	}
	for _, a := range rows {
		placement, ok := fees[a.Placement]
		if !ok {
			continue // the plan of this period has no such placement any more
		}
		agreed := engine.Agreement{Placement: a.Placement, Enrollment: engine.ID(a.EnrollmentID), From: a.StartsAt, Until: a.EndsAt}
		fee, err := placement.FeeFor(agreed, st.period.StartsAt, st.period.EndsAt, zone)
		if err != nil {
			return err
		}
		if fee != 0 {
			st.add(models.CommissionKindPlacement, st.planID, a.EnrollmentID, a.Placement, placement.FeeMinor, fee)
		}
	}
	return nil
}
