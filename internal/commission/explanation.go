package commission

import (
	"time"

	"tributary/internal/money"
	"tributary/models"
)

// Explanation says how one line came about and what became of it. It is worked out by the engine that priced the line,
// from the facts that were kept with it; where it does not come to the same, Agrees is false and Problem says why. What
// the caller may not see is left out.
type Explanation struct {
	Line        models.Commission
	Currency    money.Currency
	Agrees      bool
	Recomputed  *money.Amount // nil when the line cannot be worked out again
	Problem     string
	Conversion  *models.Conversion // the revision that was priced; nil for a line of no conversion
	Attribution *models.Attribution
	Candidates  []ExplainedCandidate
	Plan        ExplainedPlan
	Rules       []ExplainedRule
	Basis       []ExplainedPart
	Steps       []ExplainedStep
	Tiers       []ExplainedTier
	Caps        []ExplainedCap
	Levels      []ExplainedLevel
	Hold        ExplainedHold
	Adjustments []ExplainedAdjustment
	ComesTo     money.Amount // the line with everything that adjusts it
	Waiting     int          // refunds and revisions of the conversion that are not priced yet
	Payment     ExplainedPayment
}

// ExplainedCandidate is one touch that could have won the conversion.
type ExplainedCandidate struct {
	Method models.AttributionMethod `json:"method"`
	Who    string                   `json:"who"`
	Won    bool                     `json:"won"`
	Reason string                   `json:"reason"`
}

// PlanChoice says why a plan version priced a line.
type PlanChoice string

// The reasons.
const (
	PlanOfSale      PlanChoice = "SALE"       // it held when the conversion happened
	PlanOfFirstSale PlanChoice = "FIRST_SALE" // it held at the customer's first conversion, and renewals keep it
	PlanOfClose     PlanChoice = "CLOSE"      // it held at the period's last instant
	PlanOfVolume    PlanChoice = "VOLUME"     // it priced the lines whose volume was settled
	PlanOfBooking   PlanChoice = "BOOKING"    // it held when the line was booked by hand
)

// ExplainedPlan is the version that priced the line.
type ExplainedPlan struct {
	Version models.PlanVersion `json:"-"`
	Number  int                `json:"number"`
	Hash    string             `json:"contentHash"`
	Since   time.Time          `json:"effectiveAt"`
	Choice  PlanChoice         `json:"choice"`
}

// RuleVerdict says what a rule did.
type RuleVerdict string

// The verdicts of rules.
const (
	RuleTook           RuleVerdict = "TOOK"
	RuleRefused        RuleVerdict = "REFUSED"     // it took its part, and pays nothing for it
	RulePaysNobody     RuleVerdict = "PAYS_NOBODY" // it took its part, and can pay nobody whatever the sale
	RuleOtherKind      RuleVerdict = "OTHER_KIND"
	RuleConditionFalse RuleVerdict = "CONDITION_FALSE"
	RuleNoItems        RuleVerdict = "NO_ITEMS"
	RuleNothingLeft    RuleVerdict = "NOTHING_LEFT"
	RuleNotAsked       RuleVerdict = "NOT_ASKED" // an earlier one had taken the rest
)

// ExplainedRule is one rule of the plan, in its order.
type ExplainedRule struct {
	RuleID    string        `json:"ruleId"`
	Verdict   RuleVerdict   `json:"verdict"`
	Reason    string        `json:"reason"`
	Condition string        `json:"condition"` // empty when it has none
	Took      *money.Amount `json:"took,omitempty"`
	Own       bool          `json:"own"` // it made the line
}

// ExplainedPart is one row of the sum that leads from the gross amount to what the rule was applied to.
type ExplainedPart struct {
	What    string       `json:"what"`
	Amount  money.Amount `json:"amount"`
	inOrder bool         // it tells what was ordered
}

// StepKind says what a step does to the amount.
type StepKind string

