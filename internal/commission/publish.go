package commission

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/tree"
	"tributary/models"
)

// Service accrues, closes and explains.
type Service struct {
	db    *models.DB
	mu    sync.Mutex
	plans map[models.ID]*Plan          // by plan version, which never changes
	trees map[models.ID]*tree.Snapshot // by program, as of their versions
}

// New makes the service.
func New(db *models.DB) *Service {
	return &Service{db: db, plans: map[models.ID]*Plan{}, trees: map[models.ID]*tree.Snapshot{}}
}

// snapshot gives the program's tree as it stands, from memory unless it changed.
func (s *Service) snapshot(ctx context.Context, programID models.ID) (*tree.Snapshot, error) {
	query := s.db.Read(ctx)
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

// ErrPlanPast is returned for a further plan version that would hold for a time already past.
var ErrPlanPast = fault.InvalidField("plan.effective_from", "PLAN_EFFECTIVE_PAST", "a further plan version cannot hold from a time that is past")

// Publish stores a plan as the program's next version; the same plan as the latest publishes nothing. The first
// version may hold from any time, a further one from now on. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND,
// PLAN_EFFECTIVE_PAST, and those of Compile.
func (s *Service) Publish(tx *models.Tx, by access.Caller, programID models.ID, spec PlanSpec) (models.PlanVersion, error) {
	p, err := program.OwnProgram(tx, by, access.ProgramsWrite, programID)
	if err != nil {
		return models.PlanVersion{}, err
	}
	if _, err := spec.Compile(p.Currency); err != nil {
		return models.PlanVersion{}, prefixed("plan.", err)
	}
	source, err := yaml.Marshal(spec)
	if err != nil {
		return models.PlanVersion{}, fmt.Errorf("encode plan: %w", err)
	}
	var latest models.PlanVersion
	err = tx.Where("program_id = ?", p.ID).Order("number DESC").Take(&latest).Error
	if err != nil && !models.IsMissing(err) {
		return latest, fmt.Errorf("read plan: %w", err)
	}
	next := models.PlanVersion{ID: models.NewID(), ProgramID: p.ID, Number: latest.Number + 1, Source: string(source), ContentHash: models.HashOf(source),
		EffectiveAt: models.Instant(spec.EffectiveFrom), PublishedAt: tx.Now, Actor: by.Name}
	if latest.Number > 0 && latest.ContentHash == next.ContentHash {
		return latest, nil
	}
	if latest.Number > 0 && next.EffectiveAt.Before(tx.Now) {
		return latest, ErrPlanPast
	}
	if err := tx.Create(&next).Error; err != nil {
		return next, fmt.Errorf("publish plan: %w", err)
	}
	return next, nil
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

// timeline is a program's plan versions, the latest first.
type timeline []version

type version struct {
	id          models.ID
	effectiveAt time.Time
	plan        *Plan
}

// holding gives the version that holds at an instant. False before the first one.
func (t timeline) holding(at time.Time) (version, bool) {
	for _, v := range t {
		if !at.Before(v.effectiveAt) {
			return v, true
		}
	}
	return version{}, false
}

func (t timeline) byID(id models.ID) (version, bool) {
	for _, v := range t {
		if v.id == id {
			return v, true
		}
	}
	return version{}, false
}

func (s *Service) timeline(tx *models.Tx, p models.Program) (timeline, error) {
	var rows []models.PlanVersion
	if err := tx.Where("program_id = ?", p.ID).Order("number DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	t := make(timeline, len(rows))
	for i, row := range rows {
		plan, err := s.compiled(row, p)
		if err != nil {
			return nil, err
		}
		t[i] = version{id: row.ID, effectiveAt: row.EffectiveAt, plan: plan}
	}
	return t, nil
}

func (s *Service) compiled(row models.PlanVersion, p models.Program) (*Plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if plan := s.plans[row.ID]; plan != nil {
		return plan, nil
	}
	var spec PlanSpec
	if err := yaml.Unmarshal([]byte(row.Source), &spec); err != nil {
		return nil, fmt.Errorf("decode plan version %s: %w", row.ID, err)
	}
	plan, err := spec.Compile(p.Currency)
	if err != nil {
		return nil, fmt.Errorf("compile plan version %s: %w", row.ID, err)
	}
	s.plans[row.ID] = plan
	return plan, nil
}
