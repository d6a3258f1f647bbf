package commission_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/money"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func TestAPreviewIsForTheMerchantAndOfATreeThatMayBe(t *testing.T) {
	s := testkit.NewScene(t)
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true, MaxDepth: 3})
		return err
	})
	top, middle, seller := family(s)
	low := s.Enroll("low", seller.ID)
	pair := s.Enroll("pair", s.Enroll("alone", models.ID{}).ID)
	foreign, rival := rivalEnrollment(s)
	partner := access.Caller{Name: "user:seller", UserID: models.NewID(), PartnerID: seller.PartnerID}
	for note, c := range map[string]struct {
		by          access.Caller
		of, to      models.ID
		code, field string
	}{
		"nobody":           {access.Caller{}, seller.ID, top.ID, "UNAUTHENTICATED", ""},
		"its partner":      {partner, seller.ID, top.ID, "FORBIDDEN", ""},
		"another merchant": {rival, seller.ID, top.ID, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"another's":        {s.Owner, foreign.ID, top.ID, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"made up":          {s.Owner, seller.ID, models.NewID(), "ENROLLMENT_NOT_FOUND", "sponsorId"},
		"elsewhere":        {s.Owner, seller.ID, foreign.ID, "ENROLLMENT_NOT_FOUND", "sponsorId"},
		"itself":           {s.Owner, seller.ID, seller.ID, "SPONSOR_SELF", "sponsorId"},
		"the same":         {s.Owner, seller.ID, middle.ID, "SPONSOR_SAME", "sponsorId"},
		"none as before":   {s.Owner, top.ID, models.ID{}, "SPONSOR_SAME", "sponsorId"},
		"its downline":     {s.Owner, middle.ID, low.ID, "SPONSOR_CYCLE", "sponsorId"},
		"too deep":         {s.Owner, middle.ID, pair.ID, "SPONSOR_TOO_DEEP", "sponsorId"},
	} {
		_, err := s.Commission.SponsorPreview(t.Context(), c.by, c.of, c.to)
		require.Error(t, err, note)
		requireRefusal(t, err, c.code, c.field)
	}
	p, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, models.ID{})
	require.NoError(t, err)
	require.Empty(t, p.Partners, "nothing was sold")
	require.Equal(t, []string{"2025-11", "2025-12", "2026-01"}, p.Periods)
	require.Equal(t, []time.Time{time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, []time.Time{p.From, p.To})
}

func TestAPreviewLooksAtNoMoreThanItsLimit(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	low := s.Enroll("low", seller.ID)
	for range 2 {
		s.Sell("low", "10.00")
		s.Sell("seller", "10.00")
	}
	s.Sell("middle", "10.00") // is above
	s.Accrue()
	s.Commission.SetPreviewLimit(4)
	p, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, top.ID)
	require.NoError(t, err)
	require.Equal(t, 4, p.Conversions)
	s.Commission.SetPreviewLimit(3)
	_, err = s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, top.ID)
	require.ErrorIs(t, err, commission.ErrPreviewLarge)
	_, err = s.Commission.SponsorPreview(t.Context(), s.Owner, low.ID, middle.ID)
	require.NoError(t, err, "the two of who moves are few enough")
}

func TestAPreviewCostsTheSameStatementsForMoreConversions(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.MaxTotal, p.Levels = "30%", []commission.LevelSpec{{Rate: "5%", Of: "sale"}}
		p.Rules = append([]commission.RuleSpec{{ID: "coupons", When: `touch.method == "COUPON" && partner.group == ""`, RewardSpec: commission.RewardSpec{Percent: "20%"}}}, p.Rules...)
	})
	top, _, seller := family(s)
	statements := testkit.CountStatements(t, s.DB)
	asked := func() int64 {
		before := statements.Load()
		_, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, top.ID)
		require.NoError(t, err)
		return statements.Load() - before
	}
	sell := func(n int) {
		for range n {
			s.Refund("r-"+models.NewID().String(), s.Sell("seller", "10.00"), "1.00")
		}
		s.Accrue()
	}
	sell(1)
	_ = asked() // reads the plan and the tree, which are kept
	few := asked()
	sell(20)
	for _, name := range []string{"low-1", "low-2", "low-3"} {
		s.Enroll(name, seller.ID)
		s.Sell(name, "10.00")
	}
	s.Accrue()
	_ = asked()
	require.Equal(t, few, asked())
	require.LessOrEqual(t, few, int64(20))
}

