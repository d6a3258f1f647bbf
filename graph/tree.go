package graph

import (
	"context"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/tree"
	"tributary/models"
)

// DownlineMember is one enrollment of a downline, and how far below the one that was asked it stands.
type DownlineMember struct {
	EnrollmentID models.ID
	ProgramID    models.ID
	Level        int
	SponsoredAt  time.Time
}

type downlineResolver struct{ *root }

var errLevels = fault.InvalidField("levels", "LEVELS_INVALID", "an upline is read 1 to 100 levels up")

func (r enrollmentResolver) Sponsor(ctx context.Context, e *models.Enrollment) (*models.Enrollment, error) {
	if !callerOf(ctx).Has(access.PartnersRead) {
		return nil, nil
	}
	id, err := loadersOf(ctx).sponsors.Load(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	return loadRef(ctx, loadersOf(ctx).enrollments, id.Ref())
}

func (r enrollmentResolver) Upline(ctx context.Context, e *models.Enrollment, levels *int) ([]models.Enrollment, error) {
	if levels == nil || *levels < 1 || *levels > 100 {
		return nil, errLevels
	}
	if !callerOf(ctx).Has(access.PartnersRead) {
		return nil, nil
	}
	ids, err := loadersOf(ctx).uplines.Load(ctx, reach{e.ID, *levels})
	if err != nil {
		return nil, err
	}
	rows, err := loadersOf(ctx).enrollments.LoadAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	chain := make([]models.Enrollment, 0, len(rows))
	for _, row := range rows {
		if row != nil {
			chain = append(chain, *row)
		}
	}
	return chain, nil
}

// depthSeen gives how many levels of a program's downline the caller may see.
func depthSeen(ctx context.Context, programID models.ID) (int, error) {
	if callerOf(ctx).Has(access.PartnersRead) {
		return tree.MaxDepth, nil
	}
	p, err := programOf(ctx, programID)
	if err != nil {
		return 0, err
	}
	return p.PartnerDepth, nil
}

func (r enrollmentResolver) SubtreeSize(ctx context.Context, e *models.Enrollment) (*int, error) {
	depth, err := depthSeen(ctx, e.ProgramID)
	if err != nil {
		return nil, err
	}
	size, err := loadersOf(ctx).sizes.Load(ctx, reach{e.ID, depth})
	return &size, err
}

func (r enrollmentResolver) SubtreeEarnings(ctx context.Context, e *models.Enrollment) (*money.Amount, error) {
	depth, err := depthSeen(ctx, e.ProgramID)
	if err != nil {
		return nil, err
	}
	minor, err := loadersOf(ctx).earnings.Load(ctx, reach{e.ID, depth})
	if err != nil {
		return nil, err
	}
	return inProgram(ctx, e.ProgramID, minor)
}

func (r enrollmentResolver) Downline(ctx context.Context, e *models.Enrollment, first *int, after *string, last *int, before *string) (*DownlineMemberConnection, error) {
	above := DownlineMember{EnrollmentID: e.ID, ProgramID: e.ProgramID}
	return r.children(ctx, above, first, after, last, before)
}

func (r downlineResolver) Downline(ctx context.Context, m *DownlineMember, first *int, after *string, last *int, before *string) (*DownlineMemberConnection, error) {
	return r.children(ctx, *m, first, after, last, before)
}

func (r *root) children(ctx context.Context, above DownlineMember, first *int, after *string, last *int, before *string) (*DownlineMemberConnection, error) {
	depth, err := depthSeen(ctx, above.ProgramID)
	if err != nil {
		return nil, err
	}
	return connect(first, after, last, before, func(m DownlineMember) models.ID { return m.EnrollmentID },
		func(page models.Page) (models.Slice[DownlineMember], error) {
			if above.Level >= depth {
				return models.Slice[DownlineMember]{Rows: []DownlineMember{}}, nil
			}
			edges, err := tree.Children(r.DB.Read(ctx), above.EnrollmentID, page)
			below := models.Slice[DownlineMember]{Rows: make([]DownlineMember, len(edges.Rows)), HasMore: edges.HasMore, Whole: edges.Whole}
			for i, edge := range edges.Rows {
				below.Rows[i] = DownlineMember{EnrollmentID: edge.ChildID, ProgramID: edge.ProgramID, Level: above.Level + 1, SponsoredAt: edge.ValidFrom}
			}
			return below, err
		})
}

// GlobalID is that of the enrollment.
func (m DownlineMember) GlobalID() string { return m.EnrollmentID.Format(models.PrefixEnrollment) }

func (r downlineResolver) Status(ctx context.Context, m *DownlineMember) (*models.EnrollmentStatus, error) {
	status, err := loadersOf(ctx).statuses.Load(ctx, m.EnrollmentID)
	if err != nil || status == "" {
		return nil, err
	}
	return &status, nil
}

func (r downlineResolver) Enrollment(ctx context.Context, m *DownlineMember) (*models.Enrollment, error) {
	if !callerOf(ctx).Has(access.PartnersRead) {
		return nil, nil
	}
	return loadersOf(ctx).enrollments.Load(ctx, m.EnrollmentID)
}
