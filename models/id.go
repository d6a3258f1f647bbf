package models

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.jetify.com/typeid"

	"tributary/internal/fault"
)

// ID is a UUIDv7, stored as 16 bytes. Outside the database it is a TypeID: the noun, an underscore, 26 letters.
type ID [16]byte

// Hash is a SHA-256 sum, stored as 32 bytes.
type Hash [32]byte

// The prefixes of ids that leave the system. A prefix never changes once released.
const (
	PrefixMerchant   = "merchant"
	PrefixUser       = "user"
	PrefixAPIKey     = "apikey"
	PrefixSession    = "session"
	PrefixPartner    = "partner"
	PrefixProgram    = "program"
	PrefixTerms      = "terms"
	PrefixPlan       = "plan"
	PrefixGroup      = "group"
	PrefixEnrollment = "enrollment"
	PrefixSponsoring = "sponsorchange"
	PrefixLink       = "link"
	PrefixCoupon     = "coupon"
	PrefixClick      = "click"
	PrefixCustomer   = "customer"
	PrefixConversion = "conversion"
	PrefixRefund     = "refund"
	PrefixCommission = "commission"
	PrefixPlacement  = "placement"
	PrefixPeriod     = "period"
	PrefixJournal    = "journal"
	PrefixWhatIf     = "whatif"
	PrefixExport     = "export"
	PrefixAccount    = "payoutaccount"
	PrefixBatch      = "batch"
	PrefixPayout     = "payout"
	PrefixDecision   = "decision"
	PrefixFinding    = "finding"
	PrefixAudit      = "audit"
	PrefixEvent      = "event"
	PrefixEndpoint   = "webhook"
	PrefixDelivery   = "delivery"
)

// NewID makes an id that sorts after those made before it in this process.
func NewID() ID {
	id, err := uuid.NewV7()
	if err != nil {
		panic("models: the system has no randomness: " + err.Error())
	}
	return ID(id)
}

// Back gives an id that sorts before every id that is made less than d before this one.
func (id ID) Back(d time.Duration) ID {
	var millis [8]byte
	copy(millis[2:], id[:6])
	made := binary.BigEndian.Uint64(millis[:])
	binary.BigEndian.PutUint64(millis[:], made-min(made, uint64(d.Milliseconds())))
	var earlier ID
	copy(earlier[:6], millis[2:])
	return earlier
}

// FirstAuditID gives the least id that an entry of the audit log recorded at an instant can have: a UUIDv7 whose fraction of the
// millisecond is in the twelve bits that the RFC leaves for it.
func FirstAuditID(t time.Time) ID {
	var id ID
	var millis [8]byte
	binary.BigEndian.PutUint64(millis[:], uint64(t.UnixMilli()))
	copy(id[:6], millis[2:])
	binary.BigEndian.PutUint16(id[6:8], 0x7000|uint16(t.UnixMicro()-t.UnixMilli()*1000)<<2)
	return id
}

// auditIDAt makes the id of the n-th entry of a transaction: it sorts by the instant to the microsecond, and then by n.
func auditIDAt(t time.Time, n int) ID {
	id, first := NewID(), FirstAuditID(t)
	copy(id[:8], first[:8])
	id[8] = 0x80 | byte(n>>16)&0x3f
	binary.BigEndian.PutUint16(id[9:11], uint16(n))
	return id
}

// HashOf gives the SHA-256 sum of data.
func HashOf(data []byte) Hash { return sha256.Sum256(data) }

// IsZero tells whether the id was never set.
func (id ID) IsZero() bool { return id == ID{} }

// Ref gives a pointer for nullable columns: nil for the zero id.
func (id ID) Ref() *ID {
	if id.IsZero() {
		return nil
	}
	return &id
}

// Or gives the id behind the pointer, or the zero id.
func Or(id *ID) ID {
	if id == nil {
		return ID{}
	}
	return *id
}

// String gives the UUID form, for logs.
func (id ID) String() string { return uuid.UUID(id).String() }

// MarshalText makes ids readable in stored JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) error {
	u, err := uuid.ParseBytes(text)
	*id = ID(u)
	return err
}

// Format gives the id as the outside sees it: "payout_01h455vb4pex5vsknk084sn02q".
func (id ID) Format(prefix string) string {
	var space [64]byte
	return string(id.AppendFormat(space[:0], prefix))
}

const (
	idLetters = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32
	idChars   = 26
)

// AppendFormat appends what Format gives.
func (id ID) AppendFormat(to []byte, prefix string) []byte {
	for i := range len(prefix) {
		if prefix[i] < 'a' || prefix[i] > 'z' {
			panic("models: bad id prefix " + prefix)
		}
	}
	to = append(append(to, prefix...), '_')
	high, low := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	var letters [idChars]byte
	for i := idChars - 1; i >= 0; i-- {
		letters[i] = idLetters[low&31]
		low, high = low>>5|high<<59, high>>5
	}
	return append(to, letters[:]...)
}

// ParseID reads an id with the given prefix. Code ID_MALFORMED.
func ParseID(prefix, text string) (ID, error) {
	got, id, err := ParseAnyID(text)
	if err != nil {
		return ID{}, err
	}
	if got != prefix {
		return ID{}, fault.New(fault.Invalid, "ID_MALFORMED", "this is not the id of a %s", prefix)
	}
	return id, nil
}

// ParseAnyID reads an id of any noun and gives its prefix. Code ID_MALFORMED.
func ParseAnyID(text string) (string, ID, error) {
	t, err := typeid.FromString(text)
	if err != nil {
		return "", ID{}, fault.New(fault.Invalid, "ID_MALFORMED", "this is not an id").Because(err)
	}
	return t.Prefix(), ID(t.UUIDBytes()), nil
}

// Value stores the id as 16 bytes.
func (id ID) Value() (driver.Value, error) { return id[:], nil }

// Scan reads 16 bytes.
func (id *ID) Scan(src any) error { return scanBytes(id[:], src) }

// GormDataType tells GORM the column type.
func (ID) GormDataType() string { return "binary(16)" }

// Value stores the sum as 32 bytes.
func (h Hash) Value() (driver.Value, error) { return h[:], nil }

// Scan reads 32 bytes.
func (h *Hash) Scan(src any) error { return scanBytes(h[:], src) }

// GormDataType tells GORM the column type.
func (Hash) GormDataType() string { return "binary(32)" }

func scanBytes(dst []byte, src any) error {
	var b []byte
	switch v := src.(type) {
	case []byte:
		b = v
	case string:
		b = []byte(v)
	}
	if len(b) != len(dst) {
		return fmt.Errorf("models: %d bytes of %T where %d are due", len(b), src, len(dst))
	}
	copy(dst, b)
	return nil
}
