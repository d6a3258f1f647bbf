package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestARetriedBatchAnswersTheSame(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	batch := s.batchOf(20, "key-1", func(c map[string]any) { c["currencyCode"] = "XXX" })
	first := s.must(s.key, recordBatch, batch)
	require.Equal(t, "RECORDED", first.at(t, "recordConversions", "results", 0, "outcome"))
	require.Equal(t, "CURRENCY_UNKNOWN", first.at(t, "recordConversions", "results", 19, "userErrors", 0, "code"))
	s.Clock.Advance(1e9)
	require.Equal(t, first.Data, s.must(s.key, recordBatch, batch).Data)
	require.EqualValues(t, 19, s.countConversions())
}

// Answers were once remembered with the whole of the conversion.
func TestAnswersRememberedBeforeAreUnderstood(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	batch := s.batchOf(2, "key-2", func(c map[string]any) { c["currencyCode"] = "XXX" })
	one, many := s.must(s.key, recordConversion, s.sale("key-1")), s.must(s.key, recordBatch, batch)
	var rows []models.Conversion
	require.NoError(t, s.DB.Read(t.Context()).Order("id").Find(&rows).Error)
	require.Len(t, rows, 2)
	whole := make([]string, 2)
	for i := range rows {
		text, err := json.Marshal(rows[i])
		require.NoError(t, err)
		whole[i] = string(text)
	}
	for key, answer := range map[string]string{"key-1": fmt.Sprintf(`{"Conversion":%s,"Outcome":"RECORDED"}`, whole[0]),
		"key-2": fmt.Sprintf(`[{"conversion":%s,"outcome":"RECORDED","userErrors":[]},{"conversion":null,"outcome":null,"userErrors":[{"field":["currencyCode"],"message":"x","code":"CURRENCY_UNKNOWN"}]}]`, whole[1])} {
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.IdempotencyKey{}).Where("idem_key = ?", key).Update("response", answer).Error
		})
	}
	require.Equal(t, one.Data, s.must(s.key, recordConversion, s.sale("key-1")).Data)
	require.Equal(t, many.Data, s.must(s.key, recordBatch, batch).Data)
}
