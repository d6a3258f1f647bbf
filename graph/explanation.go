package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/payout"
	"tributary/models"
)

type (
	explanationResolver struct{ *root }
	levelResolver       struct{ *root }
	adjustmentResolver  struct{ *root }
	paymentResolver     struct{ *root }
)

func (r commissionResolver) Explanation(ctx context.Context, c *models.Commission) (*commission.Explanation, error) {
	return ref(r.Services.Commission.Explain(ctx, callerOf(ctx), c.ID))
}

// seesConversions tells whether the caller may see the conversion behind a line that it sees: a merchant by its scope, a
// partner where the explanation left it.
func seesConversions(ctx context.Context) bool {
	by := callerOf(ctx)
	return by.Has(access.ConversionsRead) || !by.PartnerID.IsZero()
}

func (r explanationResolver) Conversion(ctx context.Context, e *commission.Explanation) (*models.Conversion, error) {
	if !seesConversions(ctx) {
		return nil, nil
	}
	return e.Conversion, nil
}

func (r explanationResolver) Attribution(ctx context.Context, e *commission.Explanation) (*models.Attribution, error) {
	if !seesConversions(ctx) {
		return nil, nil
	}
	return e.Attribution, nil
}

func (r levelResolver) Enrollment(ctx context.Context, l *commission.ExplainedLevel) (*models.Enrollment, error) {
	return loadRef(ctx, loadersOf(ctx).enrollments, l.EnrollmentID.Ref())
}

func (r adjustmentResolver) Refund(ctx context.Context, a *commission.ExplainedAdjustment) (*models.Refund, error) {
	if !seesConversions(ctx) {
		return nil, nil
	}
	return a.Refund, nil
}

func (r adjustmentResolver) Revision(ctx context.Context, a *commission.ExplainedAdjustment) (*models.Conversion, error) {
	if !seesConversions(ctx) {
		return nil, nil
	}
	return a.Revision, nil
}

func (r paymentResolver) Text(_ context.Context, p *commission.ExplainedPayment) (string, error) {
	return p.Say(payout.ReasonSentence), nil
}
