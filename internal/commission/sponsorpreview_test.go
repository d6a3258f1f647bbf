package commission_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// previewed is a story that is told twice: with the sponsors as they were, and with the other one from the beginning.
type previewed struct {
	plan      func(*commission.PlanSpec)
	of        string // whose sponsor is another
	to        string // "" for none
	within    []string
	groups    map[string]string
	suspended []string    // from the beginning
	resting   []string    // suspended for one round of sales only
	fallen    []string    // suspended after all sales
	moves     [][2]string // in the second month: who moves, and to whom
}

// previewNames is everybody, in the order in which they sell.
var previewNames = []string{"top", "mid", "mv", "kid", "grand", "side", "boss", "other"}

func previewSponsors() map[string]string {
	return map[string]string{"mid": "top", "mv": "mid", "kid": "mv", "grand": "kid", "side": "mid", "other": "boss"}
}

func levels(rates ...string) func(*commission.PlanSpec) {
	return func(p *commission.PlanSpec) {
		p.Levels = nil
		for _, rate := range rates {
			p.Levels = append(p.Levels, commission.LevelSpec{Rate: rate, Of: "sale"})
		}
	}
}

func ineligible(policy string, more func(*commission.PlanSpec)) func(*commission.PlanSpec) {
	return func(p *commission.PlanSpec) {
		more(p)
		p.Ineligible = policy
	}
}

// teller plays one of the two tellings.
type teller struct {
	*testkit.Scene
	who map[string]models.Enrollment
}

func (c previewed) tell(t *testing.T, sponsors map[string]string, moves [][2]string) *teller {
	s := &teller{Scene: testkit.NewScene(t), who: map[string]models.Enrollment{}}
	spec := program.Spec{Slug: "second", Name: "Second", Currency: "GBP", TimeZone: "Europe/Prague", Domains: []string{"acme.example"}, AutoApprove: true,
		Groups: []program.GroupSpec{{Code: "gold", Name: "Gold"}}}
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, spec)
		return err
	})
	plan := simple(s.Clock.Now().AddDate(-1, 0, 0))
	plan.MaxTotal = "40%"
	plan.Levels = []commission.LevelSpec{{Rate: "3%", Of: "sale"}, {Rate: "25%", Of: "below"}}
	if c.plan != nil {
		c.plan(&plan)
	}
	publish(s.Scene, plan)
	for len(s.who) < len(previewNames) {
		s.join(sponsors)
	}
	for _, name := range previewNames {
		if group := c.groups[name]; group != "" {
			s.Do(func(tx *models.Tx) error {
				_, err := s.Programs.UpdateEnrollment(tx, s.Owner, s.who[name].ID, program.Change{Group: &group})
				return err
			})
		}
	}
	s.suspend(c.suspended)
	s.sell("j", "grand", "70.00") // before the span
	s.CloseMonth()
	s.round("f")
	s.suspend(c.resting)
	s.round("g")
	for _, name := range c.resting {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Programs.Reactivate(tx, s.Owner, s.who[name].ID)
			return err
		})
	}
	for _, move := range moves {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Programs.ChangeSponsor(tx, s.Owner, s.who[move[0]].ID, s.who[move[1]].ID, "moved")
			return err
		})
		s.Clock.Advance(time.Hour)
	}
	s.CloseMonth()
	s.round("m")
	s.Refund("r1", "f-kid", "11.11")
	s.Refund("r2", "m-mv", "45.21") // all of it
	s.Accrue()
	s.sellAt("f-grand", "grand", "91.37", s.occurredAt("f-grand"))
	s.sellAt("g-mv", "mv", "12.05", s.occurredAt("g-mv").AddDate(0, 0, 2)) // the chain stays that of the first instant
	s.Accrue()
	s.CloseMonth()
	s.round("a")
	s.Refund("r3", "f-grand", "20.00") // of what was restated
	refundOf(s.Scene, "d1", "a-kid", models.RefundKindChargeback, "30.00")
	s.Accrue()
	s.suspend(c.fallen)
	return s
}

// join brings in whoever has no sponsor, or one who has joined.
func (s *teller) join(sponsors map[string]string) {
	for _, name := range previewNames {
		_, joined := s.who[name]
		sponsor, ready := s.who[sponsors[name]]
		if !joined && (ready || sponsors[name] == "") {
			s.who[name] = s.Enroll(name, sponsor.ID)
		}
	}
}

func (s *teller) suspend(names []string) {
	for _, name := range names {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Programs.Suspend(tx, s.Owner, s.who[name].ID)
			return err
		})
	}
}

// round lets everybody sell, and prices each sale before the next.
func (s *teller) round(prefix string) {
	for i, name := range previewNames {
		s.sell(prefix, name, fmt.Sprintf("%d.%02d", 37+4*i, 13+4*i))
	}
}

