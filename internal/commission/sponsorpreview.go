package commission

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/tree"
	"tributary/models"
)

// The limits of previews.
const (
	previewPeriods        = 3
	maxPreviewConversions = 100_000 // so that it ends within the time of a request
)

// ErrPreviewLarge is the refusal of a preview that would keep its caller waiting for too long.
var ErrPreviewLarge = fault.New(fault.Precondition, "SPONSOR_PREVIEW_TOO_LARGE", "a preview looks at no more than %d conversions", maxPreviewConversions)

// SponsorPreview is what the lines of the conversions of the last three periods would come to if an enrollment had had
// another sponsor all that time, beside what they come to. What closes settle is not in it.
type SponsorPreview struct {
	ProgramID    models.ID
	EnrollmentID models.ID
	SponsorID    models.ID // zero for none
	Periods      []string  // their keys, the earliest first
	From         time.Time
	To           time.Time
	Conversions  int // in the figures
	Unpriced     int // in none of them
	Now          money.Amount
	Then         money.Amount
	Difference   money.Amount
	Partners     []PreviewPartner // of whom a figure would be another, who gains most first
}

// PreviewPartner is what a preview comes to for one enrollment.
type PreviewPartner struct {
	EnrollmentID          models.ID
	Now, Then, Difference money.Amount
}

// Gains gives who would have more, who gains most first.
func (p *SponsorPreview) Gains() []PreviewPartner { return p.Partners[:p.gaining()] }

// Losses gives who would have less, who loses most first.
func (p *SponsorPreview) Losses() []PreviewPartner {
	losses := slices.Clone(p.Partners[p.gaining():])
	slices.Reverse(losses)
	return losses
}

func (p *SponsorPreview) gaining() int {
	n := slices.IndexFunc(p.Partners, func(one PreviewPartner) bool { return one.Difference.Minor < 0 })
	if n < 0 {
		return len(p.Partners)
	}
	return n
}

// SponsorPreview works out who would gain and lose by another sponsor of an enrollment, or with zero by none, over the
// three latest periods that have begun. It writes nothing. Only conversions that the enrollment or its downline sold, as
// of the sale, can come out otherwise, and only their lines are in it: what is left of them after refunds and
// restatements, in minor units of the program's currency. What decided the lines is taken as it was frozen with them,
// the room in caps too; only the chain above the enrollment is the other sponsor's, as of the sale, and who was not
// above the seller then is taken in the standing and group of today. Codes UNAUTHENTICATED, FORBIDDEN,
// ENROLLMENT_NOT_FOUND (enrollmentId, sponsorId), SPONSOR_PREVIEW_TOO_LARGE, and those of tree.Check.
func (s *Service) SponsorPreview(ctx context.Context, by access.Caller, enrollmentID, sponsorID models.ID) (SponsorPreview, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return SponsorPreview{}, err
	}
	query := s.db.Read(ctx)
	missing := fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment")
	e, err := takeSeen[models.Enrollment](query.Where("merchant_id = ?", merchantID), enrollmentID, missing.On("enrollmentId"))
	if err != nil {
		return SponsorPreview{}, err
	}
	if !sponsorID.IsZero() {
		if _, err := takeSeen[models.Enrollment](query.Where("program_id = ?", e.ProgramID), sponsorID, missing.On("sponsorId")); err != nil {
			return SponsorPreview{}, err
		}
	}
	w := &previewer{query: query, limit: s.previewLimit, sums: map[models.ID]*previewSum{}}
	if err := query.Where("id = ?", e.ProgramID).Take(&w.program).Error; err != nil {
		return SponsorPreview{}, fmt.Errorf("read program: %w", err)
	}
	now := s.db.Now()
	asked := tree.Change{ProgramID: e.ProgramID, ChildID: e.ID, SponsorID: sponsorID, MaxDepth: w.program.MaxDepth, EffectiveAt: now}
	if err := tree.Check(query, asked); err != nil {
		return SponsorPreview{}, err
	}
	w.shown = SponsorPreview{ProgramID: e.ProgramID, EnrollmentID: e.ID, SponsorID: sponsorID}
	if err := w.span(now); err != nil {
		return SponsorPreview{}, err
	}
	if err := w.open(s); err != nil {
		return SponsorPreview{}, err
	}
	return w.work()
}

// span finds the periods by the calendar, whether or not anything was earned in them.
func (w *previewer) span(now time.Time) error {
	zone, err := time.LoadLocation(w.program.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone of program %s: %w", w.program.ID, err)
	}
	for n, at := 0, now; n < previewPeriods; n++ {
		key, from, to := engine.SpanOf(engine.PeriodKind(w.program.PeriodKind), zone, at)
		if n == 0 {
			w.shown.To = to
		}
		w.shown.Periods, w.shown.From = append(w.shown.Periods, key), from
		at = from.Add(-time.Microsecond)
	}
	slices.Reverse(w.shown.Periods)
	return nil
}
