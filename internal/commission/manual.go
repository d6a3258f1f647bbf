package commission

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/program"
	"tributary/models"
)

// The limits of lines by hand.
const (
	MaxManualLines = 1000
	maxReasonRunes = 200
	manualRule     = "manual" // as their rule is named
)

// ManualInput is a line by hand: Amount is a decimal in the program's currency, below zero to take back.
type ManualInput struct {
	EnrollmentID models.ID
	Amount       string
	Reason       string
}

// ManualResult is what came of one input; exactly one of Line and Err is meaningful.
type ManualResult struct {
	Line models.Commission
	Err  error
}

// The refusals of lines by hand.
var (
	ErrManualCount    = fault.InvalidField("lines", "BATCH_SIZE_INVALID", "there are 1 to %d lines", MaxManualLines)
	ErrManualZero     = fault.InvalidField("amount", "AMOUNT_ZERO", "a line of nothing changes nothing")
	ErrManualReason   = fault.InvalidField("reason", "REASON_INVALID", "a reason has 1 to %d characters", maxReasonRunes)
	ErrManualReversed = fault.New(fault.Conflict, "LINE_REVERSED", "the line is taken back already").On("commissionId")
	ErrNotManual      = fault.New(fault.Precondition, "LINE_NOT_MANUAL", "only a line by hand, and not one that takes another back, is taken back by hand").On("commissionId")
	ErrPlanMissing    = fault.New(fault.Precondition, "PLAN_MISSING", "the program has no plan yet")
	ErrLineMissing    = fault.NotFoundf("COMMISSION_NOT_FOUND", "commission").On("commissionId")
)

// AddManualLines books up to MaxManualLines lines by hand, in one journal and a fixed number of statements. They mature
// at once. A line that is refused changes nothing and has its error in its result. What is booked is taken back only by
// a further line. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND, PLAN_MISSING, BATCH_SIZE_INVALID; in results
// ENROLLMENT_NOT_FOUND, AMOUNT_ZERO, REASON_INVALID, and those of amounts.
func (s *Service) AddManualLines(tx *models.Tx, by access.Caller, programID models.ID, inputs []ManualInput) ([]ManualResult, error) {
	p, err := program.OwnProgram(tx, by, access.PayoutsWrite, programID)
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 || len(inputs) > MaxManualLines {
		return nil, ErrManualCount
	}
	m, err := s.manualPosting(tx, p, by)
	if err != nil {
		return nil, err
	}
	known, err := enrolled(tx, p.ID, inputs)
	if err != nil {
		return nil, err
	}
	results := make([]ManualResult, len(inputs))
	for i, in := range inputs {
		minor, err := in.check(p.Currency, known)
		if err != nil {
			results[i].Err = err
			continue
		}
		if results[i].Line, err = m.book(in.EnrollmentID, minor, in.Reason, models.Commission{}); err != nil {
			return nil, at("lines", err)
		}
	}
	return results, m.write()
}

func (in ManualInput) check(currency money.Currency, known map[models.ID]bool) (int64, error) {
	if !known[in.EnrollmentID] {
		return 0, fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment").On("enrollmentId")
	}
	amount, err := money.Parse(in.Amount, currency)
	if err != nil {
		return 0, at("amount", err)
	}
	if amount.IsZero() {
		return 0, ErrManualZero
	}
	return amount.Minor, checkReason(in.Reason)
}

func checkReason(reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" || !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > maxReasonRunes {
		return ErrManualReason
	}
	return nil
}

func enrolled(tx *models.Tx, programID models.ID, inputs []ManualInput) (map[models.ID]bool, error) {
	ids := make([]models.ID, len(inputs))
	for i, in := range inputs {
		ids[i] = in.EnrollmentID
	}
	var found []models.ID
	if err := tx.Model(&models.Enrollment{}).Where("program_id = ? AND id IN ?", programID, ids).Pluck("id", &found).Error; err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	known := make(map[models.ID]bool, len(found))
	for _, id := range found {
		known[id] = true
	}
	return known, nil
}

