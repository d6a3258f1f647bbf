package models

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// The bounds of what an entry writes down; what is longer is named by its sum.
const (
	maxAuditValueBytes = 2 << 10
	maxAuditSideBytes  = 32 << 10 // of before, and of after
)

const secretValue = "(secret)"

// columnPrefixes gives the noun of the ids in a column.
var columnPrefixes = map[string]string{"merchant_id": PrefixMerchant, "program_id": PrefixProgram, "partner_id": PrefixPartner,
	"enrollment_id": PrefixEnrollment, "child_id": PrefixEnrollment, "open_child_id": PrefixEnrollment, "sponsor_id": PrefixEnrollment,
	"user_id": PrefixUser, "group_id": PrefixGroup, "terms_id": PrefixTerms, "plan_version_id": PrefixPlan, "period_id": PrefixPeriod,
	"through_period_id": PrefixPeriod, "batch_id": PrefixBatch, "payout_id": PrefixPayout, "finding_id": PrefixFinding,
	"conversion_id": PrefixConversion, "commission_id": PrefixCommission, "reverses_id": PrefixCommission}

// columns are values of a row by the names of their columns, ready to be written down.
type columns map[string]json.RawMessage

// put adds a value.
func (c columns) put(a auditing, name string, value any) error {
	text, err := writeDown(a, name, value)
	c[name] = text
	return err
}

// hide replaces the values of secret columns, once they have been compared.
func (c columns) hide(a auditing) {
	for _, name := range a.secret {
		if _, ok := c[name]; ok {
			c[name] = json.RawMessage(`"` + secretValue + `"`)
		}
	}
}

// text writes the values down in the order of their names; a side that is too long is named by its sum.
func (c columns) text() (string, error) {
	if len(c) == 0 {
		return "", nil
	}
	text, err := marshalPlain(c)
	if err != nil {
		return "", err
	}
	if len(text) > maxAuditSideBytes {
		text = summed(text)
	}
	return string(text), nil
}

// writeDown gives a value as JSON.
func writeDown(a auditing, name string, value any) (json.RawMessage, error) {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return json.RawMessage("null"), nil
		}
		v = v.Elem()
		value = v.Interface()
	}
	switch known := value.(type) {
	case ID:
		value = auditID(a, name, known)
	case Hash:
		value = hex.EncodeToString(known[:])
	case []byte:
		value = hex.EncodeToString(known)
	case time.Time:
		value = Instant(known)
	}
	text, err := marshalPlain(value)
	if err != nil {
		return nil, fmt.Errorf("write %s down: %w", name, err)
	}
	if len(text) > maxAuditValueBytes {
		text = summed(text)
	}
	return text, nil
}

// auditID gives an id as the outside knows it.
func auditID(a auditing, name string, id ID) string {
	prefix := columnPrefixes[name]
	if a.key == "id" && (name == "id" || name == "first" || name == "last") {
		prefix = a.prefix
	}
	if prefix == "" || id.IsZero() {
		return id.String()
	}
	return id.Format(prefix)
}

// summed stands for JSON that is too long to be kept twice.
func summed(text []byte) json.RawMessage {
	sum := HashOf(text)
	return fmt.Appendf(nil, `{"bytes":%d,"sha256":"%x"}`, len(text), sum[:])
}

// marshalPlain is json.Marshal for people to read: nothing is escaped for HTML.
func marshalPlain(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
