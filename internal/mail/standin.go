package mail

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

// maxKept is how many mails the stand-in keeps to be shown.
const maxKept = 100

// StandIn takes the place of a mail server where none is configured: mails go to the log and are kept to be shown.
type StandIn struct {
	log  *slog.Logger
	mu   sync.Mutex
	kept []Message
}

// NewStandIn makes a stand-in that writes to the log.
func NewStandIn(log *slog.Logger) *StandIn { return &StandIn{log: log} }

// Send keeps the message and writes it to the log, with its link.
func (s *StandIn) Send(_ context.Context, m Message) error {
	s.log.Info("a mail, shown here since TRIBUTARY_SMTP_URL is not set", "to", m.To, "subject", m.Subject, "text", m.Text, "link", m.Link)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, m)
	s.kept = s.kept[max(0, len(s.kept)-maxKept):]
	return nil
}

// Kept gives the last mails, the newest first.
func (s *StandIn) Kept() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := slices.Clone(s.kept)
	slices.Reverse(kept)
	return kept
}
