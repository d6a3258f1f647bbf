package payout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// Preview is what planning a period's batch now would come to; nothing of it is stored. Lists hold no more than was asked
// for, and how many there are.
type Preview struct {
	Batch    models.PayoutBatch // as it would be made; its id is of nothing
	Program  models.Program
	Totals   []Total // by state, rail and reason
	NotPaid  List[NotPaid]
	Funds    []RailFunds
	Outliers List[Outlier]

	// The batch before, nil when there is none, and what it paid; who it did not pay and this one would; and the reverse.
	Last      *models.PayoutBatch
	LastMinor int64
	LastCount int64
	Newcomers List[Mover]
	Leavers   List[Mover]

	now     time.Time
	through models.ID // the enrollment that was looked at last
}

// NotPaid is a balance that is not paid now, and why: a reason of ReasonSentence.
type NotPaid struct {
	EnrollmentID models.ID
	Rail         models.RailName
	State        models.PayoutState
	Amount       money.Amount
	Reason       string
}

// RailFunds is what a plan needs on one rail beside what the platform can pay out there now.
type RailFunds struct {
	Rail      models.RailName
	Need      money.Amount
	Available *money.Amount // nil when the rail has no balance, or did not answer
}

// Short gives what is missing; zero when nothing is, or when the balance is not known.
func (f RailFunds) Short() money.Amount {
	short := money.New(0, f.Need.Currency)
	if f.Available != nil && f.Available.Minor < f.Need.Minor {
		short.Minor = f.Need.Minor - f.Available.Minor
	}
	return short
}

// List is the start of a list, and how long all of it is.
type List[T any] struct {
	Rows  []T
	Count int
}

func (l *List[T]) add(most int, rows ...T) {
	l.Count += len(rows)
	l.Rows = append(l.Rows, rows[:min(len(rows), max(most-len(l.Rows), 0))]...)
}

// Preview runs the planner of Plan and reports instead of writing: what would be paid, what not and why, what the rails
// hold against it, how it differs from the batch before, and what is unusual. Each list holds at most the first most
// entries. All of it is of one instant but the rails, which are asked afterwards. It takes a fixed number of statements
// for each thousand balances. Codes UNAUTHENTICATED, FORBIDDEN, PERIOD_NOT_FOUND, PERIOD_OPEN, BATCH_EXISTS, NOTHING_PAYABLE.
func (s *Service) Preview(ctx context.Context, by access.Caller, periodID models.ID, most int) (Preview, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return Preview{}, err
	}
	v := Preview{now: s.db.Now()}
	err = models.InSnapshot(ctx, s.db, func(query *gorm.DB) error {
		period, err := closedPeriod(query, merchantID, periodID)
		if err != nil {
			return err
		}
		if v.Program, err = takeOne[models.Program](query.Where("id = ?", period.ProgramID), "program"); err != nil {
			return err
		}
		if err := v.findLast(query); err != nil {
			return err
		}
		v.Batch, err = s.draw(query, v.now, v.Program, periodID, func(_ models.PayoutBatch, part []planned) error { return v.look(query, part, most) })
		if err != nil {
			return err
		}
		return v.lookAtRest(query, most)
	})
	if err == nil {
		s.complete(ctx, &v)
	}
	return v, err
}

// complete adds what is not read from the database.
func (s *Service) complete(ctx context.Context, v *Preview) {
	slices.SortFunc(v.Totals, func(a, b Total) int {
		return strings.Compare(string(a.State)+string(a.Rail)+a.Reason, string(b.State)+string(b.Rail)+b.Reason)
	})
	v.Funds = s.railFunds(ctx, *v)
}

// findLast reads the batch before: the planner has refused if one is not finished, so the latest is.
func (v *Preview) findLast(query *gorm.DB) error {
	var rows []models.PayoutBatch
	err := query.Where("program_id = ? AND state = ?", v.Program.ID, models.BatchStateClosed).Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read last batch: %w", err)
	}
	if len(rows) > 0 {
		v.Last = &rows[0]
	}
	return nil
}

// look takes one stretch of the plan in.
func (v *Preview) look(query *gorm.DB, part []planned, most int) error {
	a, err := v.around(query, part)
	if err != nil {
		return err
	}
	var paid []Mover
	for _, c := range part {
		v.total(c)
		if !c.isPaid() {
			v.NotPaid.add(most, NotPaid{EnrollmentID: c.enrollment.ID, Rail: c.rail, State: c.state, Amount: money.New(c.minor, v.Program.Currency), Reason: c.reason})
			continue
		}
		paid = append(paid, Mover{EnrollmentID: c.enrollment.ID, Amount: money.New(c.minor, v.Program.Currency), Earlier: a.past[c.enrollment.ID].Count})
		v.Outliers.add(most, outliers(c, a, v.Program.Currency, v.now)...)
	}
	v.compare(paid, a.last, most)
	return nil
}

// lookAtRest takes in whom the batch before paid and this one does not look at.
func (v *Preview) lookAtRest(query *gorm.DB, most int) error {
	rest, err := v.lastPaid(query, nil)
	v.compare(nil, rest, most)
	return err
}

func (v *Preview) compare(paid, last []Mover, most int) {
	if v.Last == nil {
		return
	}
	for _, m := range last {
		v.LastMinor, v.LastCount = v.LastMinor+m.Amount.Minor, v.LastCount+1
	}
	came, left := movers(paid, last)
	v.Newcomers.add(most, came...)
	v.Leavers.add(most, left...)
}

func (v *Preview) total(c planned) {
	for i, t := range v.Totals {
		if t.State == c.state && t.Rail == c.rail && t.Reason == c.reason {
			v.Totals[i].Count, v.Totals[i].Minor = t.Count+1, t.Minor+c.minor
			return
		}
	}
	v.Totals = append(v.Totals, Total{State: c.state, Rail: c.rail, Reason: c.reason, Count: 1, Minor: c.minor})
}

// railFunds asks the rails; one that does not answer is no reason to show nothing.
func (s *Service) railFunds(ctx context.Context, v Preview) []RailFunds {
	var funds []RailFunds
	for _, t := range v.Totals {
		if t.State != models.PayoutStatePlanned {
			continue
		}
		f := RailFunds{Rail: t.Rail, Need: money.New(t.Minor, v.Program.Currency)}
		f.Available = s.heldAt(ctx, v.Program, t.Rail)
		funds = append(funds, f)
	}
	return funds
}

func (s *Service) heldAt(ctx context.Context, p models.Program, name models.RailName) *money.Amount {
	rail, err := s.rail(ctx, name, p.MerchantID)
	if errors.Is(err, ErrNoRail) {
		return nil
	}
	var a money.Amount
	if err == nil {
		a, err = s.available(ctx, rail, p.Currency)
	}
	if err != nil {
		s.log.Warn("the balance at a rail is not known", "rail", name, "error", err)
		return nil
	}
	return &a
}
