package commission

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// Explain says how a line came about and what became of it, in a fixed number of statements. The merchant sees all of
// it; the line's own partner sees its own part, and of others only that a level exists and whether it was skipped.
// Codes UNAUTHENTICATED, FORBIDDEN, COMMISSION_NOT_FOUND.
func (s *Service) Explain(ctx context.Context, by access.Caller, lineID models.ID) (Explanation, error) {
	line, err := s.Line(ctx, by, lineID)
	if err != nil {
		return Explanation{}, err
	}
	x := &explainer{e: &Explanation{Line: line, Currency: line.Currency, ComesTo: money.New(line.AmountMinor, line.Currency)}}
	// As of one instant: an accrual in between would show a refund without the line that it made.
	err = models.InSnapshot(ctx, s.db, func(query *gorm.DB) error {
		x.query = query
		return x.explain(s)
	})
	if err == nil && !by.Has(access.PayoutsRead) {
		x.e.hideOthers()
	}
	return *x.e, err
}

// explainer gathers one explanation.
type explainer struct {
	query   *gorm.DB
	program models.Program
	period  models.Period
	plans   timeline
	plan    *engine.Plan // that priced the line
	past    *past        // nil for a line of no conversion
	names   map[models.ID]string
	e       *Explanation
}

func (x *explainer) readPlan(s *Service) error {
	line := &x.e.Line
	if err := x.query.Where("id = ?", line.ProgramID).Take(&x.program).Error; err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	if err := x.query.Where("id = ?", line.PeriodID).Take(&x.period).Error; err != nil {
		return fmt.Errorf("read period: %w", err)
	}
	var version models.PlanVersion
	if err := x.query.Omit("examples").Where("id = ?", line.PlanVersionID).Take(&version).Error; err != nil {
		return fmt.Errorf("read plan version: %w", err)
	}
	x.e.Plan = ExplainedPlan{Version: version, Number: version.Number, Hash: hex.EncodeToString(version.ContentHash[:]), Since: version.EffectiveAt}
	var err error
	if x.plans, err = s.timeline(x.query, x.program); err != nil {
		return err
	}
	x.plan, err = x.plans.byID(line.PlanVersionID)
	return err
}

func (x *explainer) explain(s *Service) error {
	if err := x.readPlan(s); err != nil {
		return err
	}
	if err := x.origin(); err != nil {
		return err
	}
	return x.payment()
}

// origin says how the line came about.
func (x *explainer) origin() error {
	switch x.e.Line.Kind {
	case models.CommissionKindManual:
		return x.booked()
	case models.CommissionKindTier:
		return x.tier()
	case models.CommissionKindBonus:
		return x.bonus()
	case models.CommissionKindPlacement:
		return x.placement()
	}
	var err error
	if x.past, err = readPast(x.query, x.program.ID, x.e.Line.SourceID); err != nil {
		return err
	}
	if err := x.touches(); err != nil {
		return err
	}
	if err := x.reprice(); err != nil {
		return err
	}
	x.hold(x.plan.RuleByID(x.e.Line.RuleID))
	x.adjustments()
	return nil
}

// differs notes that the line does not come to what is stored.
func (x *explainer) differs(format string, args ...any) {
	x.e.Agrees = false
	if x.e.Problem == "" {
		x.e.Problem = fmt.Sprintf(format, args...)
	}
}

// touches reads the attribution, and the names of everybody who could have won.
func (x *explainer) touches() error {
	var a models.Attribution
	if err := x.query.Where("conversion_id = ?", x.e.Line.SourceID).Take(&a).Error; err != nil {
		return fmt.Errorf("read attribution: %w", err)
	}
	x.e.Attribution = &a
	return nil
}

// candidate is a touch as the attribution keeps it.
type candidate struct {
	Method       models.AttributionMethod
	EnrollmentID models.ID
	Won          bool
	Reason       string
}

func (x *explainer) candidates() ([]candidate, error) {
	var found []candidate
	if x.e.Attribution.Detail == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(x.e.Attribution.Detail), &found); err != nil {
		return nil, fmt.Errorf("decode candidates: %w", err)
	}
	return found, nil
}

// nameAll reads the names of the chain and of everybody who could have won.
func (x *explainer) nameAll(chain []engine.Member) error {
	found, err := x.candidates()
	if err != nil {
		return err
	}
	var ids []models.ID
	for _, c := range found {
		ids = append(ids, c.EnrollmentID)
	}
	for _, m := range chain {
		ids = append(ids, models.ID(m.ID))
	}
	var rows []struct {
		ID         models.ID
		Code, Name string
	}
	err = x.query.Table("enrollments e").Joins("JOIN partners p ON p.id = e.partner_id").Select("e.id, e.code, p.name").Where("e.id IN ?", ids).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	x.names = make(map[models.ID]string, len(rows))
	for _, r := range rows {
		x.names[r.ID] = r.Name + " (" + r.Code + ")"
	}
	for _, c := range found {
		x.e.Candidates = append(x.e.Candidates, ExplainedCandidate{Method: c.Method, Who: x.names[c.EnrollmentID], Won: c.Won, Reason: c.Reason})
	}
	return nil
}

func (x *explainer) amount(minor int64) money.Amount { return money.New(minor, x.e.Currency) }

func (x *explainer) ref(minor int64) *money.Amount {
	a := x.amount(minor)
	return &a
}

// step adds a step that the line's own partner may read too.
func (x *explainer) step(kind StepKind, minor int64, format string, args ...any) {
	x.e.Steps = append(x.e.Steps, ExplainedStep{Kind: kind, Text: fmt.Sprintf(format, args...), Amount: x.amount(minor)})
}

// stepHiding adds a step of which the line's own partner reads another text.
func (x *explainer) stepHiding(kind StepKind, minor int64, text, others string) {
	x.e.Steps = append(x.e.Steps, ExplainedStep{Kind: kind, Text: text, Amount: x.amount(minor), others: others})
}

// MerchantOfLine gives the merchant a line belongs to, for whoever may act for any. Code COMMISSION_NOT_FOUND.
func (s *Service) MerchantOfLine(ctx context.Context, id models.ID) (models.ID, error) {
	line, err := takeSeen[models.Commission](s.db.Read(ctx), id, fault.NotFoundf("COMMISSION_NOT_FOUND", "commission"))
	if err != nil {
		return models.ID{}, err
	}
	var p models.Program
	if err := s.db.Read(ctx).Where("id = ?", line.ProgramID).Take(&p).Error; err != nil {
		return models.ID{}, fmt.Errorf("read program: %w", err)
	}
	return p.MerchantID, nil
}