// The kinds of steps.
const (
	StepReward     StepKind = "REWARD"     // what the rule pays the seller
	StepLevel      StepKind = "LEVEL"      // what a level pays the upline
	StepRefused    StepKind = "REFUSED"    // the rule pays nothing
	StepCap        StepKind = "CAP"        // a cap cuts
	StepTrim       StepKind = "TRIM"       // rounding had come above max_total
	StepRefund     StepKind = "REFUND"     // what refunds leave
	StepDifference StepKind = "DIFFERENCE" // an adjustment is what should be less what was
	StepTiers      StepKind = "TIERS"      // what a period's volume earns
	StepGoal       StepKind = "GOAL"       // a bonus
	StepFee        StepKind = "FEE"        // a placement
	StepBooked     StepKind = "BOOKED"     // by hand
)

// ExplainedStep is one step from the basis to the line's amount; Amount is where it leads.
type ExplainedStep struct {
	Kind   StepKind     `json:"kind"`
	Text   string       `json:"text"`
	Amount money.Amount `json:"amount"`
	others string       // what the line's own partner reads instead, when the text tells of others
}

// ExplainedTier is one tier of the rule's reward, and what part of the volume it paid.
type ExplainedTier struct {
	From    money.Amount `json:"from"`
	Percent string       `json:"percent"`
	Part    money.Amount `json:"part"`
}

// ExplainedCap is one cap that was asked; its limits are nil where it has none.
type ExplainedCap struct {
	Per       string        `json:"per"`
	Scope     string        `json:"scope"`
	Limit     *money.Amount `json:"limit,omitempty"`
	Count     *int          `json:"count,omitempty"`
	Used      *money.Amount `json:"used,omitempty"` // by other conversions, before
	UsedCount *int          `json:"usedCount,omitempty"`
	Room      *money.Amount `json:"room,omitempty"`
	Before    *money.Amount `json:"before,omitempty"`
	After     *money.Amount `json:"after,omitempty"`
	Cut       bool          `json:"cut"`
}

// LevelVerdict says what came of a member of the chain.
type LevelVerdict string

// The verdicts of members.
const (
	LevelPaid    LevelVerdict = "PAID"
	LevelHouse   LevelVerdict = "TO_HOUSE" // it may not earn, and the merchant keeps its level
	LevelSkipped LevelVerdict = "SKIPPED"
)

// ExplainedLevel is one member of the chain, from the seller at level 0 upwards. A skipped one has the level that it
// would have had.
type ExplainedLevel struct {
	EnrollmentID models.ID     `json:"-"`
	Level        int           `json:"level"`
	Verdict      LevelVerdict  `json:"verdict"`
	Reason       string        `json:"reason"`
	Who          string        `json:"who,omitempty"`
	Basis        *money.Amount `json:"basis,omitempty"`
	Percent      string        `json:"percent,omitempty"`
	Amount       *money.Amount `json:"amount,omitempty"`
	Own          bool          `json:"own"` // it is who the line pays
}

// ExplainedHold says when the line is due, and why in its period.
type ExplainedHold struct {
	OccurredAt time.Time `json:"occurredAt"`
	Days       int       `json:"days"`
	MaturesAt  time.Time `json:"maturesAt"`
	PeriodKey  string    `json:"period"`
	Late       bool      `json:"late"` // the period that contains the instant was closed when the line was made
	Text       string    `json:"text"`
}

// ExplainedAdjustment is a later line that adjusts this one, with its cause.
type ExplainedAdjustment struct {
	Line     models.Commission  `json:"-"`
	Refund   *models.Refund     `json:"-"`
	Revision *models.Conversion `json:"-"`
	Cause    string             `json:"cause"`
	Amount   money.Amount       `json:"amount"`
}

// ExplainedPayment says whether the line is paid. Reason is that of the payout, for those who know its sentence.
type ExplainedPayment struct {
	Paid      bool
	Text      string
	Reason    string
	Statement *models.Statement
	Payout    *models.Payout
	Batch     *models.PayoutBatch
}
