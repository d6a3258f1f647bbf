package commission

import (
	"fmt"
	"slices"
	"time"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

// booked explains a line by hand: its reason, who booked it, and the line that takes it back.
func (x *explainer) booked() error {
	line := &x.e.Line
	x.e.Agrees, x.e.Plan.Choice = true, PlanOfBooking
	x.hold(nil)
	var notes []models.ManualLine
	if err := x.query.Where("commission_id = ? OR reverses_id = ?", line.ID, line.ID).Find(&notes).Error; err != nil {
		return fmt.Errorf("read lines by hand: %w", err)
	}
	for _, n := range notes {
		if n.CommissionID == line.ID {
			text := fmt.Sprintf("%s, booked by %s", n.Reason, n.Actor)
			if n.ReversesID != nil {
				text = fmt.Sprintf("takes back %s: %s", n.ReversesID.Format(models.PrefixCommission), text)
			}
			x.stepHiding(StepBooked, line.AmountMinor, text, n.Reason)
			continue
		}
		var back models.Commission
		if err := x.query.Where("id = ?", n.CommissionID).Take(&back).Error; err != nil {
			return fmt.Errorf("read reversal: %w", err)
		}
		x.e.Adjustments = append(x.e.Adjustments, ExplainedAdjustment{Line: back, Cause: "taken back by hand: " + n.Reason, Amount: x.amount(back.AmountMinor)})
		x.e.ComesTo = x.amount(line.AmountMinor + back.AmountMinor)
	}
	return nil
}

// worked ends the explanation of a line made at a close: again is what it comes to now.
func (x *explainer) worked(choice PlanChoice, again int64) {
	line := &x.e.Line
	x.e.Agrees, x.e.Plan.Choice, x.e.Recomputed = true, choice, x.ref(again)
	x.hold(nil)
	if again != line.AmountMinor {
		x.differs("worked out again it comes to %s, and %s is stored", x.amount(again), x.amount(line.AmountMinor))
	}
}

// lastInstant is when what is settled by the period counts as of.
func (x *explainer) lastInstant() time.Time { return x.period.EndsAt.Add(-time.Microsecond) }

// tier explains what the volume of a period earns beyond its lines.
func (x *explainer) tier() error {
	line := &x.e.Line
	settled := &settlement{query: x.query, period: x.period, plans: x.plans, members: map[models.ID]engine.Member{}}
	if err := settled.ask([]models.ID{line.EnrollmentID}); err != nil {
		return err
	}
	sums, err := settled.volumes(line.RuleID, &line.EnrollmentID)
	if err != nil {
		return err
	}
	sums = append(sums, tierSum{}) // of a line that nothing is left of
	n := slices.Index(sums[0].planIDs, line.PlanVersionID)
	if n < 0 {
		x.worked(PlanOfVolume, 0)
		return nil
	}
	seller := settled.members[line.EnrollmentID]
	all, err := engine.SettleTiers(&seller, sums[0].volumes, x.lastInstant())
	if err != nil {
		return err
	}
	x.settled(&sums[0].volumes[n], &all[n])
	x.worked(PlanOfVolume, all[n].Owed)
	return nil
}

// settled shows how the tiers of a version pay for its part of the volume.
func (x *explainer) settled(v *engine.TierVolume, o *engine.TierOwed) {
	upTo := o.Before + v.Volume
	x.e.Basis = []ExplainedPart{{What: "volume of the period by rule " + v.Rule.ID, Amount: x.amount(o.Whole)}}
	if v.Volume != o.Whole {
		x.e.Basis = append(x.e.Basis, ExplainedPart{What: "of it by this version of the plan", Amount: x.amount(v.Volume)})
	}
	x.tiers(o.Reward, o.Whole, upTo)
	x.step(StepTiers, o.Earned, "%s%s", x.tiersText(o.Reward, o.Whole, upTo, o.Earned), overrideText(o.Overridden))
	earned := o.Earned - o.Less
	if o.Before != 0 {
		x.step(StepDifference, earned, "%s less the %s for %s of volume that earlier versions of the plan priced", x.amount(o.Earned).Decimal(), x.amount(o.Less).Decimal(), x.amount(o.Before).Decimal())
	}
	x.step(StepDifference, o.Owed, "%s less the %s that the period's lines paid before", x.amount(earned).Decimal(), x.amount(v.Paid).Decimal())
}

// bonus explains a goal that was met. What it was met with is on the line; for sales of recruits, the amount tells how many.
func (x *explainer) bonus() error {
	line := &x.e.Line
	b, ok := x.plan.BonusByID(line.RuleID)
	if !ok {
		x.worked(PlanOfClose, 0)
		return nil
	}
	x.e.Basis = []ExplainedPart{{What: "own volume of the period", Amount: x.amount(line.BasisMinor)}}
	again, text := b.AmountMinor, ""
	switch {
	case b.RecruitSells:
		recruits := line.AmountMinor / max(b.AmountMinor, 1)
		again = recruits * b.AmountMinor
		text = fmt.Sprintf("%s for each recruit who made its first sale in the period: %d", x.amount(b.AmountMinor).Decimal(), recruits)
	case b.FirstSale:
		text = "the first sale ever was in the period"
	case b.ReachMinor > 0:
		text = fmt.Sprintf("the volume of %s reached %s", x.amount(line.BasisMinor).Decimal(), x.amount(b.ReachMinor).Decimal())
		if line.BasisMinor < b.ReachMinor {
			again = 0
		}
	default:
		text = fmt.Sprintf("%d sales were reached", b.ReachSales)
	}
	if b.Once {
		text += "; paid once"
	}
	x.step(StepGoal, again, "bonus %s: %s", b.ID, text)
	x.worked(PlanOfClose, again)
	return nil
}

// placement explains the fee of an agreement, by the days on which it was active.
func (x *explainer) placement() error {
	line := &x.e.Line
	p, ok := x.plan.PlacementByID(line.RuleID)
	if !ok {
		x.worked(PlanOfClose, 0)
		return nil
	}
	zone, err := time.LoadLocation(x.program.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone of program %s: %w", x.program.ID, err)
	}
	var agreed []models.PlacementAgreement
	err = x.query.Where("enrollment_id = ? AND placement = ? AND ends_at > ? AND starts_at < ?", line.EnrollmentID, p.ID, x.period.StartsAt, x.period.EndsAt).
		Order("id").Find(&agreed).Error
	if err != nil {
		return fmt.Errorf("read placement agreements: %w", err)
	}
	x.e.Basis = []ExplainedPart{{What: "fee of placement " + p.ID, Amount: x.amount(p.FeeMinor)}}
	var again int64
	for _, a := range agreed { // several may share the period; the line is of the one with its fee
		fee, err := p.FeeFor(engine.Agreement{From: a.StartsAt, Until: a.EndsAt}, x.period.StartsAt, x.period.EndsAt, zone)
		if err != nil {
			return err
		}
		if again = fee; fee == line.AmountMinor {
			x.step(StepFee, fee, "%s", x.feeText(p, &a, zone))
			break
		}
	}
	x.worked(PlanOfClose, again)
	return nil
}

func (x *explainer) feeText(p engine.Placement, a *models.PlacementAgreement, zone *time.Location) string {
	until := "open"
	if a.EndsAt.Before(models.OpenEnd) {
		until = a.EndsAt.In(zone).Format(time.DateOnly)
	}
	return fmt.Sprintf("%s for the period, by the days on which the agreement was active (from %s, until %s)", money.New(p.FeeMinor, x.e.Currency).Decimal(), a.StartsAt.In(zone).Format(time.DateOnly), until)
}
