package graph

// root gives every resolver the services; the resolvers themselves are in one file per noun.
type root struct{ Services }

type (
	queryResolver    struct{ *root }
	mutationResolver struct{ *root }
)

func (r *root) Query() QueryResolver                                 { return queryResolver{r} }
func (r *root) Mutation() MutationResolver                           { return mutationResolver{r} }
func (r *root) ActiveSession() ActiveSessionResolver                 { return sessionResolver{r} }
func (r *root) Subscription() SubscriptionResolver                   { return subscriptionResolver{r} }
func (r *root) ApiKey() ApiKeyResolver                               { return apiKeyResolver{r} }
func (r *root) Attribution() AttributionResolver                     { return attributionResolver{r} }
func (r *root) AttributionCandidate() AttributionCandidateResolver   { return candidateResolver{r} }
func (r *root) Click() ClickResolver                                 { return clickResolver{r} }
func (r *root) Commission() CommissionResolver                       { return commissionResolver{r} }
func (r *root) CommissionExplanation() CommissionExplanationResolver { return explanationResolver{r} }
func (r *root) Conversion() ConversionResolver                       { return conversionResolver{r} }
func (r *root) Coupon() CouponResolver                               { return couponResolver{r} }
func (r *root) DownlineMember() DownlineMemberResolver               { return downlineResolver{r} }
func (r *root) Enrollment() EnrollmentResolver                       { return enrollmentResolver{r} }
func (r *root) Event() EventResolver                                 { return eventResolver{r} }
func (r *root) ExplainedAdjustment() ExplainedAdjustmentResolver     { return adjustmentResolver{r} }
func (r *root) ExplainedLevel() ExplainedLevelResolver               { return levelResolver{r} }
func (r *root) ExplainedPayment() ExplainedPaymentResolver           { return paymentResolver{r} }
func (r *root) Export() ExportResolver                               { return exportResolver{r} }
func (r *root) Funding() FundingResolver                             { return fundingResolver{r} }
func (r *root) LedgerProof() LedgerProofResolver                     { return proofResolver{r} }
func (r *root) Link() LinkResolver                                   { return linkResolver{r} }
func (r *root) ManualEntry() ManualEntryResolver                     { return manualResolver{r} }
func (r *root) Merchant() MerchantResolver                           { return merchantResolver{r} }
func (r *root) Partner() PartnerResolver                             { return partnerResolver{r} }
func (r *root) Payout() PayoutResolver                               { return payoutResolver{r} }
func (r *root) PayoutBatch() PayoutBatchResolver                     { return batchResolver{r} }
func (r *root) PayoutBatchProgress() PayoutBatchProgressResolver     { return progressResolver{r} }
func (r *root) PayoutAttempt() PayoutAttemptResolver                 { return attemptResolver{r} }
func (r *root) PayoutDecision() PayoutDecisionResolver               { return decisionResolver{r} }
func (r *root) PayoutStop() PayoutStopResolver                       { return stopResolver{r} }
func (r *root) PayoutPlanMover() PayoutPlanMoverResolver             { return planMoverResolver{r} }
func (r *root) PayoutPlanNotPaid() PayoutPlanNotPaidResolver         { return planNotPaidResolver{r} }
func (r *root) PayoutPlanOutlier() PayoutPlanOutlierResolver         { return planOutlierResolver{r} }
func (r *root) PayoutPlanPreview() PayoutPlanPreviewResolver         { return planPreviewResolver{r} }
func (r *root) PendingPeriod() PendingPeriodResolver                 { return pendingResolver{r} }
func (r *root) Period() PeriodResolver                               { return periodResolver{r} }
func (r *root) PlacementAgreement() PlacementAgreementResolver       { return placementResolver{r} }
func (r *root) PlanVersion() PlanVersionResolver                     { return planResolver{r} }
func (r *root) Program() ProgramResolver                             { return programResolver{r} }
func (r *root) Refund() RefundResolver                               { return refundResolver{r} }
func (r *root) RefundItem() RefundItemResolver                       { return refundItemResolver{r} }
func (r *root) AuditEntry() AuditEntryResolver                       { return auditResolver{r} }
func (r *root) Replay() ReplayResolver                               { return replayResolver{r} }
func (r *root) StalledConversion() StalledConversionResolver         { return stalledResolver{r} }
func (r *root) Statement() StatementResolver                         { return statementResolver{r} }
func (r *root) PayoutAccount() PayoutAccountResolver                 { return accountResolver{r} }
func (r *root) Reconciliation() ReconciliationResolver               { return reconciliationResolver{r} }
func (r *root) ReconciliationFinding() ReconciliationFindingResolver { return findingResolver{r} }
func (r *root) SponsorChange() SponsorChangeResolver                 { return sponsorChangeResolver{r} }
func (r *root) SponsorChangePreview() SponsorChangePreviewResolver   { return sponsorPreviewResolver{r} }
func (r *root) SponsorChangePreviewPartner() SponsorChangePreviewPartnerResolver {
	return previewPartnerResolver{r}
}
func (r *root) SponsorSpan() SponsorSpanResolver         { return sponsorSpanResolver{r} }
func (r *root) StaffMember() StaffMemberResolver         { return staffResolver{r} }
func (r *root) StripeKey() StripeKeyResolver             { return stripeKeyResolver{r} }
func (r *root) WhatIf() WhatIfResolver                   { return whatIfResolver{r} }
func (r *root) WhatIfPartner() WhatIfPartnerResolver     { return whatIfPartnerResolver{r} }
func (r *root) WebhookDelivery() WebhookDeliveryResolver { return deliveryResolver{r} }
func (r *root) WebhookEndpoint() WebhookEndpointResolver { return endpointResolver{r} }
func (r *root) Viewer() ViewerResolver                   { return viewerResolver{r} }