func (s *teller) sell(prefix, name, amount string) {
	s.sellAt(prefix+"-"+name, name, amount, s.Clock.Now())
	s.Accrue()
	s.Clock.Advance(time.Hour)
}

func (s *teller) sellAt(id, name, amount string, at time.Time) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, OccurredAt: at, Currency: "GBP",
			Amount: amount, LinkCode: "link-" + name, CustomerID: "buyer-of-" + name})
		return err
	})
}

func (s *teller) occurredAt(id string) time.Time {
	s.T.Helper()
	var c models.Conversion
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("program_id = ? AND external_id = ? AND revision = 1", s.Program.ID, id).Take(&c).Error)
	return c.OccurredAt
}

// spanOfStories is when February begins in Prague.
var spanOfStories = time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC)

// comesTo gives what the lines of the conversions of some sellers come to, by who earned them, from February on.
func (s *teller) comesTo(sellers []string) map[string]int64 {
	s.T.Helper()
	var rows []struct {
		Name  string
		Minor int64
	}
	require.NoError(s.T, s.DB.Read(s.T.Context()).Raw(`SELECT e.external_id AS name, SUM(m.amount_minor) AS minor FROM commissions m
		JOIN conversions c ON c.id = m.source_id JOIN enrollments e ON e.id = m.enrollment_id JOIN enrollments x ON x.id = c.enrollment_id
		WHERE m.program_id = ? AND x.external_id IN ? AND c.occurred_at >= ? GROUP BY e.external_id`,
		s.Program.ID, sellers, spanOfStories).Scan(&rows).Error)
	found := map[string]int64{}
	for _, r := range rows {
		found[r.Name] = r.Minor
	}
	return found
}

// priced counts the same conversions.
func (s *teller) priced(sellers []string) (n int) {
	s.T.Helper()
	require.NoError(s.T, s.DB.Read(s.T.Context()).Raw(`SELECT COUNT(DISTINCT m.source_id) FROM commissions m JOIN conversions c ON c.id = m.source_id
		JOIN enrollments x ON x.id = c.enrollment_id WHERE m.program_id = ? AND x.external_id IN ? AND c.occurred_at >= ?`, s.Program.ID, sellers, spanOfStories).Scan(&n).Error)
	return n
}

func (s *teller) preview(of, to string) (commission.SponsorPreview, error) {
	return s.Commission.SponsorPreview(s.T.Context(), s.Owner, s.who[of].ID, s.who[to].ID)
}

// byName gives what a preview shows, by name.
func (s *teller) byName(p commission.SponsorPreview) (now, then map[string]int64) {
	now, then = map[string]int64{}, map[string]int64{}
	for _, one := range p.Partners {
		for name, e := range s.who {
			if e.ID == one.EnrollmentID {
				now[name], then[name] = one.Now.Minor, one.Then.Minor
			}
		}
	}
	return now, then
}

func sumOfAll(m map[string]int64) (sum int64) {
	for _, minor := range m {
		sum += minor
	}
	return sum
}

