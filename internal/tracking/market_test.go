package tracking_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// market is a scene with two partners, ada and bob, who each have a link and a coupon.
type market struct {
	*testkit.Scene
	ada, bob models.Enrollment
}

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{Scene: testkit.NewScene(t)}
	m.ada, m.bob = m.Enroll("ada", models.ID{}), m.Enroll("bob", models.ID{})
	for e, code := range map[models.ID]string{m.ada.ID: "ADA", m.bob.ID: "BOB"} {
		m.Do(func(tx *models.Tx) error {
			_, err := m.Programs.CreateCoupon(tx, m.Owner, program.CreateCouponInput{EnrollmentID: e, Code: code})
			return err
		})
	}
	return m
}

// sale is an order of ten pounds, now.
func (m *market) sale(id string) tracking.ConversionInput {
	return tracking.ConversionInput{ExternalID: id, OccurredAt: m.Clock.Now(), Currency: "GBP", Amount: "10.00"}
}

func (m *market) record(in tracking.ConversionInput) (tracking.ConversionResult, error) {
	var result tracking.ConversionResult
	err := models.InTx(m.T.Context(), m.DB, func(tx *models.Tx) error {
		var err error
		result, err = m.Tracking.RecordConversion(tx, m.Owner, m.Program.ID, in)
		return err
	})
	return result, err
}

func (m *market) must(in tracking.ConversionInput) tracking.ConversionResult {
	m.T.Helper()
	result, err := m.record(in)
	require.NoError(m.T, err)
	return result
}

func (m *market) recordAll(inputs []tracking.ConversionInput) ([]tracking.ConversionResult, error) {
	var results []tracking.ConversionResult
	err := models.InTx(m.T.Context(), m.DB, func(tx *models.Tx) error {
		var err error
		results, err = m.Tracking.RecordConversions(tx, m.Owner, m.Program.ID, inputs)
		return err
	})
	return results, err
}

func (m *market) refund(in tracking.RefundInput) (models.Refund, tracking.Outcome, error) {
	if in.OccurredAt.IsZero() {
		in.OccurredAt = m.Clock.Now()
	}
	var row models.Refund
	var outcome tracking.Outcome
	err := models.InTx(m.T.Context(), m.DB, func(tx *models.Tx) error {
		var err error
		row, outcome, err = m.Tracking.RecordRefund(tx, m.Owner, m.Program.ID, in)
		return err
	})
	return row, outcome, err
}

// click follows a partner's link.
func (m *market) click(name string) models.Click {
	m.T.Helper()
	_, click, err := m.Tracking.RecordClick(m.T.Context(), tracking.Visit{Code: "link-" + name, Address: "192.0.2.1"})
	require.NoError(m.T, err)
	return click
}

func clickID(c models.Click) string { return c.ID.Format(models.PrefixClick) }

// attribution gives the decision on a conversion, with its candidates.
func (m *market) attribution(c models.Conversion) (models.Attribution, []tracking.Candidate) {
	m.T.Helper()
	var a models.Attribution
	require.NoError(m.T, m.DB.Read(m.T.Context()).Where("conversion_id = ?", c.RootID).Take(&a).Error)
	var candidates []tracking.Candidate
	require.NoError(m.T, json.Unmarshal([]byte(a.Detail), &candidates))
	return a, candidates
}

func (m *market) customer(name string) models.Customer {
	m.T.Helper()
	var c models.Customer
	require.NoError(m.T, m.DB.Read(m.T.Context()).Where("program_id = ? AND external_id = ?", m.Program.ID, name).Take(&c).Error)
	return c
}

// waiting gives how much stands in the accrual queue.
func (m *market) waiting() int64 {
	m.T.Helper()
	var n int64
	require.NoError(m.T, m.DB.Read(m.T.Context()).Model(&models.AccrualItem{}).Count(&n).Error)
	return n
}

func requireRefusal(t *testing.T, err error, code, field string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
	require.Equal(t, field, fault.FieldOf(err))
}

const day = 24 * time.Hour
