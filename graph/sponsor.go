package graph

import (
	"context"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

type (
	sponsorChangeResolver struct{ *root }
	sponsorSpanResolver   struct{ *root }
)

var errSponsorOnce = fault.InvalidField("sponsorId", "SPONSOR_ARGUMENT", "name the new sponsor by id or by code")

func (r programResolver) SponsorChanges(ctx context.Context, p *models.Program, state *models.SponsorChangeState, first *int, after *string, last *int, before *string) (*SponsorChangeConnection, error) {
	var only models.SponsorChangeState
	if state != nil {
		only = *state
	}
	return connect(first, after, last, before, func(c models.SponsorChange) models.ID { return c.ID },
		func(page models.Page) (models.Slice[models.SponsorChange], error) {
			return r.Services.Program.SponsorChanges(ctx, callerOf(ctx), p.ID, only, page)
		})
}

func (r enrollmentResolver) SponsorHistory(ctx context.Context, e *models.Enrollment, first *int, after *string, last *int, before *string) (*SponsorSpanConnection, error) {
	return connect(first, after, last, before, func(edge models.SponsorEdge) models.ID { return edge.ID },
		func(page models.Page) (models.Slice[models.SponsorEdge], error) {
			return r.Services.Program.SponsorHistory(ctx, callerOf(ctx), e.ID, page)
		})
}

func (r sponsorChangeResolver) Program(ctx context.Context, c *models.SponsorChange) (*models.Program, error) {
	return programOf(ctx, c.ProgramID)
}

func (r sponsorChangeResolver) Enrollment(ctx context.Context, c *models.SponsorChange) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, c.ChildID)
}

func (r sponsorChangeResolver) Sponsor(ctx context.Context, c *models.SponsorChange) (*models.Enrollment, error) {
	if !callerOf(ctx).Has(access.PartnersRead) {
		return nil, nil
	}
	return loadersOf(ctx).enrollments.Load(ctx, c.SponsorID)
}

// ofMerchant gives a text about a change to the merchant's callers, and to the partner if shared.
func ofMerchant(ctx context.Context, shared bool, text string) (*string, error) {
	if text == "" || !shared && !callerOf(ctx).Has(access.PartnersRead) {
		return nil, nil
	}
	return &text, nil
}

func (r sponsorChangeResolver) Reason(ctx context.Context, c *models.SponsorChange) (*string, error) {
	return ofMerchant(ctx, c.ByPartner, c.Reason)
}

func (r sponsorChangeResolver) RequestedBy(ctx context.Context, c *models.SponsorChange) (*string, error) {
	return ofMerchant(ctx, c.ByPartner, c.RequestedBy)
}

func (r sponsorChangeResolver) DecidedBy(ctx context.Context, c *models.SponsorChange) (*string, error) {
	return ofMerchant(ctx, false, c.DecidedBy)
}

func (r sponsorSpanResolver) Sponsor(ctx context.Context, edge *models.SponsorEdge) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, edge.SponsorID)
}

func (r sponsorSpanResolver) Until(_ context.Context, edge *models.SponsorEdge) (*time.Time, error) {
	if edge.ValidTo.Equal(models.OpenEnd) {
		return nil, nil
	}
	return &edge.ValidTo, nil
}

func (r mutationResolver) RequestSponsorChange(ctx context.Context, input RequestSponsorChangeInput) (*RequestSponsorChangePayload, error) {
	answer, problems, err := mutate(ctx, r.root, "requestSponsorChange", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.SponsorChange, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.SponsorChange{}, err
			}
			if (input.SponsorID == nil) == (textOr(input.SponsorCode) == "") {
				return models.SponsorChange{}, errSponsorOnce
			}
			sponsorID, err := idInOr("sponsorId", models.PrefixEnrollment, input.SponsorID)
			if err != nil {
				return models.SponsorChange{}, err
			}
			asked := program.SponsorRequest{EnrollmentID: id, SponsorID: sponsorID, SponsorCode: textOr(input.SponsorCode), Reason: input.Reason}
			if input.EffectiveAt != nil {
				asked.EffectiveAt = *input.EffectiveAt
			}
			return r.Services.Program.RequestSponsorChange(tx, by, asked)
		})
	return &RequestSponsorChangePayload{SponsorChange: answer, UserErrors: problems}, err
}

func (r mutationResolver) ApproveSponsorChange(ctx context.Context, input ApproveSponsorChangeInput) (*ApproveSponsorChangePayload, error) {
	answer, problems, err := r.onSponsorChange(ctx, "approveSponsorChange", input.IdempotencyKey, input, input.SponsorChangeID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.SponsorChange, error) {
			return r.Services.Program.ApproveSponsorChange(tx, by, id, textOr(input.Reason))
		})
	return &ApproveSponsorChangePayload{SponsorChange: answer, UserErrors: problems}, err
}

func (r mutationResolver) DeclineSponsorChange(ctx context.Context, input DeclineSponsorChangeInput) (*DeclineSponsorChangePayload, error) {
	answer, problems, err := r.onSponsorChange(ctx, "declineSponsorChange", input.IdempotencyKey, input, input.SponsorChangeID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.SponsorChange, error) {
			return r.Services.Program.DeclineSponsorChange(tx, by, id, input.Reason)
		})
	return &DeclineSponsorChangePayload{SponsorChange: answer, UserErrors: problems}, err
}

func (r mutationResolver) CancelSponsorChange(ctx context.Context, input CancelSponsorChangeInput) (*CancelSponsorChangePayload, error) {
	answer, problems, err := r.onSponsorChange(ctx, "cancelSponsorChange", input.IdempotencyKey, input, input.SponsorChangeID,
		r.Services.Program.CancelSponsorChange)
	return &CancelSponsorChangePayload{SponsorChange: answer, UserErrors: problems}, err
}

func (r mutationResolver) onSponsorChange(ctx context.Context, operation, key string, input any, text string,
	act func(*models.Tx, access.Caller, models.ID) (models.SponsorChange, error)) (*models.SponsorChange, []UserError, error) {
	return mutate(ctx, r.root, operation, key, input, func(tx *models.Tx, by access.Caller) (models.SponsorChange, error) {
		id, err := idIn("sponsorChangeId", models.PrefixSponsoring, text)
		if err != nil {
			return models.SponsorChange{}, err
		}
		c, err := act(tx, by, id)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			return c, program.ErrChangeMissing.On("sponsorChangeId")
		}
		return c, err
	})
}

// sponsored is an enrollment with the record of its change.
type sponsored struct {
	Enrollment models.Enrollment
	Change     models.SponsorChange
}

func (r mutationResolver) ChangeSponsor(ctx context.Context, input ChangeSponsorInput) (*ChangeSponsorPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "changeSponsor", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (sponsored, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return sponsored{}, err
			}
			sponsorID, err := idIn("sponsorId", models.PrefixEnrollment, input.SponsorID)
			if err != nil {
				return sponsored{}, err
			}
			change, err := r.Services.Program.ChangeSponsor(tx, by, id, sponsorID, input.Reason)
			if err != nil {
				return sponsored{}, err
			}
			e, err := r.enrollmentIn(tx, by, input.EnrollmentID)
			return sponsored{e, change}, err
		})
	payload := &ChangeSponsorPayload{UserErrors: problems}
	if answer != nil {
		payload.Enrollment, payload.SponsorChange = &answer.Enrollment, &answer.Change
	}
	return payload, err
}
