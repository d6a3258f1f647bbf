package graph

import (
	"context"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/program"
	"tributary/models"
)

type enrollmentResolver struct{ *root }

var errSponsorTwice = fault.InvalidField("sponsorCode", "SPONSOR_TWICE", "name the sponsor by id or by code, not by both")

func enrollmentID(e models.Enrollment) models.ID { return e.ID }

func (r queryResolver) MyEnrollments(ctx context.Context, first *int, after *string, last *int, before *string) (*EnrollmentConnection, error) {
	return connect(first, after, last, before, enrollmentID, func(page models.Page) (models.Slice[models.Enrollment], error) {
		return r.Services.Program.EnrollmentsOf(ctx, callerOf(ctx), page)
	})
}

func (r programResolver) Enrollments(ctx context.Context, p *models.Program, filter *EnrollmentFilter, orderBy *EnrollmentOrder, first *int, after *string, last *int, before *string) (*EnrollmentConnection, error) {
	return listed(filter, orderBy, enrollmentSorts).connect(first, after, last, before, enrollmentID, func(page models.Page) (models.Slice[models.Enrollment], error) {
		return r.Services.Program.Enrollments(ctx, callerOf(ctx), p.ID, filter.read(), page)
	})
}

func (r enrollmentResolver) Program(ctx context.Context, e *models.Enrollment) (*models.Program, error) {
	return programOf(ctx, e.ProgramID)
}

func (r enrollmentResolver) Partner(ctx context.Context, e *models.Enrollment) (*models.Partner, error) {
	return loadersOf(ctx).partners.Load(ctx, e.PartnerID)
}

func (r enrollmentResolver) PayoutHoldReason(ctx context.Context, e *models.Enrollment) (*string, error) {
	if e.PayoutHoldReason == "" || !callerOf(ctx).Has(access.PartnersRead) {
		return nil, nil
	}
	return &e.PayoutHoldReason, nil
}

func (r enrollmentResolver) PayoutRail(_ context.Context, e *models.Enrollment) (*models.RailName, error) {
	if e.Rail == "" {
		return nil, nil
	}
	return &e.Rail, nil
}

func (r enrollmentResolver) GroupCode(ctx context.Context, e *models.Enrollment) (*string, error) {
	group, err := loadRef(ctx, loadersOf(ctx).groups, e.GroupID)
	if err != nil || group == nil {
		return nil, err
	}
	return &group.Code, nil
}

func (r enrollmentResolver) Tags(ctx context.Context, e *models.Enrollment) ([]string, error) {
	if !callerOf(ctx).Has(access.PartnersRead) {
		return []string{}, nil
	}
	return program.DecodeTags(e.Tags)
}

// seesMoney refuses a merchant's caller without the scope; a partner sees its own.
func seesMoney(by access.Caller, e *models.Enrollment) error {
	if by.Has(access.PayoutsRead) && by.MerchantID == e.MerchantID {
		return nil
	}
	partnerID, err := by.Partner()
	if err != nil {
		return err
	}
	if partnerID != e.PartnerID {
		return access.ErrForbidden
	}
	return nil
}

func (r enrollmentResolver) Balances(ctx context.Context, e *models.Enrollment) (*Balances, error) {
	if err := seesMoney(callerOf(ctx), e); err != nil {
		return nil, err
	}
	p, err := programOf(ctx, e.ProgramID)
	if err != nil {
		return nil, err
	}
	balances, err := loadersOf(ctx).balances.Load(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	in := func(account models.Account) *money.Amount {
		a := money.New(balances[account], p.Currency)
		return &a
	}
	return &Balances{Accrued: in(models.AccountAccrued), Payable: in(models.AccountPayable), InTransit: in(models.AccountInTransit)}, nil
}

// enrollmentIn finds the enrollment that a mutation's input names.
func (r *root) enrollmentIn(tx *models.Tx, by access.Caller, text string) (models.Enrollment, error) {
	id, err := idIn("enrollmentId", models.PrefixEnrollment, text)
	if err != nil {
		return models.Enrollment{}, err
	}
	return program.OwnEnrollment(tx, by, access.PartnersWrite, id)
}

func (r mutationResolver) EnrollPartner(ctx context.Context, input EnrollPartnerInput) (*EnrollPartnerPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "enrollPartner", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Enrollment, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return models.Enrollment{}, err
			}
			sponsorID, err := idInOr("sponsorId", models.PrefixEnrollment, input.SponsorID)
			if err != nil {
				return models.Enrollment{}, err
			}
			return r.Services.Program.Enroll(tx, by, program.EnrollInput{ProgramID: programID, Email: input.Email, Name: input.Name,
				Country: textOr(input.Country), ExternalID: textOr(input.ExternalID), SponsorID: sponsorID,
				GroupCode: textOr(input.GroupCode), Code: textOr(input.Code), Tags: input.Tags})
		})
	return &EnrollPartnerPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) JoinProgram(ctx context.Context, input JoinProgramInput) (*JoinProgramPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "joinProgram", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Enrollment, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return models.Enrollment{}, err
			}
			sponsorID, err := idInOr("sponsorId", models.PrefixEnrollment, input.SponsorID)
			if err != nil {
				return models.Enrollment{}, err
			}
			if input.SponsorCode != nil {
				if input.SponsorID != nil {
					return models.Enrollment{}, errSponsorTwice
				}
				if sponsorID, err = r.Services.Program.SponsorByCode(tx, by, programID, *input.SponsorCode); err != nil {
					return models.Enrollment{}, err
				}
			}
			return r.Services.Program.Join(tx, by, programID, sponsorID)
		})
	return &JoinProgramPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) ApproveEnrollment(ctx context.Context, input ApproveEnrollmentInput) (*ApproveEnrollmentPayload, error) {
	answer, problems, err := r.onEnrollment(ctx, "approveEnrollment", input.IdempotencyKey, input, input.EnrollmentID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
			return r.Services.Program.Decide(tx, by, id, true)
		})
	return &ApproveEnrollmentPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) DeclineEnrollment(ctx context.Context, input DeclineEnrollmentInput) (*DeclineEnrollmentPayload, error) {
	answer, problems, err := r.onEnrollment(ctx, "declineEnrollment", input.IdempotencyKey, input, input.EnrollmentID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
			return r.Services.Program.Decide(tx, by, id, false)
		})
	return &DeclineEnrollmentPayload{Enrollment: answer, UserErrors: problems}, err
}

// acceptance is an enrollment with when it accepted.
type acceptance struct {
	Enrollment models.Enrollment
	AcceptedAt time.Time
}

func (r mutationResolver) AcceptTerms(ctx context.Context, input AcceptTermsInput) (*AcceptTermsPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "acceptTerms", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (acceptance, error) {
			e, err := r.enrollmentIn(tx, by, input.EnrollmentID)
			if err != nil {
				return acceptance{}, err
			}
			row, err := r.Services.Program.AcceptTerms(tx, by, e.ID, input.Version)
			return acceptance{Enrollment: e, AcceptedAt: row.AcceptedAt}, err
		})
	payload := &AcceptTermsPayload{UserErrors: problems}
	if answer != nil {
		payload.Enrollment, payload.AcceptedAt = &answer.Enrollment, &answer.AcceptedAt
	}
	return payload, err
}
