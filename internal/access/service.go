package access

import (
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"tributary/internal/fault"
	"tributary/models"
)

// Service signs people in and checks credentials.
type Service struct {
	db      *models.DB
	signer  signer
	hashing *argon2id.Params
	vault   *Vault // nil where nothing is sealed
	post    Post   // nil: no mails
	keys    sharedReads[string, models.APIKey]
}

// New makes the service. The secret signs tokens; changing it signs everybody out.
func New(db *models.DB, secret string) *Service {
	// The lighter of the two settings that RFC 9106 section 4 recommends, with one lane: 64 MiB, three passes.
	hashing := &argon2id.Params{Memory: 64 * 1024, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return &Service{db: db, signer: newSigner(secret), hashing: hashing}
}

// HashCheaply makes password hashes that take no time and protect nothing: for tests.
func (s *Service) HashCheaply() *Service {
	s.hashing = &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return s
}

const maxNameRunes = 200

// NormalEmail trims and lower-cases an address and refuses what is none. Code EMAIL_INVALID on field email.
func NormalEmail(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 {
		return "", fault.InvalidField("email", "EMAIL_INVALID", "this is not an e-mail address")
	}
	return text, nil
}

// NormalName trims a name and refuses an empty or overlong one. Codes NAME_MISSING, NAME_TOO_LONG on field name.
func NormalName(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fault.InvalidField("name", "NAME_MISSING", "a name is needed")
	}
	if len([]rune(text)) > maxNameRunes {
		return "", fault.InvalidField("name", "NAME_TOO_LONG", "a name has at most %d characters", maxNameRunes)
	}
	return text, nil
}

// ErrEmailTaken is returned for an address that has a login already.
var ErrEmailTaken = fault.New(fault.Conflict, "EMAIL_TAKEN", "this e-mail address has a login already").On("email")

// CreateUser adds a login whose address is known to be its owner's; who comes by itself registers. Codes EMAIL_INVALID,
// NAME_MISSING, NAME_TOO_LONG, EMAIL_TAKEN.
func (s *Service) CreateUser(tx *models.Tx, email, name, passwordHash string) (models.User, error) {
	return createUser(tx, email, name, passwordHash, &tx.Now)
}

func createUser(tx *models.Tx, email, name, passwordHash string, verifiedAt *time.Time) (models.User, error) {
	email, err := NormalEmail(email)
	if err != nil {
		return models.User{}, err
	}
	if name, err = NormalName(name); err != nil {
		return models.User{}, err
	}
	user := models.User{ID: models.NewID(), Email: email, Name: name, PasswordHash: passwordHash, CreatedAt: tx.Now, EmailVerifiedAt: verifiedAt}
	if err := tx.Create(&user).Error; err != nil {
		if models.IsDuplicate(err) {
			return models.User{}, ErrEmailTaken
		}
		return models.User{}, fmt.Errorf("create user: %w", err)
	}
	return user, nil
}

// AddStaff gives a user a role at a merchant; an existing role is replaced. It asks nobody: Employ is for callers.
func (s *Service) AddStaff(tx *models.Tx, merchantID, userID models.ID, role models.StaffRole) error {
	if err := tx.Where("merchant_id = ? AND user_id = ?", merchantID, userID).Delete(&models.Staff{}).Error; err != nil {
		return fmt.Errorf("replace staff role: %w", err)
	}
	row := models.Staff{MerchantID: merchantID, UserID: userID, Role: role, CreatedAt: tx.Now}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("add staff: %w", err)
	}
	return nil
}

// UserByEmail finds a login. Codes EMAIL_INVALID, USER_NOT_FOUND.
func (s *Service) UserByEmail(tx *models.Tx, email string) (models.User, error) {
	email, err := NormalEmail(email)
	if err != nil {
		return models.User{}, err
	}
	var user models.User
	if err := tx.Where("email = ?", email).Take(&user).Error; err != nil {
		if models.IsMissing(err) {
			return user, fault.NotFoundf("USER_NOT_FOUND", "user")
		}
		return user, fmt.Errorf("read user: %w", err)
	}
	return user, nil
}
