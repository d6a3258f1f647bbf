package tracking_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/tracking"
	"tributary/models"
)

// bought is an order of ada's own through her link, which is held.
func (m *market) bought(id, amount string) models.Conversion {
	m.T.Helper()
	in := m.sale(id)
	in.LinkCode, in.CustomerID, in.Amount = "link-ada", "ADA@partners.example", amount
	c := m.must(in).Conversion
	a, _ := m.attribution(c)
	require.Equal(m.T, "SELF_REFERRAL", a.HoldReason)
	return c
}

func (m *market) release(by access.Caller, id models.ID, reason string) (models.Conversion, error) {
	var c models.Conversion
	err := models.InTx(m.T.Context(), m.DB, func(tx *models.Tx) (err error) {
		c, err = m.Tracking.ReleaseHold(tx, by, id, reason)
		return err
	})
	return c, err
}

func TestAReleasedConversionEarnsWhatIsLeftOfIt(t *testing.T) {
	m := newMarket(t)
	first := m.bought("1", "10.00")
	require.Zero(t, m.waiting())
	_, _, err := m.refund(tracking.RefundInput{ExternalID: "r", ConversionExternalID: "1", Amount: "4.00"})
	require.NoError(t, err)
	require.Zero(t, m.waiting(), "a refund of what earns nothing adjusts nothing")
	require.Nil(t, m.customer("ADA@partners.example").EnrollmentID)

	released, err := m.release(m.Owner, first.ID, " she asked first ")
	require.NoError(t, err)
	require.Equal(t, first.ID, released.ID)
	a, _ := m.attribution(first)
	require.Equal(t, []string{"", "system:owner", "she asked first"}, []string{a.HoldReason, a.ReleasedBy, a.ReleasedReason})
	require.Equal(t, m.Clock.Now(), a.ReleasedAt.UTC())
	require.Equal(t, m.ada.ID, models.Or(m.customer("ADA@partners.example").EnrollmentID))
	m.Accrue()
	require.EqualValues(t, 60, m.Balance(m.ada.ID, models.AccountAccrued))

	m.Clock.Advance(day)
	_, err = m.release(access.System("another", m.Owner.MerchantID), first.ID, "again")
	require.NoError(t, err)
	again, _ := m.attribution(first)
	require.Equal(t, a, again, "who was first stays")
	require.Zero(t, m.waiting())
	_, _, err = m.refund(tracking.RefundInput{ExternalID: "rest", ConversionExternalID: "1", Amount: "6.00"})
	require.NoError(t, err)
	m.Accrue()
	require.Zero(t, m.Balance(m.ada.ID, models.AccountAccrued))
}

// What came while it was held counts, in whatever order it came.
func TestAReleasedConversionEarnsInItsLatestRevision(t *testing.T) {
	m := newMarket(t)
	first := m.bought("1", "10.00")
	refund := func(id, amount string) {
		t.Helper()
		_, _, err := m.refund(tracking.RefundInput{ExternalID: id, ConversionExternalID: "1", Amount: amount})
		require.NoError(t, err)
	}
	refund("before", "1.00")
	in := m.sale("1")
	in.LinkCode, in.CustomerID, in.Amount = "link-ada", "ADA@partners.example", "8.00"
	second := m.must(in).Conversion
	refund("after", "2.00")
	require.Zero(t, m.waiting())
	released, err := m.release(m.Owner, first.ID, "fine")
	require.NoError(t, err)
	require.Equal(t, second.ID, released.ID)
	m.Accrue()
	require.EqualValues(t, 50, m.Balance(m.ada.ID, models.AccountAccrued))
	in.Amount = "6.00"
	m.must(in)
	m.Accrue()
	require.EqualValues(t, 30, m.Balance(m.ada.ID, models.AccountAccrued), "from now on a restatement is priced")
}

func TestAReleasedConversionWithoutARateWaitsForIt(t *testing.T) {
	m := newMarket(t)
	in := m.sale("1")
	in.LinkCode, in.CustomerID, in.Currency = "link-ada", "ada@partners.example", "USD"
	c := m.must(in).Conversion
	_, err := m.release(m.Owner, c.ID, "fine")
	require.NoError(t, err)
	require.Zero(t, m.waiting())
	quoted := m.Clock.Now()
	in.FxRate, in.FxSource, in.FxQuotedAt = "0.5", "ecb", &quoted
	m.must(in)
	m.Accrue()
	require.EqualValues(t, 50, m.Balance(m.ada.ID, models.AccountAccrued))
}

func TestACustomerThatIsBoundStaysBound(t *testing.T) {
	m := newMarket(t)
	held := m.bought("1", "10.00")
	in := m.sale("2")
	in.Coupon, in.CustomerID = "BOB", "ADA@partners.example"
	m.must(in)
	_, err := m.release(m.Owner, held.ID, "fine")
	require.NoError(t, err)
	require.Equal(t, m.bob.ID, models.Or(m.customer("ADA@partners.example").EnrollmentID))
	m.Accrue()
	require.EqualValues(t, 100, m.Balance(m.ada.ID, models.AccountAccrued))
}

func TestEveryRefusalOfARelease(t *testing.T) {
	m := newMarket(t)
	held := m.bought("1", "10.00")
	free := m.must(m.sale("2")).Conversion
	for name, c := range map[string]struct {
		by                  access.Caller
		id                  models.ID
		reason, code, field string
	}{
		"nobody":           {access.Caller{}, held.ID, "why", "UNAUTHENTICATED", ""},
		"its partner":      {access.Caller{Name: "user:x", PartnerID: m.ada.PartnerID}, held.ID, "why", "FORBIDDEN", ""},
		"another merchant": {access.System("other", models.NewID()), held.ID, "why", "CONVERSION_NOT_FOUND", ""},
		"made up":          {m.Owner, models.NewID(), "why", "CONVERSION_NOT_FOUND", ""},
		"not held":         {m.Owner, free.ID, "why", "CONVERSION_NOT_HELD", "conversionId"},
		"no reason":        {m.Owner, held.ID, " ", "REASON_MISSING", "reason"},
		"a long reason":    {m.Owner, held.ID, strings.Repeat("ü", 201), "REASON_TOO_LONG", "reason"},
	} {
		_, err := m.release(c.by, c.id, c.reason)
		requireRefusal(t, err, c.code, c.field)
		require.NotEmpty(t, name)
	}
	_, err := m.release(m.Owner, held.ID, strings.Repeat("ü", 200))
	require.NoError(t, err)
}
