package access

import (
	"tributary/internal/mail"
	"tributary/models"
)

// Post takes letters that are to be sent once the transaction commits.
type Post interface {
	Write(tx *models.Tx, l mail.Letter) error
}

// UseMail lets the service write letters. Without, it writes none, as where no person is behind a login: in measurements.
func (s *Service) UseMail(post Post) { s.post = post }

// Write writes a letter to somebody whose address is kept with what the letter is about.
func (s *Service) Write(tx *models.Tx, l mail.Letter) error {
	if s.post == nil {
		return nil
	}
	return s.post.Write(tx, l)
}
