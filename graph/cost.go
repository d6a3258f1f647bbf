package graph

import (
	"reflect"

	"tributary/internal/payout"
	"tributary/models"
)

// The costs of what is no plain field.
const (
	listCost     = 5      // entries assumed in a short list without paging
	treeCost     = 50     // a walk through a tree
	earningsCost = 200    // a walk through a tree and all that was earned in it
	ledgerCost   = 500    // a look at everything
	fileCost     = 50     // a long text
	checkCost    = 500    // a plan compiled, and its examples run
	planCost     = 5_000  // every balance of a program, and the rails asked
	explainCost  = 800    // a line priced again, with all that it takes to read
	previewCost  = 20_000 // many conversions priced again
	passwordCost = 30_000 // a password hashed: one in a request, so that nobody tries many at once
	pageBase     = 10     // one statement
	countCost    = 20     // for each entry that the page may hold, as all that is selected in it
	maxCostPart  = 1 << 30
)

// costOfPage charges for as many entries as the page may hold. Sizes that are refused later are charged as the largest.
func costOfPage(child int, first, last *int) int {
	size := models.DefaultPageSize
	for _, asked := range []*int{first, last} {
		if asked != nil {
			size = models.MaxPageSize
			if *asked >= 1 && *asked < models.MaxPageSize {
				size = *asked
			}
		}
	}
	return pageBase + min(child, maxCostPart/models.MaxPageSize)*size
}

func times(n int) func(int) int {
	return func(child int) int { return 1 + min(child, maxCostPart/n)*n }
}

// isPage tells whether costs are those of a connection: its last arguments are first, after, last and before.
func isPage(cost reflect.Type) bool {
	n, number, text := cost.NumIn(), reflect.TypeFor[*int](), reflect.TypeFor[*string]()
	return n >= 5 && cost.In(n-4) == number && cost.In(n-3) == text && cost.In(n-2) == number && cost.In(n-1) == text
}

func pageCost(in []reflect.Value) []reflect.Value {
	n := len(in)
	first, _ := in[n-4].Interface().(*int)
	last, _ := in[n-2].Interface().(*int)
	return []reflect.Value{reflect.ValueOf(costOfPage(int(in[0].Int()), first, last))}
}

// setCosts gives every connection its cost, found by the shape of its arguments, so that none is forgotten; and the
// other dear fields theirs.
func setCosts(c *ComplexityRoot) {
	types := reflect.ValueOf(c).Elem()
	for i := range types.NumField() {
		fields := types.Field(i)
		for j := range fields.NumField() {
			if fields.Type().Field(j).Name == "TotalCount" {
				fields.Field(j).Set(reflect.ValueOf(func(int) int { return countCost }))
			}
			if cost := fields.Field(j).Type(); isPage(cost) {
				fields.Field(j).Set(reflect.MakeFunc(cost, pageCost))
			}
		}
	}
	c.WhatIf.Levels, c.WhatIf.Rules, c.WhatIf.Settlements, c.WhatIf.Problems = times(listCost), times(listCost), times(listCost), times(listCost)
	c.SponsorChange.Preview = func(child int) int { return previewCost + min(child, maxCostPart) }
	c.Query.SponsorChangePreview = func(child int, _ string, _ *string) int { return previewCost + min(child, maxCostPart) }
	c.SponsorChangePreview.Gains, c.SponsorChangePreview.Losses = times(previewPartners), times(previewPartners)
	c.Query.PayoutPlanPreview = func(child int, _ string) int { return planCost + min(child, maxCostPart) }
	c.PayoutPlanPreview.NotPaid, c.PayoutPlanPreview.Outliers = times(planPreviewRows), times(planPreviewRows)
	c.PayoutPlanPreview.Newcomers, c.PayoutPlanPreview.Leavers = times(planPreviewRows), times(planPreviewRows)
	c.PayoutPlanPreview.Totals = times(listCost)
	c.Conversion.Commissions = times(listCost)
	c.Conversion.Refunds = times(listCost)
	c.Commission.Explanation = func(child int) int { return explainCost + min(child, maxCostPart) }
	c.Mutation.SignIn = func(child int, _ SignInInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.ChangePassword = func(child int, _ ChangePasswordInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.StartTotp = func(child int, _ StartTotpInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.DisableTotp = func(child int, _ DisableTotpInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.SignUpMerchant = func(child int, _ SignUpMerchantInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.SignUpPartner = func(child int, _ SignUpPartnerInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.AcceptStaffInvite = func(child int, _ AcceptStaffInviteInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.ResetPassword = func(child int, _ ResetPasswordInput) int { return passwordCost + min(child, maxCostPart) }
	c.Mutation.ChangeEmail = func(child int, _ ChangeEmailInput) int { return passwordCost + min(child, maxCostPart) }
	c.Viewer.Sessions = times(listCost)
	c.PlanVersion.PlanFile = func(int) int { return fileCost }
	c.Query.CheckPlanFile = func(child int, _ string) int { return checkCost + min(child, maxCostPart) }
	c.Enrollment.Upline = func(child int, levels *int) int {
		n := 1
		if levels != nil {
			n = min(max(*levels, 1), 100)
		}
		return treeCost + min(child, maxCostPart/100)*n
	}
	c.Enrollment.SubtreeSize = func(int) int { return treeCost }
	c.Enrollment.SubtreeEarnings = func(child int) int { return earningsCost + min(child, maxCostPart) }
	c.PayoutBatch.Preview = func(child int) int { return planCost + min(child, maxCostPart) }
	c.PayoutBatch.BankFile = func(int) int { return ledgerCost }
	c.Program.Funding = func(child int) int { return ledgerCost + min(child, maxCostPart) }
	c.Funding.Pending = times(listCost)
	c.Funding.Maturing = func(child int) int { return ledgerCost + min(child, maxCostPart) }
	c.Maturing.Days = times(payout.MaturingDays)
	c.Program.LedgerProof = func(child int) int { return ledgerCost + min(child, maxCostPart) }
}
