package commission

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// MaxReplayDifferences is how many of a replay's differences are kept in full; all are counted.
const MaxReplayDifferences = 100

// replayPage is how many conversions are worked out again at once.
const replayPage = 500

// ReplayKind says in what a period and its replay differ.
type ReplayKind string

// The kinds of differences.
const (
	ReplayAmount      ReplayKind = "AMOUNT"      // a line comes to another amount
	ReplayBasis       ReplayKind = "BASIS"       // its basis is another one
	ReplayTerms       ReplayKind = "TERMS"       // its rate, instants, currency, chain or the line that it adjusts
	ReplayPlan        ReplayKind = "PLAN"        // another plan version should have priced it
	ReplayPeriod      ReplayKind = "PERIOD"      // it should settle in another period
	ReplayMissing     ReplayKind = "MISSING"     // there should be a line that is not there
	ReplayExtra       ReplayKind = "EXTRA"       // there is a line that nothing explains
	ReplayUnpriceable ReplayKind = "UNPRICEABLE" // lines that cannot be worked out again
	ReplaySource      ReplayKind = "SOURCE"      // a line of a conversion that does not exist
	ReplayByHand      ReplayKind = "BY_HAND"     // a line by hand without its reason, or not what the reason is for
	ReplaySum         ReplayKind = "SUM"         // a statement, or the period's count, is not what its lines come to
	ReplayCap         ReplayKind = "CAP"         // a cap's counter is not what its conversions use
)

// ReplayDifference is one thing in which a period is not what it should be. The ids are zero where it has none.
type ReplayDifference struct {
	Kind            ReplayKind `json:"kind"`
	LineID          models.ID  `json:"line"`
	ConversionID    models.ID  `json:"conversion"`
	EnrollmentID    models.ID  `json:"enrollment"`
	RuleID          string     `json:"rule,omitempty"`
	Level           int        `json:"level,omitempty"`
	StoredMinor     int64      `json:"stored"`
	RecomputedMinor int64      `json:"recomputed"`
	Detail          string     `json:"detail"`
}

// Replayed is what the replay of one period came to, with the first of its differences.
type Replayed struct {
	Period      models.Period
	Run         models.ReplayRun
	Differences []ReplayDifference
}

// Replay works everything in a period out again from what it was made from, and keeps what it comes to beside what is
// stored; nothing else is written. Everything is read as of one instant. Codes UNAUTHENTICATED, FORBIDDEN, PERIOD_NOT_FOUND.
func (s *Service) Replay(ctx context.Context, by access.Caller, periodID models.ID) (Replayed, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return Replayed{}, err
	}
	period, err := takeSeen[models.Period](s.db.Read(ctx).Where(inMerchant, merchantID), periodID, fault.NotFoundf("PERIOD_NOT_FOUND", "period"))
	if err != nil {
		return Replayed{}, err
	}
	return s.replay(ctx, by.Name, period, false)
}

// ReplayProgram replays every period of a program, the earliest first, and with the last what belongs to no period: the
// counters of caps, and reasons of lines by hand. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func (s *Service) ReplayProgram(ctx context.Context, by access.Caller, programID models.ID) ([]Replayed, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return nil, err
	}
	p, err := takeSeen[models.Program](s.db.Read(ctx).Where("merchant_id = ?", merchantID), programID, fault.NotFoundf("PROGRAM_NOT_FOUND", "program"))
	if err != nil {
		return nil, err
	}
	periods, err := periodsInOrder(s.db.Read(ctx), p.ID)
	if err != nil {
		return nil, err
	}
	all := make([]Replayed, len(periods))
	for i, period := range periods {
		if all[i], err = s.replay(ctx, by.Name, period, i == len(periods)-1); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func periodsInOrder(query *gorm.DB, programID models.ID) ([]models.Period, error) {
	var rows []models.Period
	if err := query.Where("program_id = ?", programID).Order("starts_at").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read periods: %w", err)
	}
	return rows, nil
}

// replay works a period out again, with what belongs to no period where whole says so, and keeps the result.
func (s *Service) replay(ctx context.Context, actor string, period models.Period, whole bool) (Replayed, error) {
	began := s.db.Now()
	var r *replay
	err := models.InSnapshot(ctx, s.db, func(query *gorm.DB) error {
		var err error
		if r, err = s.openReplay(query, period); err != nil {
			return err
		}
		return r.run(whole)
	})
	if err != nil {
		return Replayed{}, fmt.Errorf("replay period %s: %w", period.PeriodKey, err)
	}
	detail, err := json.Marshal(r.found)
	if err != nil {
		return Replayed{}, fmt.Errorf("encode replay: %w", err)
	}
	run := models.ReplayRun{ID: models.NewID(), ProgramID: period.ProgramID, PeriodID: period.ID, Actor: actor, StartedAt: began, Lines: r.lines,
		Conversions: r.conversions, Differences: r.differences, Currency: r.program.Currency, StoredMinor: r.stored, RecomputedMinor: r.recomputed, Detail: string(detail)}
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		run.FinishedAt = tx.Now
		return tx.Create(&run).Error
	})
	if err != nil {
		return Replayed{}, fmt.Errorf("keep replay: %w", err)
	}
	return Replayed{Period: r.period, Run: run, Differences: r.found}, nil
}

