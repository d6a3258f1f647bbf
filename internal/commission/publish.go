package commission

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/tree"
	"tributary/models"
)

// Service accrues, closes and explains.
type Service struct {
	db    *models.DB
	mu    sync.Mutex
	plans map[models.ID]*engine.Plan   // by plan version, which never changes
	trees map[models.ID]*tree.Snapshot // by program, as of their versions

	whatIfPace   whatIfPace
	previewLimit int   // of conversions
	replayPage   int   // conversions that are worked out again at once
	replayCaps   int64 // counters of caps that are summed at once
}

// New makes the service.
func New(db *models.DB) *Service {
	return &Service{db: db, plans: map[models.ID]*engine.Plan{}, trees: map[models.ID]*tree.Snapshot{}, whatIfPace: defaultWhatIfPace,
		previewLimit: maxPreviewConversions, replayPage: replayPage, replayCaps: countersAtOnce}
}

// snapshot gives the program's tree as it stands, from memory unless it changed.
func (s *Service) snapshot(query *gorm.DB, programID models.ID) (*tree.Snapshot, error) {
	version, err := tree.Version(query, programID)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	known := s.trees[programID]
	s.mu.Unlock()
	if known != nil && known.Version == version {
		return known, nil
	}
	fresh, err := tree.Load(query, programID)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.trees[programID] = fresh
	s.mu.Unlock()
	return fresh, nil
}

// at names the path of a typed error; other errors pass.
func at(path string, err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.On(path)
	}
	return err
}

// The refusals of Publish.
var (
	ErrPlanPast   = fault.InvalidField("plan.effective_from", "PLAN_EFFECTIVE_PAST", "a further plan version cannot hold from a time that is past")
	ErrPlanNotice = fault.InvalidField("plan.effective_from", "PLAN_NOTICE_SHORT", "the plan is worse for partners and must hold later")
)

// Publish stores a plan as the program's next version; the same plan as the latest publishes nothing, but keeps the
// examples it comes with. The first version may hold from any time, a further one from now on, and one that is worse
// for anybody only after the notice of each version that it replaces. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND,
// PLAN_EFFECTIVE_PAST, PLAN_NOTICE_SHORT, and those of Compile and CheckExamples.
func (s *Service) Publish(tx *models.Tx, by access.Caller, programID models.ID, spec PlanSpec, examples ...engine.ExampleSpec) (models.PlanVersion, error) {
	p, err := program.OwnProgram(tx, by, access.ProgramsWrite, programID)
	if err != nil {
		return models.PlanVersion{}, err
	}
	in, err := settingOf(tx.DB, p)
	if err != nil {
		return models.PlanVersion{}, err
	}
	plan, err := spec.Compile(in.Terms)
	if err != nil {
		return models.PlanVersion{}, prefixed("plan.", err)
	}
	if err := engine.CheckExamples(spec, examples, in); err != nil {
		return models.PlanVersion{}, err
	}
	next, err := draftOf(spec, examples)
	if err != nil {
		return next, err
	}
	var latest models.PlanVersion
	err = tx.Where("program_id = ?", p.ID).Order("number DESC").Take(&latest).Error
	if err != nil && !models.IsMissing(err) {
		return latest, fmt.Errorf("read plan: %w", err)
	}
	if latest.Number > 0 && latest.ContentHash == next.ContentHash {
		return s.keepExamples(tx, latest, next.Examples)
	}
	next.ID, next.ProgramID, next.Number, next.PublishedAt, next.Actor = models.NewID(), p.ID, latest.Number+1, tx.Now, by.Name
	if latest.Number > 0 {
		if err := s.mayFollow(tx, p, plan); err != nil {
			return next, err
		}
	}
	if err := tx.Create(&next).Error; err != nil {
		return next, fmt.Errorf("publish plan: %w", err)
	}
	return next, emitPlan(tx, next)
}

// draftOf writes a plan as it is stored; the hash is of the plan alone.
func draftOf(spec PlanSpec, examples []engine.ExampleSpec) (models.PlanVersion, error) {
	source, err := yaml.Marshal(spec)
	if err != nil {
		return models.PlanVersion{}, fmt.Errorf("encode plan: %w", err)
	}
	v := models.PlanVersion{Source: string(source), ContentHash: models.HashOf(source), EffectiveAt: models.Instant(spec.EffectiveFrom)}
	if len(examples) > 0 {
		text, err := yaml.Marshal(examples)
		if err != nil {
			return v, fmt.Errorf("encode examples: %w", err)
		}
		v.Examples = string(text)
	}
	return v, nil
}

// keepExamples changes the examples of a version, which decide nothing.
func (s *Service) keepExamples(tx *models.Tx, v models.PlanVersion, examples string) (models.PlanVersion, error) {
	if examples == "" || examples == v.Examples {
		return v, nil
	}
	v.Examples = examples
	err := tx.Model(&models.PlanVersion{}).Where("id = ?", v.ID).Update("examples", examples).Error
	if err != nil {
		return v, fmt.Errorf("keep examples: %w", err)
	}
	return v, nil
}

// mayFollow refuses a version that would change what was promised without notice: what each version promised that it
// replaces, the one that holds until then and those that wait to.
func (s *Service) mayFollow(tx *models.Tx, p models.Program, next *engine.Plan) error {
	if next.EffectiveFrom.Before(tx.Now) {
		return ErrPlanPast
	}
	plans, err := s.timeline(tx.DB, p)
	if err != nil {
		return err
	}
	for _, earlier := range plans.replacedFrom(next.EffectiveFrom) {
		earliest := earlier.EarliestFor(tx.Now)
		if worse := next.Worse(earlier); len(worse) > 0 && next.EffectiveFrom.Before(earliest) {
			return fault.InvalidField(ErrPlanNotice.Field, ErrPlanNotice.Code, "%s; with %d days of notice it can hold from %s", worse[0], earlier.NoticeDays, earliest.Format(time.RFC3339))
		}
	}
	return nil
}

// settingOf gives what a plan takes from its program.
func settingOf(query *gorm.DB, p models.Program) (engine.Setting, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return engine.Setting{}, fmt.Errorf("time zone of program %s: %w", p.ID, err)
	}
	var codes []string
	if err := query.Model(&models.Group{}).Where("program_id = ?", p.ID).Pluck("code", &codes).Error; err != nil {
		return engine.Setting{}, fmt.Errorf("read groups: %w", err)
	}
	groups := make(map[string]bool, len(codes))
	for _, code := range codes {
		groups[code] = true
	}
	return engine.Setting{Terms: engine.Terms{Currency: p.Currency, Zone: zone, Groups: groups}, PeriodKind: engine.PeriodKind(p.PeriodKind)}, nil
}

func prefixed(prefix string, err error) error { return at(prefix+fault.FieldOf(err), err) }

// PlanVersions lists a program's plan versions. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) PlanVersions(ctx context.Context, by access.Caller, programID models.ID, page models.Page) (models.Slice[models.PlanVersion], error) {
	merchantID, err := by.Can(access.ProgramsRead)
	if err != nil {
		return models.Slice[models.PlanVersion]{}, err
	}
	return models.FetchPage[models.PlanVersion](s.db.Read(ctx).Where(
		"program_id = ? AND program_id IN (SELECT id FROM programs WHERE merchant_id = ?)", programID, merchantID), "id", page)
}
