package models_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.jetify.com/typeid"

	"tributary/internal/fault"
	"tributary/models"
)

var prefixes = []string{models.PrefixMerchant, models.PrefixUser, models.PrefixAPIKey, models.PrefixPartner, models.PrefixProgram,
	models.PrefixTerms, models.PrefixPlan, models.PrefixGroup, models.PrefixEnrollment, models.PrefixLink, models.PrefixCoupon,
	models.PrefixClick, models.PrefixCustomer, models.PrefixConversion, models.PrefixRefund, models.PrefixCommission,
	models.PrefixPeriod, models.PrefixJournal, models.PrefixAccount, models.PrefixBatch, models.PrefixPayout, models.PrefixWhatIf, models.PrefixExport}

func TestNewIDsSortInTheOrderTheyAreMade(t *testing.T) {
	last := models.NewID()
	for range 10_000 {
		next := models.NewID()
		require.Negative(t, bytes.Compare(last[:], next[:]))
		last = next
	}
}

func TestIDFormatRoundTrip(t *testing.T) {
	seen := map[string]bool{}
	for _, prefix := range prefixes {
		require.False(t, seen[prefix], "prefix %s is used twice", prefix)
		seen[prefix] = true
		id := models.NewID()
		text := id.Format(prefix)
		require.True(t, strings.HasPrefix(text, prefix+"_"))
		back, err := models.ParseID(prefix, text)
		require.NoError(t, err)
		require.Equal(t, id, back)
		got, back, err := models.ParseAnyID(text)
		require.NoError(t, err)
		require.Equal(t, prefix, got)
		require.Equal(t, id, back)
	}
	for range 1000 { // not only ids that begin with the present
		var id models.ID
		_, _ = rand.Read(id[:])
		same, err := typeid.FromUUIDBytesWithPrefix(models.PrefixPayout, id[:])
		require.NoError(t, err)
		require.Equal(t, same.String(), id.Format(models.PrefixPayout))
	}
	require.Panics(t, func() { models.NewID().Format("Not A Prefix") })
}

func TestIDsAreRefused(t *testing.T) {
	good := models.NewID().Format(models.PrefixPayout)
	for _, text := range []string{"", "payout", "payout_", good[:len(good)-1], good + "0", strings.ToUpper(good), " " + good,
		models.NewID().Format(models.PrefixBatch), models.NewID().String(), "payout_8zzzzzzzzzzzzzzzzzzzzzzzzz", "payout_01h455vb4pex5vsknk084sn02u"} {
		_, err := models.ParseID(models.PrefixPayout, text)
		require.Equal(t, "ID_MALFORMED", fault.CodeOf(err), "text %q", text)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
}

func TestIDTextAndPointers(t *testing.T) {
	id := models.NewID()
	text, err := json.Marshal(map[string]models.ID{"id": id})
	require.NoError(t, err)
	var back map[string]models.ID
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, id, back["id"])
	require.Error(t, json.Unmarshal([]byte(`{"id":"nonsense"}`), &back))

	require.Equal(t, id, *id.Ref())
	require.Equal(t, id, models.Or(id.Ref()))
	require.Nil(t, models.ID{}.Ref())
	require.True(t, models.Or(nil).IsZero())
	require.False(t, id.IsZero())
}

func TestIDScanTakesSixteenBytesOnly(t *testing.T) {
	id := models.NewID()
	var into models.ID
	require.NoError(t, into.Scan(id[:]))
	require.Equal(t, id, into)
	require.NoError(t, into.Scan(string(id[:])))
	for _, src := range []any{nil, []byte{}, id[:15], append(id[:], 0), id.String(), 7} {
		require.Error(t, into.Scan(src))
	}
	var sum models.Hash
	require.NoError(t, sum.Scan(bytes.Repeat([]byte{1}, 32)))
	require.Error(t, sum.Scan(id[:]))
}

func FuzzParseAnyID(f *testing.F) {
	for _, prefix := range prefixes {
		f.Add(models.NewID().Format(prefix))
	}
	f.Add("payout_01h455vb4pex5vsknk084sn02q")
	f.Add("_01h455vb4pex5vsknk084sn02q")
	f.Fuzz(func(t *testing.T, text string) {
		prefix, id, err := models.ParseAnyID(text)
		if err != nil {
			require.Equal(t, "ID_MALFORMED", fault.CodeOf(err))
			return
		}
		require.Equal(t, text, id.Format(prefix), "one id has one text")
	})
}

func TestGoingBackCoversWhatWasMadeMeanwhile(t *testing.T) {
	id := models.NewID()
	before, after := id.Back(time.Hour), id.Back(0)
	require.Negative(t, bytes.Compare(before[:], after[:]))
	require.LessOrEqual(t, bytes.Compare(after[:], id[:]), 0)
	require.Equal(t, before, id.Back(30*time.Minute).Back(30*time.Minute))
	require.Equal(t, models.ID{}, models.ID{15: 1}.Back(time.Hour), "there is nothing before the first")
}
