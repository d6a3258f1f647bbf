package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

func TestBankResultsAreAnsweredRowByRow(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	p := s.payoutOf(s.byHand())
	id := p.ID.Format(models.PrefixPayout)
	_, rival := s.otherMerchant()
	query := duty{answer: "results { line payoutId outcome userErrors { code field } }"}.text("importBankResults")
	sent := func(credential, key, file string) answer {
		t.Helper()
		return s.must(credential, query, variables(map[string]any{"file": file}, key, nil))
	}
	row := func(line float64, id, outcome string, problems ...any) map[string]any {
		return map[string]any{"line": line, "payoutId": id, "outcome": outcome, "userErrors": append([]any{}, problems...)}
	}
	problem := func(code string, field any) map[string]any { return map[string]any{"code": code, "field": field} }
	file := bankFile + id + ",,\n" + id + ",SEPA 7,\n" + id + ",SEPA 7,\n" + id + ",,bounced\n"

	before := s.dump()
	foreign := sent(rival, "key-1", file)
	require.Equal(t, "PAYOUT_NOT_FOUND", foreign.at(t, "it", "results", 1, "userErrors", 0, "code"))
	for name, bad := range map[string]string{
		"RESULTS_MALFORMED": bankFile + id + ",SEPA 7,\n" + id + ",SEPA 7\n", // the first row is in order
		"RESULTS_TOO_LARGE": bankFile + strings.Repeat(id+",SEPA 7,\n", payout.MaxBankResults+1),
	} {
		refused := sent(s.key, "key-1", bad)
		require.Equal(t, name, refused.at(t, "it", "userErrors", 0, "code"))
		require.Equal(t, []any{"file"}, refused.at(t, "it", "userErrors", 0, "field"))
	}
	wide := sent(s.key, "key-1", bankFile+id+","+strings.Repeat("x", 200_000)+",\n")
	require.Equal(t, "RESULTS_TOO_LARGE", wide.at(t, "it", "userErrors", 0, "code"))
	require.Empty(t, differences(before, s.dump()))

	want := []any{row(2, id, "REFUSED", problem("RESULT_UNCLEAR", []any{"reference"})), row(3, id, "PAID"), row(4, id, "ALREADY_PAID"),
		row(5, id, "REFUSED", problem("PAYOUT_STATE", nil))}
	require.Equal(t, want, sent(s.key, "key-1", file).at(t, "it", "results"))
	require.Equal(t, models.PayoutStateTransferred, s.payoutByID(p.ID).State)
	require.Equal(t, want, sent(s.key, "key-1", file).at(t, "it", "results"), "a retry is told the same")
	require.Equal(t, "ALREADY_PAID", sent(s.key, "key-2", file).at(t, "it", "results", 1, "outcome"))
	require.Empty(t, sent(s.key, "key-3", bankFile).at(t, "it", "results"))
}

func (s *served) payoutByID(id models.ID) models.Payout {
	s.T.Helper()
	var p models.Payout
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("id = ?", id).Take(&p).Error)
	return p
}
