package commission

import (
	"context"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/program"
	"tributary/models"
)

// PlanCheck is what a plan file comes to that holds.
type PlanCheck struct {
	Rules     int
	Examples  int        // all of them come to what they expect
	WorstCase money.Rate // the largest share of a sale that a rule can pay, all levels together
	WorstText string     // who gets what of an order of 100.00 then
}

// CheckPlanFile reads a plan file, compiles its plan for its program, and runs its examples, without any database: what
// Publish would refuse for its content is refused in the same words, with line and column. That a version holds from
// the past, or is worse without notice, only a database can tell. Codes: those of ParsePlanFile, of program.Spec.Check,
// of Compile and of CheckExamples.
func CheckPlanFile(data []byte) (PlanCheck, error) {
	f, err := ParsePlanFile(data)
	if err != nil {
		return PlanCheck{}, err
	}
	check, err := f.check()
	return check, f.located(err)
}

func (f PlanFile) check() (PlanCheck, error) {
	p, err := f.Program.Check()
	if err != nil {
		return PlanCheck{}, prefixed("program.", err)
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return PlanCheck{}, fmt.Errorf("time zone of program %s: %w", p.Slug, err)
	}
	groups := make(map[string]bool, len(f.Program.Groups))
	for _, g := range f.Program.Groups {
		groups[g.Code] = true
	}
	in := engine.Setting{Terms: engine.Terms{Currency: p.Currency, Zone: zone, Groups: groups}, PeriodKind: engine.PeriodKind(p.PeriodKind)}
	plan, err := f.Plan.Compile(in.Terms)
	if err != nil {
		return PlanCheck{}, prefixed("plan.", err)
	}
	if err := engine.CheckExamples(f.Plan, f.Examples, in); err != nil {
		return PlanCheck{}, err
	}
	check := PlanCheck{Rules: len(plan.Rules), Examples: len(f.Examples)}
	check.WorstCase, check.WorstText = plan.WorstCase()
	return check, nil
}

// WritePlanFile gives a plan version back as a file, with its program as it stands: applying the file of the latest
// version publishes nothing.
func WritePlanFile(spec program.Spec, v models.PlanVersion) (string, error) {
	f := PlanFile{Program: spec}
	if err := yaml.Unmarshal([]byte(v.Source), &f.Plan); err != nil {
		return "", fmt.Errorf("decode plan version %s: %w", v.ID, err)
	}
	if v.Examples != "" {
		if err := yaml.Unmarshal([]byte(v.Examples), &f.Examples); err != nil {
			return "", fmt.Errorf("decode examples of plan version %s: %w", v.ID, err)
		}
	}
	text, err := yaml.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode plan file: %w", err)
	}
	return string(text), nil
}

// ExportPlanFile gives the plan file of a program's version, of the latest when the number is 0.
// Codes UNAUTHENTICATED, FORBIDDEN, PLAN_NOT_FOUND.
func (s *Service) ExportPlanFile(ctx context.Context, by access.Caller, p models.Program, number int) (string, error) {
	merchantID, err := by.Can(access.ProgramsRead)
	if err != nil {
		return "", err
	}
	query := s.db.Read(ctx)
	version := query.Where("program_id = ?", p.ID).Where(inMerchant, merchantID).Order("number DESC")
	if number > 0 {
		version = version.Where("number = ?", number)
	}
	var v models.PlanVersion
	if err := version.Take(&v).Error; models.IsMissing(err) {
		return "", fault.NotFoundf("PLAN_NOT_FOUND", "plan version").On("version")
	} else if err != nil {
		return "", fmt.Errorf("read plan version: %w", err)
	}
	groups, err := program.GroupsOf(query, []models.ID{p.ID})
	if err != nil {
		return "", err
	}
	terms, err := program.LatestTerms(query, []models.ID{p.ID})
	if err != nil {
		return "", err
	}
	body := ""
	if len(terms) > 0 {
		body = terms[0].Body
	}
	spec, err := program.SpecOf(p, groups, body)
	if err != nil {
		return "", err
	}
	return WritePlanFile(spec, v)
}
