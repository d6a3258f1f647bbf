package commission

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// PlanFile is a program and its plan in one readable file. docs/plan-file.md describes every field.
type PlanFile struct {
	Program  program.Spec         `yaml:"program"`
	Plan     PlanSpec             `yaml:"plan"`
	Examples []engine.ExampleSpec `yaml:"examples,omitempty"`

	text []byte // as it was read, to find the lines of refusals
}

// The limits of a plan file. The YAML parser's time grows with the square of the nesting, so what opens a level is
// counted before it is asked.
const (
	maxPlanFileBytes   = 300_000
	maxPlanFileBracket = 5_000
	maxPlanLineLevels  = 200
)

// ParsePlanFile reads a plan file; unknown fields are refused. Code PLAN_FILE_MALFORMED, with line and column.
func ParsePlanFile(data []byte) (PlanFile, error) {
	var f PlanFile
	if err := checkPlanFile(data); err != nil {
		return f, err
	}
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		return f, malformed("%s", yaml.FormatError(err, false, false))
	}
	f.text = data
	return f, nil
}

func malformed(format string, args ...any) error {
	return fault.New(fault.Invalid, "PLAN_FILE_MALFORMED", format, args...)
}

func checkPlanFile(data []byte) error {
	if len(data) > maxPlanFileBytes {
		return malformed("a plan file has at most %d bytes", maxPlanFileBytes)
	}
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > maxPlanFileBracket {
		return malformed("a plan file has at most %d brackets", maxPlanFileBracket)
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if bytes.Count(line, []byte("- "))+bytes.Count(line, []byte("? "))+bytes.Count(line, []byte(": ")) > maxPlanLineLevels {
			return malformed("[%d:1] the line opens more than %d levels", n, maxPlanLineLevels)
		}
	}
	return nil
}

// ApplyPlanFile creates or updates the program and publishes its plan, whole or not at all. Paths of refusals start with
// program, plan or examples, and their texts with the line and column of the file. Codes: those of program.Service.Apply
// and of Publish.
func (s *Service) ApplyPlanFile(tx *models.Tx, by access.Caller, programs *program.Service, f PlanFile) (models.Program, models.PlanVersion, error) {
	p, err := programs.Apply(tx, by, f.Program)
	if err != nil {
		if fault.FieldOf(err) != "" {
			return p, models.PlanVersion{}, f.located(prefixed("program.", err))
		}
		return p, models.PlanVersion{}, fmt.Errorf("apply program: %w", err)
	}
	v, err := s.Publish(tx, by, p.ID, f.Plan, f.Examples...)
	return p, v, f.located(err)
}
