package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What users of other systems complain of, by number. One that is about rules, refunds or levels has examples that show
// it (C1 and so on); of each other one it is said where it belongs.
var complaints = map[int]struct{ text, elsewhere string }{
	1:  {"a refund leaves the commission in place", ""},
	2:  {"a refund of a part takes all or nothing", ""},
	3:  {"a refund after the payout is ignored", ""},
	4:  {"a refund and a dispute take the same money twice", ""},
	5:  {"one order earns twice", ""},
	6:  {"a total differs from its lines", ""},
	7:  {"a retry pays twice", "a payout's keys are the payout's"},
	8:  {"nobody knows whether it was paid", "a payout's states are the payout's"},
	9:  {"nobody sees how an amount came about", ""},
	10: {"a new rate changes old money", ""},
	11: {"terms are cut backwards", ""},
	12: {"a program stops and its figures vanish", "statements are kept by the close"},
	13: {"money is frozen without a date", "a line's blockers are shown by its reader"},
	14: {"the last click takes the sale", "who wins is decided by the attribution, before a rule is asked"},
	15: {"a discount is not seen in the basis", ""},
	16: {"browsers lose the click", "touches are kept by the tracking"},
	17: {"renewals are not credited", ""},
	18: {"a check for self-referral loses sales", "a hold is set by the tracking; what it releases is priced like any other"},
	19: {"levels are missing, and not refunded", ""},
	20: {"a change of sponsor pays the wrong people", ""},
	21: {"yen are divided by a hundred", ""},
	22: {"tax earns a commission, and lines by hand are recomputed", ""},
	23: {"no payout account in a country", "the rail's"},
	24: {"work dies of its size", "the accrual's batches"},
	25: {"it cannot be run by oneself", "the licence's"},
}

func TestEachComplaintIsAnsweredOrBelongsElsewhere(t *testing.T) {
	shown := map[string]int{}
	for _, f := range readCases(t) {
		for _, e := range f.Examples {
			for _, what := range e.Shows {
				shown[what]++
			}
		}
	}
	for number, c := range complaints {
		if c.elsewhere != "" {
			require.Zero(t, shown[fmt.Sprintf("C%d", number)], "%d is said to belong elsewhere", number)
			continue
		}
		require.Positive(t, shown[fmt.Sprintf("C%d", number)], "no example answers %d: %s", number, c.text)
		delete(shown, fmt.Sprintf("C%d", number))
	}
	for what := range shown {
		require.False(t, strings.HasPrefix(what, "C") && strings.Trim(what[1:], "0123456789") == "", "%s is no complaint of the list", what)
	}
}

// Every feature has examples, and whoever adds one adds them here.
func TestEachFeatureIsShown(t *testing.T) {
	shown := map[string]bool{}
	for _, f := range readCases(t) {
		for _, e := range f.Examples {
			for _, what := range e.Shows {
				shown[what] = true
			}
		}
	}
	for _, what := range []string{"referral", "CPA", "placement", "multi-level", "mixed", "kind", "default", "first match", "percent", "fixed", "for life", "recurring months",
		"recurring count", "unique customer", "min age", "require", "basis", "exclude", "items", "skus", "categories", "rest", "free item", "refund by item", "refund beyond items",
		"refund order", "by order", "by period", "marginal", "retroactive", "negative volume", "per conversion", "per day", "per week", "per month", "per life", "enrollment scope",
		"group scope", "program scope", "several caps", "of sale", "of below", "of override", "depth", "group levels", "volume", "customers", "inactive", "compress", "stop", "house",
		"bound", "override", "enrollment before group", "dated", "reach volume", "reach sales", "first sale", "recruit sells", "once", "recruiting", "prorated", "manual", "reversal",
		"refund", "refund in parts", "chargeback", "lost", "won", "void", "restatement", "up", "down", "another rule", "same content", "date", "sponsor change", "partner status",
		"group change", "renewals", "current", "earlier versions", "effective from", "frozen", "hold", "periods", "month edge", "weeks", "time zone", "late line", "close",
		"order of arrival", "half even", "rate", "large amounts", "JPY", "KWD", "stopped", "pays nobody", "levels off"} {
		require.True(t, shown[what], "no example shows %q", what)
	}
}
