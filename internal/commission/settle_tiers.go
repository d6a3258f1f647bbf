package commission

import (
	"fmt"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// tiered gives the rules that are settled by the period in any version, in their order in the latest that has them.
func (t timeline) tiered() []string {
	var ids []string
	for _, plan := range t.plans {
		for i := range plan.Rules {
			if r := &plan.Rules[i]; r.Reward.ByPeriod && !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids
}

// tierSum is what the lines of one seller by the rules of one id come to in a period, the earliest version first.
type tierSum struct {
	enrollmentID models.ID
	planIDs      []models.ID
	volumes      []engine.TierVolume
}

// volumes sums the period's lines by the rules of one id that are settled by the period, of one seller or of all, in one
// statement.
func (st *settlement) volumes(ruleID string, of *models.ID) ([]tierSum, error) {
	rules, ids := map[models.ID]*engine.Rule{}, []models.ID{}
	for i, plan := range st.plans.plans {
		if r := plan.RuleByID(ruleID); r != nil && r.Reward.ByPeriod {
			rules[st.plans.ids[i]], ids = r, append(ids, st.plans.ids[i])
		}
	}
	query := st.query.Model(&models.Commission{}).Where("period_id = ? AND plan_version_id IN ? AND rule_id = ? AND level = 0 AND kind IN ?",
		st.period.ID, ids, ruleID, ofConversions)
	if of != nil {
		query = query.Where("enrollment_id = ?", *of)
	}
	var rows []struct {
		EnrollmentID, PlanVersionID models.ID
		Volume, Paid                int64
	}
	err := query.Group("enrollment_id, plan_version_id").Select("enrollment_id, plan_version_id, SUM(basis_minor) AS volume, SUM(amount_minor) AS paid").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum volumes: %w", err)
	}
	byVersion := make(map[[2]models.ID]engine.TierVolume, len(rows))
	sellers := map[models.ID]bool{}
	for _, r := range rows {
		byVersion[[2]models.ID{r.EnrollmentID, r.PlanVersionID}] = engine.TierVolume{Rule: rules[r.PlanVersionID], Volume: r.Volume, Paid: r.Paid}
		sellers[r.EnrollmentID] = true
	}
	sums := make([]tierSum, 0, len(sellers))
	for _, id := range sortedIDs(sellers) {
		sum := tierSum{enrollmentID: id}
		for _, planID := range slices.Backward(ids) {
			if v, ok := byVersion[[2]models.ID{id, planID}]; ok {
				sum.planIDs, sum.volumes = append(sum.planIDs, planID), append(sum.volumes, v)
			}
		}
		sums = append(sums, sum)
	}
	return sums, nil
}
