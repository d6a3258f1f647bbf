package payout

import (
	"bytes"
	"fmt"
	"time"

	"tributary/internal/money"
	"tributary/models"
)

// OutlierKind says what is unusual about a payout that a plan would make.
type OutlierKind string

// The values of OutlierKind.
const (
	OutlierNewAccount        OutlierKind = "NEW_ACCOUNT"        // the destination changed within NewAccountDays
	OutlierAmount            OutlierKind = "AMOUNT"             // more than OutlierTimes the average of what the partner was paid so far
	OutlierSharedDestination OutlierKind = "SHARED_DESTINATION" // other partners of the merchant are paid to the same place
)

// What counts as an outlier.
const (
	NewAccountDays = 30
	OutlierTimes   = 3
)

// Outlier is one thing to look at before a payout is approved.
type Outlier struct {
	EnrollmentID models.ID
	Kind         OutlierKind
	Amount       money.Amount // to be paid
	Sentence     string
}

// Mover is an enrollment that a plan would pay and the batch before it did not, or the other way round.
type Mover struct {
	EnrollmentID models.ID
	Amount       money.Amount // to be paid; of one who left, what the batch before paid
	Earlier      int64        // payouts so far that were paid; 0 is a partner who never was. Of one who left it is 0 too
}

// past is what an enrollment was paid so far.
type past struct{ Count, Minor int64 }

// around is what the payouts of one stretch of a plan are compared with.
type around struct {
	last   []Mover               // who the batch before paid in this stretch, in the order of enrollments
	past   map[models.ID]past    // by enrollment
	owners map[place][]models.ID // the merchant's partners who are paid there
}

// place is a destination on a rail.
type place struct {
	rail        models.RailName
	destination string
}

// movers parts two lists in the same order into who is only in the first, and who is only in the second.
func movers(now, last []Mover) (came, left []Mover) {
	for len(now) > 0 || len(last) > 0 {
		order := 0
		switch {
		case len(last) == 0:
			order = -1
		case len(now) == 0:
			order = 1
		default:
			order = bytes.Compare(now[0].EnrollmentID[:], last[0].EnrollmentID[:])
		}
		switch {
		case order < 0:
			came, now = append(came, now[0]), now[1:]
		case order > 0:
			left, last = append(left, last[0]), last[1:]
		default:
			now, last = now[1:], last[1:]
		}
	}
	return came, left
}

// outliers gives what is unusual about one payout that would be made.
func outliers(c planned, a around, currency money.Currency, now time.Time) []Outlier {
	var found []Outlier
	add := func(kind OutlierKind, sentence string, args ...any) {
		found = append(found, Outlier{EnrollmentID: c.enrollment.ID, Kind: kind, Amount: money.New(c.minor, currency), Sentence: fmt.Sprintf(sentence, args...)})
	}
	if days := int(now.Sub(c.account.DestinationChangedAt) / (24 * time.Hour)); days < NewAccountDays {
		add(OutlierNewAccount, "the payout account changed %d days ago", days)
	}
	if was := a.past[c.enrollment.ID]; was.Count > 0 {
		average := was.Minor / was.Count
		if c.minor/OutlierTimes > average || (c.minor/OutlierTimes == average && c.minor%OutlierTimes > 0) {
			add(OutlierAmount, "it is more than %d times the average of the %d payouts so far, %s", OutlierTimes, was.Count, money.New(average, currency))
		}
	}
	others := 0 // a partner has one account on a rail
	for _, partner := range a.owners[place{c.rail, c.destination()}] {
		if partner != c.enrollment.PartnerID {
			others++
		}
	}
	if others > 0 {
		add(OutlierSharedDestination, "%d other partners are paid to the same account", others)
	}
	return found
}
