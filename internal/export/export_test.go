package export

// Harmless is what a cell becomes.
var Harmless = harmless

// Small makes files of parts of so many records, and of at most so many bytes.
func (s *Service) Small(records int, bytes int64) { s.page, s.most = records, bytes }
