package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

type (
	linkResolver   struct{ *root }
	couponResolver struct{ *root }
)

func (r enrollmentResolver) Links(ctx context.Context, e *models.Enrollment, filter *program.ShareFilter, orderBy *LinkOrder, first *int, after *string, last *int, before *string) (*LinkConnection, error) {
	return listed(filter, orderBy, linkSorts).connect(first, after, last, before, func(l models.Link) models.ID { return l.ID }, func(page models.Page) (models.Slice[models.Link], error) {
		return r.Services.Program.LinksOf(ctx, callerOf(ctx), e.ID, orZero(filter), page)
	})
}

func (r enrollmentResolver) Coupons(ctx context.Context, e *models.Enrollment, filter *program.ShareFilter, orderBy *CouponOrder, first *int, after *string, last *int, before *string) (*CouponConnection, error) {
	return listed(filter, orderBy, couponSorts).connect(first, after, last, before, func(c models.Coupon) models.ID { return c.ID }, func(page models.Page) (models.Slice[models.Coupon], error) {
		return r.Services.Program.CouponsOf(ctx, callerOf(ctx), e.ID, orZero(filter), page)
	})
}

func (r linkResolver) Enrollment(ctx context.Context, l *models.Link) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, l.EnrollmentID)
}

func (r couponResolver) Enrollment(ctx context.Context, c *models.Coupon) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, c.EnrollmentID)
}

func (r mutationResolver) CreateLink(ctx context.Context, input CreateLinkInput) (*CreateLinkPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "createLink", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Link, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.Link{}, err
			}
			return r.Services.Program.CreateLink(tx, by, program.CreateLinkInput{EnrollmentID: id, DestinationURL: input.DestinationURL, Code: textOr(input.Code)})
		})
	return &CreateLinkPayload{Link: answer, UserErrors: problems}, err
}

func (r mutationResolver) CreateCoupon(ctx context.Context, input CreateCouponInput) (*CreateCouponPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "createCoupon", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Coupon, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.Coupon{}, err
			}
			return r.Services.Program.CreateCoupon(tx, by, program.CreateCouponInput{EnrollmentID: id, Code: textOr(input.Code)})
		})
	return &CreateCouponPayload{Coupon: answer, UserErrors: problems}, err
}

func (r mutationResolver) DeactivateLink(ctx context.Context, input DeactivateLinkInput) (*DeactivateLinkPayload, error) {
	answer, problems, err := setActive(ctx, r.root, "deactivateLink", input.IdempotencyKey, input, linkNoun, input.LinkID, r.Services.Program.SetLinkActive, false)
	return &DeactivateLinkPayload{Link: answer, UserErrors: problems}, err
}

func (r mutationResolver) ReactivateLink(ctx context.Context, input ReactivateLinkInput) (*ReactivateLinkPayload, error) {
	answer, problems, err := setActive(ctx, r.root, "reactivateLink", input.IdempotencyKey, input, linkNoun, input.LinkID, r.Services.Program.SetLinkActive, true)
	return &ReactivateLinkPayload{Link: answer, UserErrors: problems}, err
}

func (r mutationResolver) DeactivateCoupon(ctx context.Context, input DeactivateCouponInput) (*DeactivateCouponPayload, error) {
	answer, problems, err := setActive(ctx, r.root, "deactivateCoupon", input.IdempotencyKey, input, couponNoun, input.CouponID, r.Services.Program.SetCouponActive, false)
	return &DeactivateCouponPayload{Coupon: answer, UserErrors: problems}, err
}

func (r mutationResolver) ReactivateCoupon(ctx context.Context, input ReactivateCouponInput) (*ReactivateCouponPayload, error) {
	answer, problems, err := setActive(ctx, r.root, "reactivateCoupon", input.IdempotencyKey, input, couponNoun, input.CouponID, r.Services.Program.SetCouponActive, true)
	return &ReactivateCouponPayload{Coupon: answer, UserErrors: problems}, err
}

// noun is how an input names an object: the field, and the prefix of its ids.
type noun struct{ field, prefix string }

var (
	linkNoun   = noun{"linkId", models.PrefixLink}
	couponNoun = noun{"couponId", models.PrefixCoupon}
)

func setActive[T any](ctx context.Context, r *root, operation, key string, input any, of noun, text string,
	set func(tx *models.Tx, by access.Caller, id models.ID, active bool) (T, error), active bool) (*T, []UserError, error) {
	return mutate(ctx, r, operation, key, input, func(tx *models.Tx, by access.Caller) (T, error) {
		id, err := idIn(of.field, of.prefix, text)
		if err != nil {
			var none T
			return none, err
		}
		return set(tx, by, id, active)
	})
}
