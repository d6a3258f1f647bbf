package payout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/models"
)

func moversOf(names string) []Mover {
	var rows []Mover
	for _, n := range []byte(names) {
		rows = append(rows, Mover{EnrollmentID: models.ID{n}})
	}
	return rows
}

func TestWhoCameAndWhoLeft(t *testing.T) {
	for name, c := range map[string]struct{ now, last, came, left string }{
		"nobody":           {"", "", "", ""},
		"all new":          {"abc", "", "abc", ""},
		"all gone":         {"", "abc", "", "abc"},
		"the same":         {"abc", "abc", "", ""},
		"between":          {"ace", "bd", "ace", "bd"},
		"one each":         {"abd", "acd", "b", "c"},
		"beyond the end":   {"ab", "abc", "", "c"},
		"before the start": {"abc", "c", "ab", ""},
	} {
		t.Run(name, func(t *testing.T) {
			came, left := movers(moversOf(c.now), moversOf(c.last))
			require.Equal(t, moversOf(c.came), came)
			require.Equal(t, moversOf(c.left), left)
		})
	}
}

func TestWhatIsUnusual(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	me, partner := models.ID{1}, models.ID{2}
	at := place{models.RailNameManual, "GB33"}
	for name, c := range map[string]struct {
		minor   int64
		account time.Duration // how long ago it changed
		past    past
		owners  []models.ID
		want    []OutlierKind
		says    string
	}{
		"nothing":                  {300, 30 * day, past{2, 200}, []models.ID{partner}, nil, ""},
		"never paid":               {1 << 62, 30 * day, past{}, nil, nil, ""},
		"a young account":          {1, 30*day - 1, past{}, nil, []OutlierKind{OutlierNewAccount}, "the payout account changed 29 days ago"},
		"one more than thrice":     {301, 30 * day, past{2, 200}, nil, []OutlierKind{OutlierAmount}, "it is more than 3 times the average of the 2 payouts so far, 1.00 GBP"},
		"the largest there is":     {1<<63 - 2, 30 * day, past{1, (1<<63 - 1) / 3}, nil, nil, ""},
		"one beyond the largest":   {1<<63 - 1, 30 * day, past{1, (1<<63-1)/3 - 1}, nil, []OutlierKind{OutlierAmount}, ""},
		"somebody else has it too": {1, 30 * day, past{}, []models.ID{partner, {7}}, []OutlierKind{OutlierSharedDestination}, "1 other partners are paid to the same account"},
		"all of it":                {10, 3 * day, past{1, 1}, []models.ID{{7}, {8}}, []OutlierKind{OutlierNewAccount, OutlierAmount, OutlierSharedDestination}, "the payout account changed 3 days ago"},
	} {
		t.Run(name, func(t *testing.T) {
			p := planned{candidate: candidate{enrollment: models.Enrollment{ID: me, PartnerID: partner}, minor: c.minor,
				account: &models.PayoutAccount{Destination: at.destination, DestinationChangedAt: now.Add(-c.account)}}, rail: at.rail, state: models.PayoutStatePlanned}
			found := outliers(p, around{past: map[models.ID]past{me: c.past}, owners: map[place][]models.ID{at: c.owners}}, "GBP", now)
			var kinds []OutlierKind
			for _, o := range found {
				require.Equal(t, me, o.EnrollmentID)
				require.Equal(t, money.New(c.minor, "GBP"), o.Amount)
				kinds = append(kinds, o.Kind)
			}
			require.Equal(t, c.want, kinds)
			if c.says != "" {
				require.Equal(t, c.says, found[0].Sentence)
			}
		})
	}
}
