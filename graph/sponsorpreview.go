package graph

import (
	"context"

	"tributary/internal/commission"
	"tributary/models"
)

type (
	sponsorPreviewResolver struct{ *root }
	previewPartnerResolver struct{ *root }
)

// previewPartners is how many of those who would gain, and of those who would lose, a preview shows.
const previewPartners = 100

func (r queryResolver) SponsorChangePreview(ctx context.Context, enrollment string, sponsor *string) (*commission.SponsorPreview, error) {
	id, err := idIn("enrollmentId", models.PrefixEnrollment, enrollment)
	if err != nil {
		return nil, err
	}
	sponsorID, err := idInOr("sponsorId", models.PrefixEnrollment, sponsor)
	if err != nil {
		return nil, err
	}
	return r.preview(ctx, id, sponsorID)
}

// Preview is of a change that is still to come.
func (r sponsorChangeResolver) Preview(ctx context.Context, c *models.SponsorChange) (*commission.SponsorPreview, error) {
	if c.OpenChildID == nil {
		return nil, nil
	}
	return r.preview(ctx, c.ChildID, c.SponsorID)
}

func (r *root) preview(ctx context.Context, enrollmentID, sponsorID models.ID) (*commission.SponsorPreview, error) {
	shown, err := r.Services.Commission.SponsorPreview(ctx, callerOf(ctx), enrollmentID, sponsorID)
	if err != nil {
		return nil, err
	}
	return &shown, nil
}

func (r sponsorPreviewResolver) Program(ctx context.Context, p *commission.SponsorPreview) (*models.Program, error) {
	return programOf(ctx, p.ProgramID)
}

func (r sponsorPreviewResolver) Enrollment(ctx context.Context, p *commission.SponsorPreview) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, p.EnrollmentID)
}

func (r sponsorPreviewResolver) Sponsor(ctx context.Context, p *commission.SponsorPreview) (*models.Enrollment, error) {
	return loadRef(ctx, loadersOf(ctx).enrollments, p.SponsorID.Ref())
}

func (r sponsorPreviewResolver) Gaining(_ context.Context, p *commission.SponsorPreview) (int, error) {
	return len(p.Gains()), nil
}

func (r sponsorPreviewResolver) Gains(_ context.Context, p *commission.SponsorPreview) ([]commission.PreviewPartner, error) {
	return most(p.Gains()), nil
}

func (r sponsorPreviewResolver) Losing(_ context.Context, p *commission.SponsorPreview) (int, error) {
	return len(p.Losses()), nil
}

func (r sponsorPreviewResolver) Losses(_ context.Context, p *commission.SponsorPreview) ([]commission.PreviewPartner, error) {
	return most(p.Losses()), nil
}

func most(partners []commission.PreviewPartner) []commission.PreviewPartner {
	return partners[:min(len(partners), previewPartners)]
}

func (r previewPartnerResolver) Enrollment(ctx context.Context, p *commission.PreviewPartner) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, p.EnrollmentID)
}
