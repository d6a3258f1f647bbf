package mail

import (
	"context"
	"log/slog"

	"tributary/models"
)

// Vault seals what a mail says while it waits.
type Vault interface {
	Seal(text, about string) ([]byte, error)
	Open(sealed []byte, about string) (string, error)
}

// Message is a mail as it goes out.
type Message struct {
	ID      string // the same each time the mail is sent
	To      string
	Subject string
	Text    string
	HTML    string
	Link    string // the one in the text; empty where there is none
}

// Mailer hands a message to a mail server. An error of kind Unavailable may pass; any other is for good.
type Mailer interface {
	Send(ctx context.Context, m Message) error
}

// Service writes and sends mails.
type Service struct {
	db      *models.DB
	vault   Vault
	mailer  Mailer
	baseURL string
	log     *slog.Logger
}

// New makes the service. Links in mails begin with the base URL.
func New(db *models.DB, vault Vault, mailer Mailer, baseURL string, log *slog.Logger) *Service {
	return &Service{db: db, vault: vault, mailer: mailer, baseURL: baseURL, log: log}
}
