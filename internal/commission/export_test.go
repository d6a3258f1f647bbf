package commission

// SetWhatIfPages makes what-ifs work pages of n conversions and write their progress after each.
func (s *Service) SetWhatIfPages(n int) { s.whatIfPace = whatIfPace{page: n, pages: 1, workers: 2} }
