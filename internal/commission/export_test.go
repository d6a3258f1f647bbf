package commission

import (
	"context"
	"testing"

	"tributary/internal/commission/paper"
	"tributary/models"
)

// InChunks hands ids out in parts of IDsPerStatement.
var InChunks = inChunks

// IDsPerStatement is the largest part.
const IDsPerStatement = idsPerStatement

// SetWhatIfPages makes what-ifs work pages of so many conversions, so many at once, and write their progress after each.
func (s *Service) SetWhatIfPages(size, atOnce int) {
	s.whatIfPace = whatIfPace{page: size, pages: 1, workers: atOnce}
}

// SetPreviewLimit lets previews look at so many conversions.
func (s *Service) SetPreviewLimit(conversions int) { s.previewLimit = conversions }

// SetReplayPage makes replays work so many conversions at once.
func (s *Service) SetReplayPage(size int) { s.replayPage = size }

// SetReplayCaps makes replays sum about so many counters of caps at once.
func (s *Service) SetReplayCaps(counters int64) { s.replayCaps = counters }

// SheetOf gives what is on a statement.
func (s *Service) SheetOf(ctx context.Context, row models.Statement) (paper.Statement, error) {
	sheet, _, err := s.sheetOf(s.db.Read(ctx), row)
	return sheet, err
}

// SetBatches makes accruals work batches of so many items until the test ends, and read so many of them at once.
func SetBatches(t testing.TB, size, atOnce int) {
	server, file := serverPace, filePace
	t.Cleanup(func() { serverPace, filePace = server, file })
	for _, p := range []*pace{&serverPace, &filePace} {
		p.batch, p.atOnce = size, atOnce
	}
}
