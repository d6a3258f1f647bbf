package tracking_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// single is a request to record one conversion, under a key of its own.
func (m *market) single(in tracking.ConversionInput, key string) tracking.Single {
	return tracking.Single{By: m.Owner, ProgramID: m.Program.ID, Input: in, Key: key, Request: models.HashOf([]byte(in.ExternalID + in.Amount)),
		Origin: models.Origin{Actor: m.Owner.Name, Action: "recordConversion", RequestID: "request-" + key, MerchantID: m.Owner.MerchantID},
		Answer: func(result tracking.ConversionResult) any { return result.Conversion.ID }}
}

// together sends all at once and tells what came of each, and which must be done alone.
func (m *market) together(all []tracking.Single) ([]tracking.ConversionResult, []bool) {
	results, recorded := make([]tracking.ConversionResult, len(all)), make([]bool, len(all))
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() { results[i], recorded[i] = m.Tracking.RecordTogether(m.T.Context(), all[i]) })
	}
	wait.Wait()
	return results, recorded
}

func TestSingleConversionsOfTheSameMomentShareATransaction(t *testing.T) {
	m := newMarket(t)
	const senders = 24
	var transactions atomic.Int64
	testkit.OnStatement(t, m.DB, func(g *gorm.DB) {
		if g.Statement.Table == "programs" {
			transactions.Add(1)
		}
	})
	var all []tracking.Single
	for i := range senders {
		in := m.sale(fmt.Sprint(i))
		in.CustomerID, in.LinkCode = fmt.Sprintf("customer-%d", i%5), "link-ada"
		all = append(all, m.single(in, fmt.Sprintf("key-%d", i)))
	}
	results, recorded := m.together(all)
	done := int64(0)
	for i, ok := range recorded {
		if !ok { // lost against another transaction
			continue
		}
		done++
		require.Equal(t, tracking.OutcomeRecorded, results[i].Outcome)
		require.Equal(t, m.ada.ID, models.Or(results[i].Conversion.EnrollmentID))
		var kept models.Conversion
		require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", results[i].Conversion.ID).Take(&kept).Error)
		require.Equal(t, all[i].Input.ExternalID, kept.ExternalID)
		var key models.IdempotencyKey
		require.NoError(t, m.DB.Read(t.Context()).Where("idem_key = ?", all[i].Key).Take(&key).Error)
		require.Equal(t, fmt.Sprintf("%q", kept.ID), key.Response)
		var entries []models.AuditEntry
		require.NoError(t, m.DB.Read(t.Context()).Where("request_id = ?", all[i].Origin.RequestID).Order("id").Find(&entries).Error)
		require.GreaterOrEqual(t, len(entries), 2, "the conversion and its attribution")
		for _, e := range entries {
			require.Equal(t, entries[0].ID, e.TransactionID, "each request is a transaction to the log")
			require.Equal(t, e.ContentDigest(), e.Digest)
			require.EqualValues(t, 1, e.RowCount)
			if e.Entity != "customers" {
				require.Equal(t, kept.ID, e.EntityID)
			}
		}
	}
	require.Positive(t, done)
	require.Less(t, transactions.Load(), int64(senders))
	require.Equal(t, done, m.waiting())
}

func TestWhatMustBeDoneAloneIsLeftToItsSender(t *testing.T) {
	m := newMarket(t)
	first := m.single(m.sale("1"), "key-1")
	_, recorded := m.together([]tracking.Single{first})
	require.Equal(t, []bool{true}, recorded)

	wrong, stranger, keyless := m.single(m.sale("2"), "key-2"), m.single(m.sale("3"), "key-3"), m.single(m.sale("4"), "")
	wrong.Input.Amount = "-1"
	stranger.By = access.System("rival", models.NewID())
	for name, one := range map[string]tracking.Single{"refused": wrong, "of another merchant": stranger, "without a key": keyless, "with a known key": first} {
		_, ok := m.Tracking.RecordTogether(t.Context(), one)
		require.False(t, ok, name)
	}
	again := m.single(m.sale("1"), "key-5")
	result, ok := m.Tracking.RecordTogether(t.Context(), again)
	require.True(t, ok)
	require.Equal(t, tracking.OutcomeDuplicate, result.Outcome)
	var n int64
	require.NoError(t, m.DB.Read(t.Context()).Model(&models.Conversion{}).Count(&n).Error)
	require.EqualValues(t, 1, n, "what is left to its sender has changed nothing")
}

func TestTheSameRequestAtOnceIsRecordedOnce(t *testing.T) {
	m := newMarket(t)
	all := make([]tracking.Single, 8)
	for i := range all {
		all[i] = m.single(m.sale("1"), "same")
	}
	_, recorded := m.together(all)
	once := 0
	for _, ok := range recorded {
		if ok {
			once++
		}
	}
	require.LessOrEqual(t, once, 1, "the others find the key and give the same answer")
	require.EqualValues(t, once, countRows[models.Conversion](m))
	require.EqualValues(t, once, countRows[models.IdempotencyKey](m))
}

func countRows[T any](m *market) int64 {
	var n int64
	require.NoError(m.T, m.DB.Read(m.T.Context()).Model(new(T)).Count(&n).Error)
	return n
}
