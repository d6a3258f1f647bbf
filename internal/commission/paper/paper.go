// Package paper writes a partner's statement as CSV and as PDF.
//
// It does not own what is on it. Invariants: the same statement gives the same bytes, today and later: nothing of the
// clock, of chance or of the order of a map is in them.
package paper

import (
	"fmt"
	"io"
	"iter"
	"time"

	"tributary/internal/fault"
	"tributary/internal/money"
)

// Format is what a statement is written as.
type Format string

// The values of Format.
const (
	CSV Format = "csv"
	PDF Format = "pdf"
)

// ErrFormat is returned for a format that is not one of the above.
var ErrFormat = fault.InvalidField("format", "FORMAT_UNKNOWN", "a statement is written as csv or pdf")

// ParseFormat reads a format. Code FORMAT_UNKNOWN.
func ParseFormat(text string) (Format, error) {
	if f := Format(text); f == CSV || f == PDF {
		return f, nil
	}
	return "", ErrFormat
}

// MIME gives the format's media type.
func (f Format) MIME() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/pdf"
}

// Statement is what is on the paper; amounts are minor units of the currency. Opening less the payouts, plus what came
// back, plus commissions and adjustments, is Closing.
type Statement struct {
	Number      string
	Merchant    string
	Program     string
	Partner     string
	PeriodKey   string
	From, Until time.Time // in the program's time zone; until is exclusive
	ClosedAt    time.Time // in the program's time zone
	Currency    money.Currency

	Opening     int64 // the balance when the period before closed
	Payouts     []Payout
	Returned    int64 // of payouts that were given up, refused or sent back since
	Commissions Sum
	Adjustments Sum
	Closing     int64
}

// Payout is what was taken from the balance to be paid since the period before closed.
type Payout struct {
	ID    string
	At    time.Time
	Minor int64
}

// Sum is what lines come to.
type Sum struct{ Count, Minor int64 }

// Line is one commission, or what adjusts one.
type Line struct {
	ID           string
	At           time.Time // when it was earned, or adjusted
	Text         string
	IsAdjustment bool
	Minor        int64
}

// Lines hands out the statement's lines in their order, or the error that stopped it.
type Lines = iter.Seq2[Line, error]

// Paid sums up the payouts.
func (s Statement) Paid() int64 {
	var sum int64
	for _, p := range s.Payouts {
		sum += p.Minor
	}
	return sum
}

// AddsUp tells whether the statement is what its parts come to.
func (s Statement) AddsUp() bool {
	return s.Opening-s.Paid()+s.Returned+s.Commissions.Minor+s.Adjustments.Minor == s.Closing
}

// Write writes a statement. Lines are walked once at most.
func Write(w io.Writer, f Format, s Statement, lines Lines) error {
	if !s.AddsUp() {
		return fmt.Errorf("statement %s does not add up", s.Number)
	}
	if f == CSV {
		return writeCSV(w, s, lines)
	}
	return writePDF(w, s, lines)
}

const day = "2006-01-02"
