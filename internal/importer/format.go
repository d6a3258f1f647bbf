package importer

import (
	"slices"
	"strings"
	"unicode"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/tracking"
	"tributary/models"
)

// The limits of one value, in bytes after quotes and surrounding space are taken off. What a value may say is the
// services' to decide; these only bound what is read.
const (
	maxValueBytes = 4 << 10
	maxItemsBytes = 512 << 10
)

// How many rows go through the services in one transaction. Conversions cost a fixed number of statements a chunk,
// the others some for each row.
const (
	conversionsPerChunk = tracking.MaxBatch
	rowsPerChunk        = 200
)

type column struct {
	name     string
	required bool     // the header must have it, and each row a value
	emptyFor []string // but rows of these kinds
}

// metadataPrefix begins the names of columns that are entries of metadata: "metadata.color" is the entry "color".
const metadataPrefix = "metadata."

// format is what a kind of file looks like.
type format struct {
	kind    models.ImportKind
	scope   access.Scope
	columns []column
	key     []string // the columns that name a row: rows with the same key are taken in file order
	rows    int      // of one chunk
	// hasMetadata lets the header name entries of metadata beside the columns.
	hasMetadata bool
	// spelling gives the column for the services' fields that are not just another spelling of it.
	spelling map[string]string
}

var formats = map[models.ImportKind]format{
	models.ImportKindPartners: {
		kind: models.ImportKindPartners, scope: access.PartnersWrite, rows: rowsPerChunk, key: []string{"external_id"},
		columns:  columnsOf([]string{"external_id", "email", "name"}, []string{"country", "link_code", "sponsor_external_id", "group"}),
		spelling: map[string]string{"sponsorId": "sponsor_external_id", "code": "link_code", "destinationUrl": "link_code", "groupCode": "group"},
	},
	models.ImportKindConversions: {
		kind: models.ImportKindConversions, scope: access.ConversionsWrite, rows: conversionsPerChunk, key: []string{"external_id", "kind"}, hasMetadata: true,
		columns: columnsOf([]string{"external_id", "kind", "occurred_at", "currency", "amount"},
			[]string{"tax", "shipping", "discount", "customer_id", "link_code", "coupon", "click_id", "items", "country"}),
		spelling: map[string]string{"currencyCode": "currency"},
	},
	models.ImportKindRefunds: {
		kind: models.ImportKindRefunds, scope: access.ConversionsWrite, rows: rowsPerChunk, key: []string{"external_id"},
		columns: append(columnsOf([]string{"external_id", "conversion_external_id", "occurred_at"}, []string{"reason", columnKind, "conversion_kind"}),
			column{name: "amount", required: true, emptyFor: []string{string(models.RefundKindChargebackWon), string(models.RefundKindVoid)}}),
	},
}

func columnsOf(required, optional []string) []column {
	var columns []column
	for _, name := range required {
		columns = append(columns, column{name: name, required: true})
	}
	for _, name := range optional {
		columns = append(columns, column{name: name})
	}
	return columns
}

// fieldFor spells a service's field as the column it came from: "occurredAt" as occurred_at, "items.2.sku" and "metadata.Color" as
// they are.
func (f format) fieldFor(field string) string {
	if strings.HasPrefix(field, metadataPrefix) {
		return field
	}
	if name, ok := f.spelling[field]; ok {
		return name
	}
	var b strings.Builder
	for _, r := range field {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// layout is a format with the order in which a file's header names the columns.
type layout struct {
	format
	names []string // by position
	index map[string]int
}

// shownRunes is how much of an unknown column's name an error repeats.
const shownRunes = 40

// readHeader takes the first record. Codes IMPORT_HEADER_MALFORMED, IMPORT_DELIMITER, IMPORT_COLUMN_UNKNOWN,
// IMPORT_COLUMN_TWICE, IMPORT_COLUMN_MISSING.
func (f format) readHeader(r record) (*layout, error) {
	l := &layout{format: f, index: map[string]int{}}
	isWrong := r.flaw != nil || r.count > len(r.fields)
	for i, name := range r.fields {
		name = strings.TrimSpace(name)
		isWrong = isWrong || !f.has(name)
		if _, twice := l.index[name]; twice && !isWrong {
			return nil, at(r.line, fault.InvalidField(name, "IMPORT_COLUMN_TWICE", "the header names this column twice"))
		}
		l.index[name], l.names = i, append(l.names, name)
	}
	if isWrong {
		return nil, at(r.line, f.explainHeader(r, l.names))
	}
	l.columns = slices.Clone(f.columns)
	for _, name := range l.names {
		if f.isMetadata(name) {
			l.columns = append(l.columns, column{name: name})
		}
	}
	for _, c := range f.columns {
		if _, ok := l.index[c.name]; c.required && !ok {
			return nil, at(r.line, fault.InvalidField(c.name, "IMPORT_COLUMN_MISSING", "the header lacks this column"))
		}
	}
	return l, nil
}

func (f format) has(name string) bool {
	return f.isMetadata(name) || slices.ContainsFunc(f.columns, func(c column) bool { return c.name == name })
}

func (f format) isMetadata(name string) bool {
	key, ok := strings.CutPrefix(name, metadataPrefix)
	return ok && f.hasMetadata && tracking.IsMetadataKey(key)
}

// explainHeader says what is wrong with a header that is known to be.
func (f format) explainHeader(r record, names []string) *fault.Error {
	all := strings.Join(r.fields, ",")
	for _, d := range []struct{ text, name string }{{";", "a semicolon"}, {"\t", "a tab"}, {"|", "a vertical bar"}} {
		if strings.Contains(all, d.text) {
			return fault.New(fault.Invalid, "IMPORT_DELIMITER", "the columns are separated by %s; they must be separated by commas", d.name)
		}
	}
	for _, name := range names {
		if r.flaw == nil && !f.has(name) {
			shown := []rune(name)
			return fault.InvalidField(string(shown[:min(len(shown), shownRunes)]), "IMPORT_COLUMN_UNKNOWN", "a file of this kind has no such column")
		}
	}
	return fault.New(fault.Invalid, "IMPORT_HEADER_MALFORMED", "the header is not one line of column names separated by commas")
}