func TestAPreviewIsWhatTheOtherSponsorWouldHaveMade(t *testing.T) {
	t.Parallel()
	mine := []string{"mv", "kid", "grand"}
	cases := map[string]previewed{
		"under another":    {of: "mv", to: "other", within: mine},
		"to the top":       {of: "mv", within: mine},
		"past its sponsor": {of: "mv", to: "top", within: mine},
		"beside itself":    {of: "mv", to: "side", within: mine},
		"from the top":     {of: "boss", to: "mid", within: []string{"boss", "other"}},
		"a leaf":           {of: "grand", to: "boss", within: []string{"grand"}},
		"many levels":      {of: "mv", to: "other", within: mine, plan: levels("5%", "4%", "3%", "2%", "1%")},
		"one level":        {of: "mv", to: "other", within: mine, plan: levels("5%")},
		"compress":         {of: "mv", to: "other", within: mine, plan: ineligible("compress", levels("5%", "3%", "1%")), suspended: []string{"other", "mid"}},
		"stop":             {of: "mv", to: "other", within: mine, plan: ineligible("stop", levels("5%", "3%", "1%")), suspended: []string{"other"}},
		"stop, from below": {of: "mv", to: "top", within: mine, plan: ineligible("stop", levels("5%", "3%", "1%")), suspended: []string{"mid"}},
		"house":            {of: "mv", to: "other", within: mine, plan: ineligible("house", levels("5%", "3%", "1%")), suspended: []string{"other", "mid"}},
		"who rested below": {of: "mv", to: "other", within: mine, plan: levels("5%", "3%", "1%"), resting: []string{"kid"}},
		"who rested above": {of: "mv", to: "top", within: mine, plan: levels("5%", "3%", "1%"), resting: []string{"top", "mid"}},
		"who fell since":   {of: "mv", to: "top", within: mine, plan: levels("5%", "3%", "1%"), fallen: []string{"top", "kid"}},
		"what levels below took": {of: "mv", to: "other", within: mine, plan: func(p *commission.PlanSpec) {
			p.Levels = []commission.LevelSpec{{Rate: "12%", Of: "override"}, {Rate: "14%", Of: "override"}, {Rate: "17%", Of: "override"}}
		}},
		"another table of levels": {of: "mv", to: "other", within: mine, groups: map[string]string{"boss": "gold", "mid": "gold"}, plan: func(p *commission.PlanSpec) {
			p.GroupLevels = map[string][]commission.LevelSpec{"gold": {{Rate: "6%", Of: "sale"}, {Rate: "5%", Of: "sale"}}}
		}},
		"another reward": {of: "mv", to: "other", within: mine, groups: map[string]string{"kid": "gold"}, plan: func(p *commission.PlanSpec) {
			p.Overrides = []engine.OverrideSpec{{Rule: "sales", Group: "gold", RewardSpec: commission.RewardSpec{Percent: "7%"}}}
		}},
		"volumes": {of: "mv", to: "other", within: mine, plan: func(p *commission.PlanSpec) { p.Eligible = &engine.EligibleSpec{Days: 20, Volume: "80.00"} }},
		"customers and their number": {of: "mv", to: "other", within: mine, plan: func(p *commission.PlanSpec) {
			p.Rules = append([]commission.RuleSpec{{ID: "first", When: "customer.order_number < 3", RewardSpec: commission.RewardSpec{Percent: "20%"}}}, p.Rules...)
		}},
		"by when it happened": {of: "mv", to: "other", within: mine, plan: func(p *commission.PlanSpec) {
			p.Rules = append([]commission.RuleSpec{{ID: "late", When: `order.at >= timestamp("2026-02-04T00:00:00Z")`, RewardSpec: commission.RewardSpec{Percent: "20%"}}}, p.Rules...)
		}},
		"a cap on sellers":  {of: "mv", to: "other", within: mine, plan: func(p *commission.PlanSpec) { p.Rules[0].Caps = []engine.CapSpec{{Per: "month", Amount: "9.00"}} }},
		"it moved before":   {of: "mv", to: "other", moves: [][2]string{{"mv", "boss"}}},
		"its downline left": {of: "mv", to: "other", moves: [][2]string{{"kid", "top"}}},
		"its downline came": {of: "mv", to: "other", moves: [][2]string{{"side", "kid"}}},
	}
	for n, name := range slices.Sorted(maps.Keys(cases)) {
		if testing.Short() && n%3 != 0 {
			continue
		}
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			was := c.tell(t, previewSponsors(), c.moves)
			before := moneyRows(was.Scene)
			p, err := was.preview(c.of, c.to)
			require.NoError(t, err)
			require.Equal(t, before, moneyRows(was.Scene), "a preview writes nothing")
			sponsors := previewSponsors()
			delete(sponsors, c.of)
			if c.to != "" {
				sponsors[c.of] = c.to
			}
			moves := slices.DeleteFunc(slices.Clone(c.moves), func(m [2]string) bool { return m[0] == c.of })
			would := c.tell(t, sponsors, moves)

			sellers := c.within
			if sellers == nil {
				sellers = previewNames
			}
			wantNow, wantThen := was.comesTo(sellers), would.comesTo(sellers)
			if c.within != nil {
				require.Equal(t, sumOfAll(wantNow), p.Now.Minor)
				require.Equal(t, sumOfAll(wantThen), p.Then.Minor)
			}
			require.Equal(t, sumOfAll(wantThen)-sumOfAll(wantNow), p.Difference.Minor)
			now, then := was.byName(p)
			differs := 0
			for _, name := range previewNames {
				require.Equal(t, wantThen[name]-wantNow[name], then[name]-now[name], name)
				if c.within != nil && wantThen[name] != wantNow[name] {
					require.Equal(t, []int64{wantNow[name], wantThen[name]}, []int64{now[name], then[name]}, name)
				}
				if wantThen[name] != wantNow[name] {
					differs++
				}
			}
			require.Len(t, p.Partners, differs)
			require.NotZero(t, differs, "a story in which nothing changes shows nothing")
			require.Equal(t, []string{"2026-02", "2026-03", "2026-04"}, p.Periods)
			require.Zero(t, p.Unpriced)
			if c.within != nil {
				require.Equal(t, was.priced(sellers), p.Conversions)
			}
		})
	}
}
