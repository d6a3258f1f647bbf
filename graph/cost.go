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
	maxCostPart  = 1 << 30
)

type pageCost = func(childComplexity int, first *int, after *string, last *int, before *string) int

// costOfPage charges for as many entries as the page may hold. Sizes that are refused later are charged as the largest.
func costOfPage(child int, first *int, _ *string, last *int, _ *string) int {
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

// setCosts gives every connection its cost, found by the shape of its arguments, so that none is forgotten; and the
// other dear fields theirs.
func setCosts(c *ComplexityRoot) {
	page := reflect.TypeFor[pageCost]()
	types := reflect.ValueOf(c).Elem()
	for i := range types.NumField() {
		fields := types.Field(i)
		for j := range fields.NumField() {
			if fields.Field(j).Type() == page {
				fields.Field(j).Set(reflect.ValueOf(costOfPage))
			}
		}
	}
	c.WhatIf.Partners = func(child int, _ WhatIfOrder, first *int, after *string, last *int, before *string) int {
		return costOfPage(child, first, after, last, before)
	}
	c.WhatIf.Levels, c.WhatIf.Rules, c.WhatIf.Settlements, c.WhatIf.Problems = times(listCost), times(listCost), times(listCost), times(listCost)
	c.Program.SponsorChanges = func(child int, _ *models.SponsorChangeState, first *int, after *string, last *int, before *string) int {
		return costOfPage(child, first, after, last, before)
	}
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
