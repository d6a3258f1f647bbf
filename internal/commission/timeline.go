package commission

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// The plan file's parts, as the engine has them.
type (
	PlanSpec      = engine.PlanSpec
	LevelSpec     = engine.LevelSpec
	RuleSpec      = engine.RuleSpec
	RewardSpec    = engine.RewardSpec
	RecurringSpec = engine.RecurringSpec
)

// timeline is a program's plan versions, the latest first.
type timeline struct {
	plans     []*engine.Plan
	ids       []models.ID
	published []time.Time
	needs     engine.Needs // of all versions
	depth     int          // of the deepest
}

// holding gives the version that prices a sale. False before the first one.
func (t timeline) holding(occurredAt time.Time, customer engine.Customer) (*engine.Plan, models.ID, bool) {
	plan, ok := engine.PlanFor(t.plans, occurredAt, customer)
	if !ok {
		return nil, models.ID{}, false
	}
	for i, p := range t.plans {
		if p == plan {
			return plan, t.ids[i], true
		}
	}
	return nil, models.ID{}, false
}

// replacedFrom gives the versions that would hold from an instant on, were there no further one: the latest first.
func (t timeline) replacedFrom(at time.Time) []*engine.Plan {
	var found []*engine.Plan
	for _, p := range t.plans {
		if n := len(found); n > 0 && !p.EffectiveFrom.Before(found[n-1].EffectiveFrom) {
			continue // in the shadow of a later one
		}
		if found = append(found, p); !p.EffectiveFrom.After(at) {
			break
		}
	}
	return found
}

func (t timeline) byID(id models.ID) (*engine.Plan, error) {
	for i := range t.ids {
		if t.ids[i] == id {
			return t.plans[i], nil
		}
	}
	return nil, fmt.Errorf("plan version %s is gone", id)
}

func (s *Service) timeline(query *gorm.DB, p models.Program) (timeline, error) {
	var rows []models.PlanVersion
	if err := query.Omit("examples").Where("program_id = ?", p.ID).Order("number DESC").Find(&rows).Error; err != nil {
		return timeline{}, fmt.Errorf("read plans: %w", err)
	}
	var t timeline
	for _, row := range rows {
		plan, err := s.compiled(row, p)
		if err != nil {
			return t, err
		}
		t.add(plan, row)
	}
	return t, nil
}

func (t *timeline) add(plan *engine.Plan, row models.PlanVersion) {
	t.plans, t.ids, t.published = append(t.plans, plan), append(t.ids, row.ID), append(t.published, row.PublishedAt)
	t.needs, t.depth = t.needs.Add(plan.Needs), max(t.depth, plan.Depth)
}

func (s *Service) compiled(row models.PlanVersion, p models.Program) (*engine.Plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if plan := s.plans[row.ID]; plan != nil {
		return plan, nil
	}
	plan, err := compileSource(row.Source, p)
	if err != nil {
		return nil, fmt.Errorf("plan version %s: %w", row.ID, err)
	}
	s.plans[row.ID] = plan
	return plan, nil
}

// compileSource reads a plan as it was stored; the groups that it names existed when it was published.
func compileSource(source string, p models.Program) (*engine.Plan, error) {
	var spec PlanSpec
	if err := yaml.Unmarshal([]byte(source), &spec); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	return spec.Compile(engine.Terms{Currency: p.Currency, Zone: zone})
}