// ReplayDifferencesOf reads the differences that a replay kept.
func ReplayDifferencesOf(run *models.ReplayRun) ([]ReplayDifference, error) {
	var found []ReplayDifference
	if err := json.Unmarshal([]byte(run.Detail), &found); err != nil {
		return nil, fmt.Errorf("detail of replay %s: %w", run.ID, err)
	}
	return found, nil
}

// ReplaysOfPeriod lists the replays of a period, in the order they were made. Codes UNAUTHENTICATED, FORBIDDEN,
// PAGE_SIZE_INVALID.
func (s *Service) ReplaysOfPeriod(ctx context.Context, by access.Caller, periodID models.ID, page models.Page) (models.Slice[models.ReplayRun], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.ReplayRun]{}, err
	}
	return models.FetchPage[models.ReplayRun](s.db.Read(ctx).Where("period_id = ?", periodID).Where(inMerchant, merchantID), "id", page)
}

// replay is one run over a period. What it holds does not grow with the period, but for the enrollments of its close.
type replay struct {
	service *Service
	query   *gorm.DB
	program models.Program
	period  models.Period
	periods []models.Period // of the program, in their order
	zone    *time.Location
	w       *workshop
	page    int

	lines, conversions, differences int64
	stored, recomputed              int64
	found                           []ReplayDifference
}

func (s *Service) openReplay(query *gorm.DB, period models.Period) (*replay, error) {
	r := &replay{service: s, query: query, page: s.replayPage, found: []ReplayDifference{}}
	if err := query.Where("id = ?", period.ID).Take(&r.period).Error; err != nil {
		return nil, fmt.Errorf("read period: %w", err)
	}
	if err := query.Where("id = ?", period.ProgramID).Take(&r.program).Error; err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	var err error
	if r.zone, err = time.LoadLocation(r.program.TimeZone); err != nil {
		return nil, fmt.Errorf("time zone of program %s: %w", r.program.ID, err)
	}
	if r.periods, err = periodsInOrder(query, r.program.ID); err != nil {
		return nil, err
	}
	plans, err := s.timeline(query, r.program)
	if err != nil {
		return nil, err
	}
	world, err := s.worldOf(query, r.program.ID)
	if err != nil {
		return nil, err
	}
	r.w = &workshop{plans: plans, facts: reader{query: query, program: r.program, needs: plans.needs, depth: plans.depth, world: world}}
	return r, nil
}

func (r *replay) run(whole bool) error {
	checks := []func() error{r.replayConversions, r.replayOrphans, r.replayUnearned, r.replayByHand, r.replayClose, r.replaySums}
	if whole {
		checks = append(checks, r.replayReasons, r.replayCaps)
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// differs notes a difference.
func (r *replay) differs(d ReplayDifference) {
	r.differences++
	if len(r.found) < MaxReplayDifferences {
		r.found = append(r.found, d)
	}
}

// count takes a line of the period, and what it should come to.
func (r *replay) count(stored, recomputed int64) error {
	r.lines++
	var err error
	if r.stored, err = money.AddMinor(r.stored, stored); err != nil {
		return err
	}
	return r.owe(recomputed)
}

// owe takes what should be there.
func (r *replay) owe(minor int64) (err error) {
	r.recomputed, err = money.AddMinor(r.recomputed, minor)
	return err
}

// ofLine begins a difference of a line.
func ofLine(kind ReplayKind, l *models.Commission) ReplayDifference {
	d := ReplayDifference{Kind: kind, LineID: l.ID, EnrollmentID: l.EnrollmentID, RuleID: l.RuleID, Level: l.Level, StoredMinor: l.AmountMinor, RecomputedMinor: l.AmountMinor}
	if l.OfConversion() {
		d.ConversionID = l.SourceID
	}
	return d
}

// longestPosting is how long a transaction that makes lines may take: a period may close after its beginning and be closed for it.
const longestPosting = time.Hour

// settlesIn tells whether a line may have been born with a period: the one that contains the instant, or the first that
// was not closed when the line was made. It gives the key of the most likely one.
func (r *replay) settlesIn(key string, at, made time.Time) (string, bool) {
	var ends []time.Time // of the last closed period, as the line may have found it
	var closed time.Time
	for _, p := range r.periods {
		switch {
		case p.ClosedAt == nil || p.ClosedAt.After(made.Add(longestPosting)):
		case p.ClosedAt.Before(made):
			closed = p.EndsAt
		default:
			ends = append(ends, p.EndsAt)
		}
	}
	likely := ""
	for _, end := range slices.Insert(ends, 0, closed) {
		from := at
		if from.Before(end) {
			from = end
		}
		found, _, _ := engine.SpanOf(engine.PeriodKind(r.program.PeriodKind), r.zone, from)
		if found == key {
			return key, true
		}
		if likely == "" {
			likely = found
		}
	}
	return likely, false
}
