package export

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// pageRecords is how many records are read, and stored as one part of the file, at a time.
const pageRecords = 1_000

// listing is how one kind of export is read: in pages, each of which begins where the one before ended.
type listing struct {
	scope  access.Scope
	header []string
	count  func(query *gorm.DB, of subject) (int64, error)
	read   func(query *gorm.DB, of subject, after place, most int) (page, error)
}

// subject is what an export is about.
type subject struct {
	program models.Program
	period  models.Period
}

// place is the record that a page ended with, by what its kind is ordered by.
type place struct {
	First  models.ID `json:"first"`
	Second models.ID `json:"second,omitzero"`
	Minor  int64     `json:"minor,omitempty"` // an amount, or an instant in microseconds
}

// page is what was read: the rows for the file, which may be fewer than the records that were looked at.
type page struct {
	rows   [][]string
	looked int
	last   place
}

var listings = map[models.ExportKind]listing{
	models.ExportKindConversions: conversions,
	models.ExportKindCommissions: commissions,
	models.ExportKindPayouts:     payouts,
	models.ExportKindStatements:  statements,
}

func (p place) isStart() bool { return p == place{} }

func (p place) text() (string, error) {
	text, err := json.Marshal(p)
	return string(text), err
}

func placeOf(text string) (place, error) {
	var p place
	if text == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("place of export: %w", err)
	}
	return p, nil
}

// named gives the enrollments of a page as the file shows them: the id and the merchant's own name.
type named map[models.ID][]string

// partnerColumns are the columns of named.
var partnerColumns = []string{"enrollment_id", "partner_external_id"}

func nameEnrollments(query *gorm.DB, ids []models.ID) (named, error) {
	var rows []models.Enrollment
	if err := query.Select("id", "external_id").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	names := named{}
	for _, e := range rows {
		external := ""
		if e.ExternalID != nil {
			external = *e.ExternalID
		}
		names[e.ID] = []string{e.ID.Format(models.PrefixEnrollment), external}
	}
	return names, nil
}

// of gives the columns of an enrollment; of nobody they are empty.
func (n named) of(id models.ID) []string {
	if columns, known := n[id]; known {
		return columns
	}
	return []string{"", ""}
}

func amount(minor int64, currency money.Currency) string { return money.New(minor, currency).Decimal() }

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func optionalInstant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return instant(*t)
}

func optionalID(id *models.ID, prefix string) string {
	if id == nil {
		return ""
	}
	return id.Format(prefix)
}
