package commission

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// The limits of what-ifs.
const (
	maxWhatIfsWaiting = 5 // of one program, not finished
	maxWhatIfYears    = 10
)

// The refusals of what-ifs.
var (
	ErrWhatIfSpan     = fault.InvalidField("from", "WHATIF_SPAN_INVALID", "say a period, or from when to when, at most %d years", maxWhatIfYears)
	ErrWhatIfPeriod   = fault.InvalidField("periodKey", "PERIOD_KEY_INVALID", "a period is named like 2026-01, and like 2026-W05 where periods are weeks")
	ErrWhatIfsWaiting = fault.New(fault.Precondition, "WHATIF_TOO_MANY", "%d what-ifs of the program are not finished yet", maxWhatIfsWaiting).On("programId")
	ErrWhatIfFinished = fault.New(fault.Precondition, "WHATIF_FINISHED", "the what-if is finished")
	ErrWhatIfMissing  = fault.NotFoundf("WHATIF_NOT_FOUND", "what-if")
)

// WhatIfInput is a draft plan and which conversions it is asked about: those of one of the program's periods, by its
// key, or those that occurred from one instant to another.
type WhatIfInput struct {
	ProgramID models.ID
	Plan      PlanSpec
	File      PlanFile // that the plan was read from, so that refusals name its lines; may be zero
	PeriodKey string
	From, To  time.Time
}

// RequestWhatIf asks for a what-if and gives it as it waits. It changes no money: see RunWhatIf. The draft must be a
// plan that could be published but for its effective_from, which does not matter here.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND, WHATIF_SPAN_INVALID, PERIOD_KEY_INVALID, WHATIF_TOO_MANY, and
// those of Compile, with paths from plan on.
func (s *Service) RequestWhatIf(tx *models.Tx, by access.Caller, in WhatIfInput) (models.WhatIfRun, error) {
	run, err := s.draftWhatIf(tx, by, in)
	if err != nil {
		return run, err
	}
	if err := tx.Create(&run).Error; err != nil {
		return run, fmt.Errorf("create what-if: %w", err)
	}
	return run, models.Ring(tx, models.TaskWhatIf, run.ID)
}

func (s *Service) draftWhatIf(tx *models.Tx, by access.Caller, in WhatIfInput) (models.WhatIfRun, error) {
	p, err := program.OwnProgram(tx, by, access.ProgramsWrite, in.ProgramID)
	if err != nil {
		return models.WhatIfRun{}, err
	}
	setting, err := settingOf(tx.DB, p)
	if err != nil {
		return models.WhatIfRun{}, err
	}
	if _, err := in.Plan.Compile(setting.Terms); err != nil {
		return models.WhatIfRun{}, in.File.located(prefixed("plan.", err))
	}
	from, to, err := in.span(setting)
	if err != nil {
		return models.WhatIfRun{}, err
	}
	var waiting int64
	if err := tx.Model(&models.WhatIfRun{}).Where("program_id = ? AND state IN ?", p.ID, unfinished).Count(&waiting).Error; err != nil {
		return models.WhatIfRun{}, fmt.Errorf("count what-ifs: %w", err)
	}
	if waiting >= maxWhatIfsWaiting {
		return models.WhatIfRun{}, ErrWhatIfsWaiting
	}
	draft, err := draftOf(in.Plan, nil)
	if err != nil {
		return models.WhatIfRun{}, err
	}
	return models.WhatIfRun{ID: models.NewID(), ProgramID: p.ID, State: models.WhatIfStateQueued, PlanSource: draft.Source, PlanHash: draft.ContentHash,
		StartsAt: from, EndsAt: to, Currency: p.Currency, Actor: by.Name, RequestedAt: tx.Now}, nil
}

var unfinished = []models.WhatIfState{models.WhatIfStateQueued, models.WhatIfStateRunning}

func (in WhatIfInput) span(setting engine.Setting) (from, to time.Time, err error) {
	from, to = models.Instant(in.From), models.Instant(in.To)
	if in.PeriodKey != "" {
		if !in.From.IsZero() || !in.To.IsZero() {
			return from, to, ErrWhatIfSpan
		}
		var known bool
		if from, to, known = spanOfKey(setting, in.PeriodKey); !known {
			return from, to, ErrWhatIfPeriod
		}
	}
	if !from.Before(to) || to.After(from.AddDate(maxWhatIfYears, 0, 0)) {
		return from, to, ErrWhatIfSpan
	}
	return from, to, nil
}

// spanOfKey gives the span of a period by its key.
func spanOfKey(setting engine.Setting, key string) (from, to time.Time, known bool) {
	var year, number int
	shape := "%04d-%02d"
	if setting.PeriodKind == engine.Weekly {
		shape = "%04d-W%02d"
	}
	if _, err := fmt.Sscanf(key, shape, &year, &number); err != nil {
		return from, to, false
	}
	at := time.Date(year, time.Month(number), 1, 0, 0, 0, 0, setting.Zone)
	if setting.PeriodKind == engine.Weekly {
		at = time.Date(year, 1, 4+7*(number-1), 0, 0, 0, 0, setting.Zone) // the fourth of January is always in the first week
	}
	found, from, to := engine.SpanOf(setting.PeriodKind, setting.Zone, at)
	return from, to, found == key
}

