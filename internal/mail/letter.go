package mail

import (
	"encoding/json"
	"fmt"
	"time"

	"tributary/models"
)

// Letter is one mail to be sent. What a kind does not tell of stays empty.
type Letter struct {
	Kind      models.MailKind
	To        string // an address that was checked by whoever keeps it
	UseBefore time.Time
	Words
	// ForNobody keeps a letter from being sent that was asked for somebody who does not exist, and costs as much as another.
	ForNobody bool
}

// Words are what a letter says, sealed until it is sent.
type Words struct {
	Name     string `json:"name,omitempty"`     // of the recipient
	Merchant string `json:"merchant,omitempty"` // the name
	Program  string `json:"program,omitempty"`  // the name
	Email    string `json:"email,omitempty"`    // another address than the recipient's
	Token    string `json:"token,omitempty"`    // of the link
}

// Write puts a letter down to be sent once the transaction commits.
func (s *Service) Write(tx *models.Tx, l Letter) error {
	l.Name, l.Merchant, l.Program = word(l.Name), word(l.Merchant), word(l.Program)
	text, err := json.Marshal(l.Words)
	if err != nil {
		return fmt.Errorf("encode letter: %w", err)
	}
	row := models.Mail{ID: models.NewID(), Recipient: l.To, Kind: l.Kind, State: models.MailStateWaiting, NextTryAt: tx.Now, CreatedAt: tx.Now}
	if !l.UseBefore.IsZero() {
		row.UseBefore = &l.UseBefore
	}
	if row.Sealed, err = s.vault.Seal(string(text), about(row.ID)); err != nil {
		return err
	}
	if l.ForNobody {
		row.State, row.Sealed = models.MailStateDropped, []byte{}
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	return models.Ring(tx, models.TaskMailSend, row.ID)
}

func about(id models.ID) string { return "mail " + id.String() }
