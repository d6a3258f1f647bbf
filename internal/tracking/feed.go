package tracking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The bounds of one look at a feed.
const (
	// feedOverlap is how far each look goes back: longer than a request may take, and so than the transaction of one that
	// takes a conversion in, so that what is committed late is found by a later look.
	feedOverlap = 30 * time.Second
	// maxFeedIDs is how many conversions a look goes back over at most: where more are recorded in feedOverlap, it goes
	// back less far.
	maxFeedIDs = 20_000
	feedAtOnce = 500
)

// Feed gives what is recorded in a program from now on, whoever records it and in whichever process. It is not for
// concurrent use, and sees every conversion of the program: see Listener.
type Feed struct {
	service   *Service
	programID models.ID
	most      int         // looks go back over no more conversions
	from      models.ID   // looks go back no further
	seen      []models.ID // of the last look, ascending; nil before the first
}

// Feed opens the feed of a program.
func (s *Service) Feed(programID models.ID) *Feed {
	return &Feed{service: s, programID: programID, most: maxFeedIDs}
}

// Next gives the conversions, every revision, that were not there at the look before, in the order of their ids. The first
// look gives none. What a transaction commits late is given once, when it is there.
func (f *Feed) Next(ctx context.Context) ([]models.Conversion, error) {
	if back := models.NewID().Back(feedOverlap); compareIDs(back, f.from) > 0 {
		f.from = back
	}
	var ids []models.ID
	query := f.service.db.Read(ctx).Model(&models.Conversion{}).Where("program_id = ? AND id >= ?", f.programID, f.from)
	if err := query.Order("id DESC").Limit(f.most).Pluck("id", &ids).Error; err != nil {
		return nil, fmt.Errorf("look for conversions: %w", err)
	}
	slices.Reverse(ids)
	fresh := []models.ID{}
	for _, id := range ids {
		if _, known := slices.BinarySearchFunc(f.seen, id, compareIDs); !known && f.seen != nil {
			fresh = append(fresh, id)
		}
	}
	rows := make([]models.Conversion, 0, len(fresh))
	for part := range slices.Chunk(fresh, feedAtOnce) {
		var some []models.Conversion
		if err := f.service.db.Read(ctx).Where("id IN ?", part).Order("id").Find(&some).Error; err != nil {
			return nil, fmt.Errorf("read conversions: %w", err)
		}
		rows = append(rows, some...)
	}
	if len(ids) == f.most {
		f.from = ids[0] // what the look left out stays out
	}
	f.seen = append([]models.ID{}, ids...)
	return rows, nil
}

func compareIDs(a, b models.ID) int { return slices.Compare(a[:], b[:]) }

// Listener is somebody who may hear of what is recorded in a program: of everything, or of what one enrollment won.
type Listener struct{ enrollmentID models.ID }

// Hears tells whether the listener may see a conversion of the program.
func (l Listener) Hears(c models.Conversion) bool {
	return l.enrollmentID.IsZero() || models.Or(c.EnrollmentID) == l.enrollmentID
}

// Listen lets the caller hear of a program's conversions: all of them for its merchant, a partner's own for the partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func (s *Service) Listen(ctx context.Context, by access.Caller, programID models.ID) (Listener, error) {
	missing := fault.NotFoundf("PROGRAM_NOT_FOUND", "program")
	if by.Has(access.ConversionsRead) {
		var p models.Program
		err := s.db.Read(ctx).Select("id").Where("id = ? AND merchant_id = ?", programID, by.MerchantID).Take(&p).Error
		if models.IsMissing(err) {
			return Listener{}, missing
		}
		return Listener{}, err
	}
	partnerID, err := by.Partner()
	if err != nil {
		return Listener{}, err
	}
	var e models.Enrollment
	err = s.db.Read(ctx).Select("id").Where("program_id = ? AND partner_id = ?", programID, partnerID).Take(&e).Error
	if models.IsMissing(err) {
		return Listener{}, missing
	}
	return Listener{enrollmentID: e.ID}, err
}
