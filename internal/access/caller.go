package access

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/internal/fault"
	"tributary/models"
)

// Scope names a right. API keys carry scopes; roles stand for sets of them.
type Scope string

// The scopes. Write includes read of the same noun.
const (
	ProgramsRead     Scope = "programs:read"
	ProgramsWrite    Scope = "programs:write"
	PartnersRead     Scope = "partners:read"
	PartnersWrite    Scope = "partners:write"
	ConversionsRead  Scope = "conversions:read"
	ConversionsWrite Scope = "conversions:write"
	PayoutsRead      Scope = "payouts:read"
	PayoutsWrite     Scope = "payouts:write"
	EventsRead       Scope = "events:read"
	EventsWrite      Scope = "events:write" // endpoints: who is told of events
	KeysWrite        Scope = "keys:write"
	AuditRead        Scope = "audit:read"
)

var readScopes = []Scope{ProgramsRead, PartnersRead, ConversionsRead, PayoutsRead, EventsRead}

// AllScopes is every scope there is, in a stable order.
var AllScopes = []Scope{ProgramsRead, ProgramsWrite, PartnersRead, PartnersWrite, ConversionsRead, ConversionsWrite,
	PayoutsRead, PayoutsWrite, EventsRead, EventsWrite, KeysWrite, AuditRead}

var roleScopes = map[models.StaffRole][]Scope{
	models.StaffRoleOwner:   AllScopes,
	models.StaffRoleAdmin:   AllScopes,
	models.StaffRoleFinance: append(slices.Clone(readScopes), PayoutsWrite),
	models.StaffRoleAnalyst: readScopes,
}

// The refusals of this package.
var (
	ErrUnauthenticated = fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "sign in, or send an API key")
	ErrForbidden       = fault.New(fault.Forbidden, "FORBIDDEN", "you may not do this")
)

// Caller is who asks. It is made from a credential by this package, or by System for work the server does itself.
type Caller struct {
	// Name goes into records of who did what: "user:<id>", "apikey:<id>", "system:<what>", "cli:<name>".
	Name       string
	UserID     models.ID
	MerchantID models.ID // zero for callers that act for no merchant
	PartnerID  models.ID // zero for callers that are no partner
	SessionID  models.ID // zero for callers that are not signed in: keys, the command line, the server itself
	scopes     []Scope
	unverified bool // a user who has not confirmed the e-mail address
	// confirmedAt is when the user of the session gave a TOTP code last.
	confirmedAt *time.Time
	behind      string // of an API key: the name of the person who made it; empty where that was not recorded
}

// System is the server itself acting for a merchant, with every right there.
func System(what string, merchantID models.ID) Caller {
	return Caller{Name: "system:" + what, MerchantID: merchantID, scopes: AllScopes}
}

const maxOperatorRunes = 60

// Operator is a person at the command line acting for a merchant, with every right there. The name is taken as given:
// whoever may run the program with its database is trusted. Codes NAME_MISSING, NAME_TOO_LONG.
func Operator(name string, merchantID models.ID) (Caller, error) {
	name, err := NormalName(name)
	if err != nil {
		return Caller{}, err
	}
	if len([]rune(name)) > maxOperatorRunes {
		return Caller{}, fault.InvalidField("name", "NAME_TOO_LONG", "the name of an operator has at most %d characters", maxOperatorRunes)
	}
	return Caller{Name: "cli:" + name, MerchantID: merchantID, scopes: AllScopes}, nil
}

// Equal tells whether both are the same caller with the same rights.
func (c Caller) Equal(other Caller) bool {
	return c.Name == other.Name && c.UserID == other.UserID && c.MerchantID == other.MerchantID && c.PartnerID == other.PartnerID &&
		c.behind == other.behind && slices.Equal(c.scopes, other.scopes)
}

// IsAnonymous tells whether nobody is signed in.
func (c Caller) IsAnonymous() bool { return c.Name == "" }

// IsKey tells whether an API key is calling: whoever may make keys may have made this one.
func (c Caller) IsKey() bool { return strings.HasPrefix(c.Name, keyCaller) }

// Can gives the merchant the caller may use the scope for. Codes UNAUTHENTICATED, FORBIDDEN.
func (c Caller) Can(scope Scope) (models.ID, error) {
	switch {
	case c.IsAnonymous():
		return models.ID{}, ErrUnauthenticated
	case c.MerchantID.IsZero() || !c.has(scope):
		return models.ID{}, ErrForbidden
	}
	return c.MerchantID, nil
}

// Has tells whether Can would allow the scope.
func (c Caller) Has(scope Scope) bool { return !c.MerchantID.IsZero() && c.has(scope) }

// Partner gives the partner the caller is. Codes UNAUTHENTICATED, FORBIDDEN.
func (c Caller) Partner() (models.ID, error) {
	switch {
	case c.IsAnonymous():
		return models.ID{}, ErrUnauthenticated
	case c.PartnerID.IsZero():
		return models.ID{}, ErrForbidden
	}
	return c.PartnerID, nil
}

// User gives the signed-in user. Codes UNAUTHENTICATED, FORBIDDEN (an API key is no user).
func (c Caller) User() (models.ID, error) {
	switch {
	case c.IsAnonymous():
		return models.ID{}, ErrUnauthenticated
	case c.UserID.IsZero():
		return models.ID{}, ErrForbidden
	}
	return c.UserID, nil
}

// MustOwn refuses everybody but an owner of the caller's merchant in person; whoever runs the program is trusted. What it
// guards is for nobody who could have been made by an admin, such as a key. Codes UNAUTHENTICATED, FORBIDDEN.
func (c Caller) MustOwn(query *gorm.DB) (models.ID, error) {
	switch {
	case c.IsAnonymous():
		return models.ID{}, ErrUnauthenticated
	case c.MerchantID.IsZero() || c.IsKey():
		return models.ID{}, ErrForbidden
	case c.UserID.IsZero():
		return c.MerchantID, nil
	}
	var owners int64
	err := query.Model(&models.Staff{}).Where("merchant_id = ? AND user_id = ? AND role = ?", c.MerchantID, c.UserID, models.StaffRoleOwner).Count(&owners).Error
	switch {
	case err != nil:
		return models.ID{}, fmt.Errorf("read staff: %w", err)
	case owners == 0:
		return models.ID{}, ErrForbidden
	}
	return c.MerchantID, nil
}

// TenantID gives the id under which the caller's idempotency keys live.
func (c Caller) TenantID() models.ID {
	if !c.MerchantID.IsZero() {
		return c.MerchantID
	}
	return c.UserID
}

func (c Caller) has(scope Scope) bool {
	if slices.Contains(c.scopes, scope) {
		return true
	}
	for _, s := range c.scopes {
		if writeIncludes[s] == scope {
			return true
		}
	}
	return false
}

var writeIncludes = map[Scope]Scope{ProgramsWrite: ProgramsRead, PartnersWrite: PartnersRead,
	ConversionsWrite: ConversionsRead, PayoutsWrite: PayoutsRead, EventsWrite: EventsRead}
