package notify

// Kind is what the documentation says of a type: the struct of its data, and when it happens.
type Kind struct {
	Type Type
	Data any
	When string
}

// Kinds is every type of event there is, in the order of the documentation.
var Kinds = []Kind{
	{ProgramCreated, ProgramData{}, "a program is created"},
	{ProgramUpdated, ProgramData{}, "a program's settings are applied again"},
	{TermsPublished, TermsData{}, "a version of the terms is published"},
	{TermsAccepted, TermsData{}, "an enrollment accepts a version of the terms"},
	{PlanPublished, PlanData{}, "a version of the plan is published"},

	{EnrollmentRequested, EnrollmentData{}, "a partner asks to join"},
	{EnrollmentApproved, EnrollmentData{}, "an enrollment is active: approved, or so from the start"},
	{EnrollmentDeclined, EnrollmentData{}, "the merchant declines a partner"},
	{EnrollmentSuspended, EnrollmentData{}, "an enrollment is suspended"},
	{EnrollmentReactivated, EnrollmentData{}, "a suspended enrollment is active again"},
	{EnrollmentUpdated, EnrollmentData{}, "its group, tags or rail change"},
	{EnrollmentHeld, EnrollmentData{}, "its payouts are held"},
	{EnrollmentReleased, EnrollmentData{}, "its payouts are held no longer"},

	{SponsorRequested, SponsorChangeData{}, "another sponsor is asked for"},
	{SponsorApproved, SponsorChangeData{}, "the request is approved"},
	{SponsorDeclined, SponsorChangeData{}, "the request is declined"},
	{SponsorCanceled, SponsorChangeData{}, "the request is taken back"},
	{SponsorApplied, SponsorChangeData{}, "the enrollment has the other sponsor"},
	{SponsorRefused, SponsorChangeData{}, "the tree does not allow the approved change"},

	{LinkCreated, LinkData{}, "a link is made"},
	{LinkDeactivated, LinkData{}, "a link is ended"},
	{LinkReactivated, LinkData{}, "a link is opened again"},
	{CouponCreated, CouponData{}, "a coupon is made"},
	{CouponDeactivated, CouponData{}, "a coupon is ended"},
	{CouponReactivated, CouponData{}, "a coupon counts again"},

	{ConversionRecorded, ConversionData{}, "a conversion is recorded, and is not held"},
	{ConversionHeld, ConversionData{}, "a conversion is recorded, and is held"},
	{ConversionRestated, ConversionData{}, "a further revision of a conversion is recorded"},
	{ConversionReleased, ConversionData{}, "the hold of a conversion is ended"},
	{ConversionVoided, RefundData{}, "a conversion does not count at all any more"},
	{ConversionStalled, StallData{}, "a conversion cannot be priced and is put aside"},
	{ConversionRetried, StallData{}, "a conversion that was put aside is to be priced again"},
	{RefundRecorded, RefundData{}, "a refund is recorded"},
	{ChargebackRecorded, RefundData{}, "a chargeback is recorded"},
	{ChargebackWon, RefundData{}, "a chargeback is won: what it took is given again"},

	{CommissionPosted, CommissionData{}, "lines of an enrollment are booked: one event for all its lines of one journal"},
	{PlacementAgreed, PlacementData{}, "a placement is agreed"},
	{PlacementEndChanged, PlacementData{}, "an agreement gets another end"},
	{PeriodClosed, PeriodData{}, "a period is closed"},
	{StatementReady, StatementData{}, "an enrollment's statement of a closed period is there"},

	{BatchPlanned, BatchData{}, "a batch is planned"},
	{BatchApproved, BatchData{}, "a batch is approved"},
	{BatchExecuting, BatchData{}, "a batch is started or goes on"},
	{BatchPaused, BatchData{}, "a batch is paused, or approved again while it is"},
	{BatchReconciling, BatchData{}, "the last payout of a batch ended"},
	{BatchCompared, ComparisonData{}, "a batch is compared with the rail before it closes, or a comparison differs"},
	{BatchClosed, BatchData{}, "a batch is reconciled and closed"},
	{BatchCanceled, BatchData{}, "a batch is given up"},

	{PayoutPlanned, PayoutData{}, "a payout is planned"},
	{PayoutHeld, PayoutData{}, "a payout is not paid; it stays payable"},
	{PayoutCarried, PayoutData{}, "a payout is under the minimum, or a debt; it stays payable"},
	{PayoutCanceled, PayoutData{}, "a payout is canceled with its batch"},
	{PayoutReady, PayoutData{}, "a payout may be sent"},
	{PayoutSending, PayoutData{}, "a payout is on its way"},
	{PayoutUnknown, PayoutData{}, "whether a payout was made is not known yet"},
	{PayoutNeedsReview, PayoutData{}, "people must decide about a payout"},
	{PayoutTransferred, PayoutData{}, "a payout is paid, or what was paid of it is corrected"},
	{PayoutPartlyReversed, PayoutData{}, "a part of a payout came back"},
	{PayoutReversed, PayoutData{}, "all of a payout came back"},

	{DecisionRequested, DecisionData{}, "a person asks for a decision about a payout or a difference"},
	{DecisionConfirmed, DecisionData{}, "a second person confirms it, or one person alone did it"},
	{DecisionDeclined, DecisionData{}, "it is declined"},

	{EndpointCreated, EndpointData{}, "an address is to be told of events"},
	{EndpointUpdated, EndpointData{}, "its address or its types change"},
	{EndpointRotated, EndpointData{}, "it has another secret"},
	{EndpointParked, EndpointData{}, "it is told of nothing any more"},
	{EndpointUnparked, EndpointData{}, "it is told again, from where it was parked"},
	{EndpointReplayed, EndpointData{}, "it is told again from an earlier number, or further on"},
}
