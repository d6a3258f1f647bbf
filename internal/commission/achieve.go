package commission

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/models"
)

func (st *settlement) bonuses(plan *engine.Plan) error {
	achieved, err := st.achievements()
	if err != nil {
		return err
	}
	ids := slices.SortedFunc(maps.Keys(achieved), compareIDs)
	if err := st.ask(slices.Clone(ids)); err != nil {
		return err
	}
	for _, bonus := range plan.Bonuses {
		paid, err := st.paidOnce(bonus, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			a := *achieved[id]
			a.Group = st.members[id].Group
			if st.members[id].Inactive {
				a.RecruitsSold = 0 // who is not active earns nothing from its downline
			}
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

// sold is a conversion that was earned in a period and of which something was left there: one that is taken back before
// the close was no sale, and one that is corrected later is not another.
type sold struct {
	EnrollmentID, SourceID models.ID
	OccurredAt             time.Time
}

// sellersLines are the lines of sellers that come from conversions.
func (st *settlement) sellersLines() *gorm.DB {
	return st.query.Model(&models.Commission{}).Where("commissions.level = 0 AND commissions.kind IN ?", ofConversions)
}

const wasSold = "SUM(commissions.basis_minor) > 0 AND SUM(CASE WHEN commissions.kind = 'EARNED' THEN 1 ELSE 0 END) > 0"

// achievements sums what every enrollment did in the period, from the sellers' lines in it.
func (st *settlement) achievements() (map[models.ID]*engine.Achieved, error) {
	var volumes []struct {
		EnrollmentID models.ID
		Minor        int64
	}
	err := st.sellersLines().Where("period_id = ?", st.period.ID).Group("enrollment_id").Select("enrollment_id, SUM(basis_minor) AS minor").Scan(&volumes).Error
	if err != nil {
		return nil, fmt.Errorf("sum volumes: %w", err)
	}
	found := make(map[models.ID]*engine.Achieved, len(volumes))
	for _, v := range volumes {
		found[v.EnrollmentID] = &engine.Achieved{VolumeMinor: v.Minor}
	}
	var sales []sold
	err = st.sellersLines().Where("period_id = ?", st.period.ID).Group("enrollment_id, source_id, occurred_at").Having(wasSold).
		Select("enrollment_id, source_id, occurred_at").Scan(&sales).Error
	if err != nil {
		return nil, fmt.Errorf("read sales: %w", err)
	}
	slices.SortFunc(sales, func(a, b sold) int {
		return cmp.Or(compareIDs(a.EnrollmentID, b.EnrollmentID), a.OccurredAt.Compare(b.OccurredAt), compareIDs(a.SourceID, b.SourceID))
	})
	firsts := map[models.ID]sold{}
	for _, s := range sales {
		a := found[s.EnrollmentID]
		if a.Sales++; a.Sales == 1 {
			firsts[s.EnrollmentID] = s
		}
	}
	return found, st.firstSales(firsts, found)
}

// firstSales tells whose first sale of all was in the period, and counts it for the sponsor of that time.
func (st *settlement) firstSales(firsts map[models.ID]sold, found map[models.ID]*engine.Achieved) error {
	ids := slices.SortedFunc(maps.Keys(firsts), compareIDs)
	before, err := st.soldBefore(ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if before[id] {
			continue
		}
		found[id].FirstSale = true
		for _, sponsor := range st.tree.Upline(nil, id, firsts[id].OccurredAt, 1) {
			if found[sponsor] == nil {
				found[sponsor] = &engine.Achieved{}
			}
			found[sponsor].RecruitsSold++
		}
	}
	return nil
}

// soldBefore gives who sold in an earlier period.
func (st *settlement) soldBefore(ids []models.ID) (map[models.ID]bool, error) {
	before := map[models.ID]bool{}
	err := inChunks(ids, func(part []models.ID) error {
		var had []models.ID
		err := st.sellersLines().Joins("JOIN periods q ON q.id = commissions.period_id").
			Where("commissions.enrollment_id IN ? AND q.starts_at < ?", part, st.period.StartsAt).
			Group("commissions.enrollment_id, commissions.source_id, q.id").Having(wasSold).Pluck("commissions.enrollment_id", &had).Error
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
