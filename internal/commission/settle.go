package commission

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/internal/tree"
	"tributary/models"
)

// settle adds the lines that are owed for the period as a whole.
func (s *Service) settle(tx *models.Tx, p models.Program, period models.Period) error {
	owed, err := s.owedAt(tx.DB, p, period)
	if err != nil || len(owed) == 0 {
		return err
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return err
	}
	posting := newPosting(tx, p, cal)
	for _, l := range owed {
		if _, err := posting.add(l); err != nil {
			return err
		}
	}
	return posting.write("settle:" + period.ID.String())
}

// owedAt works out what the plan owes for a period as a whole, from the lines in it: the same whether it is asked when
// the period closes or later. Lines that an earlier answer became do not count.
func (s *Service) owedAt(query *gorm.DB, p models.Program, period models.Period) ([]line, error) {
	plans, err := s.timeline(query, p)
	if err != nil {
		return nil, err
	}
	last := period.EndsAt.Add(-time.Microsecond)
	st := &settlement{query: query, program: p, period: period, plans: plans, last: last}
	if err := st.tiers(); err != nil {
		return nil, err
	}
	plan, planID, ok := plans.holding(last, engine.Customer{})
	if !ok {
		return st.lines, nil
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
	return st.lines, err
}

// settlement gathers the lines that one period owes as a whole.
type settlement struct {
	query   *gorm.DB
	program models.Program
	period  models.Period
	plans   timeline
	planID  models.ID
	tree    *tree.Snapshot
	last    time.Time // the period's last instant
	lines   []line
}

func (st *settlement) add(kind models.CommissionKind, planID, enrollmentID models.ID, ruleID string, basis, amount int64) {
	st.lines = append(st.lines, line{enrollmentID: enrollmentID, sourceID: st.period.ID, ordinal: len(st.lines), kind: kind, planID: planID,
		ruleID: ruleID, basisMinor: basis, amountMinor: amount, maturesAt: st.last, occurredAt: st.last})
}

// tiers settles the rules whose tiers go by the period: each version's lines by that version.
func (st *settlement) tiers() error {
	for i, plan := range st.plans.plans {
		for n := range plan.Rules {
			if r := &plan.Rules[n]; r.Reward.ByPeriod {
				if err := st.tier(r, st.plans.ids[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (st *settlement) tier(r *engine.Rule, planID models.ID) error {
	var sums []struct {
		EnrollmentID models.ID
		Volume, Paid int64
	}
	err := st.query.Model(&models.Commission{}).Where("period_id = ? AND plan_version_id = ? AND rule_id = ? AND level = 0 AND kind IN ?",
		st.period.ID, planID, r.ID, ofConversions).Group("enrollment_id").Order("enrollment_id").
		Select("enrollment_id, SUM(basis_minor) AS volume, SUM(amount_minor) AS paid").Scan(&sums).Error
	if err != nil {
		return fmt.Errorf("sum volumes: %w", err)
	}
	ids := make([]models.ID, len(sums))
	for i, sum := range sums {
		ids[i] = sum.EnrollmentID
	}
	sellers, err := membersByID(st.query, ids)
	if err != nil {
		return err
	}
	for _, sum := range sums {
		seller := sellers[sum.EnrollmentID]
		owed, err := r.SettleTier(&seller, sum.Volume, sum.Paid, st.last)
		if err != nil {
			return err
		}
		if owed != 0 {
			st.add(models.CommissionKindTier, planID, sum.EnrollmentID, r.ID, sum.Volume, owed)
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

func (st *settlement) bonuses(plan *engine.Plan) error {
	achieved, err := st.achievements()
	if err != nil {
		return err
	}
	ids := slices.SortedFunc(maps.Keys(achieved), compareIDs)
	members, err := membersByID(st.query, ids)
	if err != nil {
		return err
	}
	for _, bonus := range plan.Bonuses {
		paid, err := st.paidOnce(bonus, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			a := *achieved[id]
			a.Group = members[id].Group
			amount, err := bonus.Pays(a)
			if err != nil {
				return err
			}
			if amount != 0 && !paid[id] {
				st.add(models.CommissionKindBonus, st.planID, id, bonus.ID, a.VolumeMinor, amount)
			}
		}
	}
	return nil
}

// paidOnce gives who had a bonus that is paid once in an earlier period.
func (st *settlement) paidOnce(b engine.Bonus, ids []models.ID) (map[models.ID]bool, error) {
	paid := map[models.ID]bool{}
	if !b.Once {
		return paid, nil
	}
	err := inChunks(ids, func(part []models.ID) error {
		var had []models.ID
		err := st.query.Model(&models.Commission{}).Joins("JOIN periods q ON q.id = commissions.period_id").
			Where("commissions.enrollment_id IN ? AND commissions.kind = ? AND commissions.rule_id = ? AND q.starts_at < ?", part, models.CommissionKindBonus, b.ID, st.period.StartsAt).
			Distinct().Pluck("commissions.enrollment_id", &had).Error
		for _, id := range had {
			paid[id] = true
		}
		if err != nil {
			return fmt.Errorf("read earlier bonuses: %w", err)
		}
		return nil
	})
	return paid, err
}

// sold is what a seller's lines in the period say of one conversion.
type sold struct {
	EnrollmentID, SourceID models.ID
	Volume                 int64
	OccurredAt             time.Time
}

// achievements sums what every enrollment did in the period, from the sellers' lines in it.
func (st *settlement) achievements() (map[models.ID]*engine.Achieved, error) {
	found := map[models.ID]*engine.Achieved{}
	of := func(id models.ID) *engine.Achieved {
		if found[id] == nil {
			found[id] = &engine.Achieved{}
		}
		return found[id]
	}
	var rows []sold
	err := st.query.Model(&models.Commission{}).Where("period_id = ? AND level = 0 AND kind IN ?", st.period.ID, ofConversions).
		Group("enrollment_id, source_id, occurred_at").Select("enrollment_id, source_id, occurred_at, SUM(basis_minor) AS volume").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum sales: %w", err)
	}
	slices.SortFunc(rows, func(a, b sold) int {
		return cmp.Or(compareIDs(a.EnrollmentID, b.EnrollmentID), a.OccurredAt.Compare(b.OccurredAt), compareIDs(a.SourceID, b.SourceID))
	})
	firsts := map[models.ID]sold{}
	for _, r := range rows {
		a := of(r.EnrollmentID)
		a.VolumeMinor += r.Volume
		if r.Volume <= 0 {
			continue
		}
		if a.Sales++; a.Sales == 1 {
			firsts[r.EnrollmentID] = r
		}
	}
	before, err := st.soldBefore(slices.SortedFunc(maps.Keys(firsts), compareIDs))
	if err != nil {
		return nil, err
	}
	for id, first := range firsts {
		if before[id] {
			continue
		}
		of(id).FirstSale = true
		if above := st.tree.Upline(nil, id, first.OccurredAt, 1); len(above) == 1 {
			of(above[0]).RecruitsSold++
		}
	}
	return found, nil
}

// soldBefore gives who has lines of an own sale in an earlier period.
func (st *settlement) soldBefore(ids []models.ID) (map[models.ID]bool, error) {
	before := map[models.ID]bool{}
	err := inChunks(ids, func(part []models.ID) error {
		var had []models.ID
		err := st.query.Model(&models.Commission{}).Joins("JOIN periods q ON q.id = commissions.period_id").
			Where("commissions.enrollment_id IN ? AND commissions.kind = ? AND commissions.level = 0 AND q.starts_at < ?", part, models.CommissionKindEarned, st.period.StartsAt).
			Distinct().Pluck("commissions.enrollment_id", &had).Error
		for _, id := range had {
			before[id] = true
		}
		if err != nil {
			return fmt.Errorf("read earlier sales: %w", err)
		}
		return nil
	})
	return before, err
}