// ReverseManualLine takes a line by hand back with a further line of the opposite amount, once.
// Codes UNAUTHENTICATED, FORBIDDEN, COMMISSION_NOT_FOUND, LINE_NOT_MANUAL, LINE_REVERSED, REASON_INVALID.
func (s *Service) ReverseManualLine(tx *models.Tx, by access.Caller, lineID models.ID, reason string) (models.Commission, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.Commission{}, err
	}
	if err := checkReason(reason); err != nil {
		return models.Commission{}, err
	}
	was, err := takeSeen[models.Commission](tx.Where(inMerchant, merchantID), lineID, ErrLineMissing)
	if err != nil {
		return was, err
	}
	if was.Kind != models.CommissionKindManual || was.CorrectsID != nil {
		return was, ErrNotManual
	}
	var p models.Program
	if err := tx.Where("id = ?", was.ProgramID).Take(&p).Error; err != nil {
		return was, fmt.Errorf("read program: %w", err)
	}
	m, err := s.manualPosting(tx, p, by)
	if err != nil {
		return was, err
	}
	back, err := money.SubMinor(0, was.AmountMinor)
	if err != nil {
		return was, err
	}
	line, err := m.book(was.EnrollmentID, back, reason, was)
	if err != nil {
		return was, err
	}
	if err := m.write(); models.IsDuplicate(err) {
		return was, ErrManualReversed
	} else if err != nil {
		return was, err
	}
	return line, nil
}

// manualPosting is a posting with the reasons of its lines.
type manualPosting struct {
	*posting
	planID  models.ID
	actor   string
	reasons [][]any
}

func (s *Service) manualPosting(tx *models.Tx, p models.Program, by access.Caller) (*manualPosting, error) {
	plans, err := s.timeline(tx.DB, p)
	if err != nil {
		return nil, err
	}
	if len(plans.ids) == 0 {
		return nil, ErrPlanMissing
	}
	_, planID, ok := plans.holding(tx.Now, engine.Customer{})
	if !ok {
		planID = plans.ids[len(plans.ids)-1] // none holds yet: the one that will hold first
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return nil, err
	}
	return &manualPosting{posting: newPosting(tx, p, cal), planID: planID, actor: by.Name}, nil
}

// book adds a line; reverses is the one that it takes back, if any.
func (m *manualPosting) book(enrollmentID models.ID, minor int64, reason string, reverses models.Commission) (models.Commission, error) {
	l, err := m.add(line{enrollmentID: enrollmentID, kind: models.CommissionKindManual, correctsID: reverses.ID, planID: m.planID, ruleID: manualRule,
		amountMinor: minor, maturesAt: m.tx.Now, occurredAt: m.tx.Now})
	if err != nil {
		return models.Commission{}, err
	}
	m.reasons = append(m.reasons, []any{l.id, m.program.ID, reverses.ID.Ref(), strings.TrimSpace(reason), m.actor})
	return l.row(m.posting), nil
}

func (m *manualPosting) write() error {
	if len(m.reasons) == 0 {
		return nil
	}
	// The reasons first: that a line is taken back once is theirs to say.
	_, err := models.BulkInsert(m.tx, models.Insert{Table: "manual_lines", Columns: []string{"commission_id", "program_id", "reverses_id", "reason", "actor"}}, m.reasons)
	if err != nil {
		return err
	}
	return m.posting.write("manual:" + m.journalID.String())
}

// ManualLines gives who booked lines by hand, and why, in one statement. Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) ManualLines(ctx context.Context, by access.Caller, lineIDs []models.ID) ([]models.ManualLine, error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, inMerchant, "commission_id IN (SELECT id FROM commissions WHERE "+ofPartner+")")
	if err != nil {
		return nil, err
	}
	var rows []models.ManualLine
	if err := query.Where("commission_id IN ?", lineIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read lines by hand: %w", err)
	}
	return rows, nil
}