func TestWhatIsNotPricedIsNotInAPreview(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	first := s.Sell("seller", "100.00")
	s.Accrue()
	s.Refund("waits", first, "50.00")
	s.Sell("seller", "70.00")        // waits
	s.Do(func(tx *models.Tx) error { // held: it earns nothing
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "own", Currency: "GBP", Amount: "90.00",
			OccurredAt: tx.Now, LinkCode: "link-seller", CustomerID: "seller@partners.example"})
		return err
	})
	preview := func() commission.SponsorPreview {
		p, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, top.ID)
		require.NoError(t, err)
		return p
	}
	p := preview()
	require.Equal(t, []int{1, 0}, []int{p.Conversions, p.Unpriced})
	// Middle had 200 and top a quarter of that; top alone would have 200.
	require.Equal(t, []int64{1250, 1200, -50}, []int64{p.Now.Minor, p.Then.Minor, p.Difference.Minor})
	require.Equal(t, []commission.PreviewPartner{p.Gains()[0], p.Losses()[0]}, p.Partners)
	require.Equal(t, []models.ID{top.ID, middle.ID}, []models.ID{p.Partners[0].EnrollmentID, p.Partners[1].EnrollmentID})
	require.Equal(t, []int64{50, 200, 150}, []int64{p.Gains()[0].Now.Minor, p.Gains()[0].Then.Minor, p.Gains()[0].Difference.Minor})
	require.EqualValues(t, -200, p.Losses()[0].Difference.Minor)
	s.Accrue()
	p = preview()
	require.Equal(t, []int{2, 0}, []int{p.Conversions, p.Unpriced})
	require.EqualValues(t, 500+700+100+140, p.Then.Minor)

	plan := scenePlan(s)
	plan.EffectiveFrom = s.Clock.Now()
	plan.Rules = append([]commission.RuleSpec{{ID: "vip", When: `order.metadata["tier"] == "gold"`, RewardSpec: commission.RewardSpec{Percent: "5%"}}}, plan.Rules...)
	publish(s, plan)
	s.Sell("seller", "10.00") // stops at the condition
	s.Accrue()
	p = preview()
	require.Equal(t, []int{2, 1}, []int{p.Conversions, p.Unpriced})
	gold := map[string]string{"tier": "gold"}
	send(s, "gold", "10.00", s.Clock.Now(), gold)
	s.Accrue()
	p = preview()
	require.Equal(t, []int{3, 1}, []int{p.Conversions, p.Unpriced})
	send(s, "gold", "20.00", s.Clock.Now(), nil) // has lines, and stops
	s.Accrue()
	p = preview()
	require.Equal(t, []int{2, 2}, []int{p.Conversions, p.Unpriced})
	refundOf(s, "void", first, models.RefundKindVoid, "")
	s.Accrue()
	require.EqualValues(t, 700+140, preview().Then.Minor, "what does not count earns nothing under anybody")
}

// What was sold while the other sponsor was below the enrollment has no other chain.
func TestAPreviewOfWhoWasBelowLeavesThatTimeOut(t *testing.T) {
	s := testkit.NewScene(t)
	top := s.Enroll("top", models.ID{})
	seller := s.Enroll("seller", top.ID)
	low := s.Enroll("low", seller.ID)
	s.Sell("seller", "100.00")
	s.Sell("low", "100.00")
	s.Accrue()
	s.Clock.Advance(time.Hour)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.ChangeSponsor(tx, s.Owner, low.ID, top.ID, "moved")
		return err
	})
	s.Clock.Advance(time.Hour)
	s.Sell("seller", "10.00")
	s.Sell("low", "10.00")
	s.Accrue()
	p, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, low.ID)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{p.Conversions, p.Unpriced})
	require.Len(t, p.Partners, 2)
	require.Equal(t, []int64{20, -15}, []int64{p.Partners[0].Difference.Minor, p.Partners[1].Difference.Minor})
}

// What is priced while a preview reads is in it whole or not at all.
func TestAPreviewBesideAnAccrual(t *testing.T) {
	s := testkit.NewScene(t)
	top, _, seller := family(s)
	sale := s.Sell("seller", "100.00")
	s.Accrue()
	s.Refund("r", sale, "50.00")
	first := true
	require.NoError(t, s.DB.Read(t.Context()).Callback().Query().Before("gorm:query").Register("test:accrue", func(query *gorm.DB) {
		if _, reads := query.Statement.Dest.(*[]models.Commission); reads && first { // the queue was read before
			first = false
			s.Accrue()
		}
	}))
	p, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, top.ID)
	require.NoError(t, err)
	require.False(t, first)
	require.Equal(t, []int64{625, 600}, []int64{p.Now.Minor, p.Then.Minor})
}

// Where everybody loses, nobody gains.
func TestAPreviewInWhichEverybodyLoses(t *testing.T) {
	p := commission.SponsorPreview{Partners: []commission.PreviewPartner{{Difference: money.New(-1, "GBP")}, {Difference: money.New(-2, "GBP")}}}
	require.Empty(t, p.Gains())
	require.Equal(t, []commission.PreviewPartner{p.Partners[1], p.Partners[0]}, p.Losses())
}

// Who came below the enrollment later counts from then on, and who left until then.
func TestAPreviewCountsWhatWasSoldBelow(t *testing.T) {
	s := testkit.NewScene(t)
	top, _, seller := family(s)
	comes, leaves := s.Enroll("comes", top.ID), s.Enroll("leaves", seller.ID)
	sell := func(amount string) {
		s.Sell("comes", amount)
		s.Sell("leaves", amount)
		s.Accrue()
		s.Clock.Advance(time.Hour)
	}
	sell("10.00")
	sell("10.00")
	s.Do(func(tx *models.Tx) error {
		if _, err := s.Programs.ChangeSponsor(tx, s.Owner, comes.ID, seller.ID, "moved"); err != nil {
			return err
		}
		_, err := s.Programs.ChangeSponsor(tx, s.Owner, leaves.ID, top.ID, "moved")
		return err
	})
	s.Clock.Advance(time.Hour)
	sell("20.00")
	p, err := s.Commission.SponsorPreview(t.Context(), s.Owner, seller.ID, models.ID{})
	require.NoError(t, err)
	require.Equal(t, []int{3, 0}, []int{p.Conversions, p.Unpriced})
}