// CancelWhatIf ends a what-if that is not finished; nothing of it stays but the request.
// Codes UNAUTHENTICATED, FORBIDDEN, WHATIF_NOT_FOUND, WHATIF_FINISHED.
func (s *Service) CancelWhatIf(tx *models.Tx, by access.Caller, id models.ID) (models.WhatIfRun, error) {
	merchantID, err := by.Can(access.ProgramsWrite)
	if err != nil {
		return models.WhatIfRun{}, err
	}
	run, err := takeSeen[models.WhatIfRun](tx.Where(inMerchant, merchantID), id, ErrWhatIfMissing)
	if err != nil {
		return run, err
	}
	if !slices.Contains(unfinished, run.State) {
		return run, ErrWhatIfFinished
	}
	run.State, run.FinishedAt = models.WhatIfStateCanceled, &tx.Now
	update := tx.Model(&models.WhatIfRun{}).Where("id = ? AND state IN ?", id, unfinished).Updates(map[string]any{"state": run.State, "finished_at": tx.Now})
	return run, models.MustAffectOne(update, ErrWhatIfFinished)
}

// WhatIf finds a what-if of the caller's merchant. Codes UNAUTHENTICATED, FORBIDDEN, WHATIF_NOT_FOUND.
func (s *Service) WhatIf(ctx context.Context, by access.Caller, id models.ID) (models.WhatIfRun, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.WhatIfRun{}, err
	}
	return takeSeen[models.WhatIfRun](s.db.Read(ctx).Where(inMerchant, merchantID), id, ErrWhatIfMissing)
}

// WhatIfs lists a program's what-ifs, of one state or of any when it is empty. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) WhatIfs(ctx context.Context, by access.Caller, programID models.ID, state models.WhatIfState, page models.Page) (models.Slice[models.WhatIfRun], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.WhatIfRun]{}, err
	}
	return models.FetchPage[models.WhatIfRun](models.Only(s.db.Read(ctx), "state", state).Where("program_id = ?", programID).Where(inMerchant, merchantID), "id", page)
}

// WhatIfPartners lists what a what-if comes to for each enrollment, by the difference that the draft makes: who loses
// most first, or who wins most. Codes UNAUTHENTICATED, FORBIDDEN, WHATIF_NOT_FOUND, PAGE_SIZE_INVALID.
func (s *Service) WhatIfPartners(ctx context.Context, by access.Caller, runID models.ID, winnersFirst bool, page models.Page) (models.Slice[models.WhatIfPartner], error) {
	run, err := s.WhatIf(ctx, by, runID)
	if err != nil || run.State != models.WhatIfStateDone {
		return models.Slice[models.WhatIfPartner]{}, err
	}
	page.Backward = page.Backward != winnersFirst
	slice, err := models.FetchPage[models.WhatIfPartner](s.db.Read(ctx).Where("run_id = ?", runID), "place", page)
	if winnersFirst {
		slices.Reverse(slice.Rows)
	}
	return slice, err
}

// WhatIfDetail is what a what-if comes to in parts. The amounts by level, and those by rule, sum to what conversions
// come to; the settlements are beside them.
type WhatIfDetail struct {
	Levels      []WhatIfSum     `json:"levels"`
	Rules       []WhatIfSum     `json:"rules"`
	Settlements []WhatIfSum     `json:"settlements"` // by kind of line; empty when closes are not in it
	Problems    []WhatIfProblem `json:"problems"`
}

// WhatIfSum is one part: Lines counts lines when they are first earned.
type WhatIfSum struct {
	Level       int    `json:"level,omitempty"`
	Name        string `json:"name,omitempty"` // the rule, or the kind
	ActualMinor int64  `json:"actual"`
	DraftMinor  int64  `json:"draft"`
	ActualLines int64  `json:"actualLines"`
	DraftLines  int64  `json:"draftLines"`
}

// WhatIfProblem is a conversion that the draft cannot price.
type WhatIfProblem struct {
	ConversionID models.ID `json:"conversion"`
	RuleID       string    `json:"rule,omitempty"`
	Detail       string    `json:"detail"`
}

// WhatIfDetailOf reads the parts of a what-if; one that is not done has none.
func WhatIfDetailOf(run *models.WhatIfRun) (WhatIfDetail, error) {
	var d WhatIfDetail
	if run.Detail == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(run.Detail), &d); err != nil {
		return d, fmt.Errorf("detail of what-if %s: %w", run.ID, err)
	}
	return d, nil
}
