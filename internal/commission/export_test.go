package commission

// SetWhatIfPages makes what-ifs work pages of so many conversions, so many at once, and write their progress after each.
func (s *Service) SetWhatIfPages(size, atOnce int) {
	s.whatIfPace = whatIfPace{page: size, pages: 1, workers: atOnce}
}

// SetPreviewLimit lets previews look at so many conversions.
func (s *Service) SetPreviewLimit(conversions int) { s.previewLimit = conversions }

// SetReplayPage makes replays work so many conversions at once.
func (s *Service) SetReplayPage(size int) { s.replayPage = size }
