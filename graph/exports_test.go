package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

func (s *served) exportOf(period models.Period) models.Export {
	s.T.Helper()
	var e models.Export
	s.Do(func(tx *models.Tx) (err error) {
		e, err = s.Exports.Request(tx, s.Owner, models.ExportKindStatements, period.ID)
		return err
	})
	return e
}

func (s *served) askExport() models.Export {
	s.T.Helper()
	s.Sell("ann", "100.00")
	return s.exportOf(s.CloseMonth())
}

func exportDuties() map[string]duty {
	return map[string]duty{
		"startExport": {scope: access.PayoutsRead, input: func(s *served) map[string]any {
			s.Sell("ann", "100.00")
			return map[string]any{"periodId": s.CloseMonth().ID.Format(models.PrefixPeriod), "kind": "STATEMENTS"}
		}, answer: "export { id state kind requestedBy requestedAt recordsDone period { key } }", other: map[string]any{"kind": "PAYOUTS"}},
		"cancelExport": {scope: access.PayoutsRead, input: func(s *served) map[string]any {
			return map[string]any{"exportId": s.askExport().ID.Format(models.PrefixExport)}
		}, answer: "export { id state finishedAt }", other: map[string]any{"exportId": models.NewID().Format(models.PrefixExport)}},
	}
}

const askExport = `query($id: ID!) { export(id: $id) { id kind state error startedAt finishedAt expiresAt recordsDone recordsTotal rowCount byteCount downloadUrl period { key } } }`

func TestAnExportIsStartedAndRead(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	s.Enroll("ben", models.ID{})
	s.Sell("ann", "1000.00")
	s.Sell("ben", "1000.00")
	period := s.CloseMonth()
	const start = `mutation($in: StartExportInput!) { startExport(input: $in) { export { id state } userErrors { field code } } }`
	input := func(kind string, periodID any) map[string]any {
		return map[string]any{"in": map[string]any{"periodId": periodID, "kind": kind, "idempotencyKey": kind}}
	}
	started := s.must(s.key, start, input("STATEMENTS", period.ID.Format(models.PrefixPeriod)))
	require.Equal(t, "QUEUED", started.at(t, "startExport", "export", "state"))
	id := map[string]any{"id": started.at(t, "startExport", "export", "id")}
	waits := s.must(s.key, askExport, id)
	require.Nil(t, waits.at(t, "export", "downloadUrl"))
	listens := s.connect(s.key)
	listens.subscribe("j", `subscription($id: ID!) { jobProgress(id: $id) { ... on Export { state rowCount } } }`, id)
	require.Contains(t, string(listens.hear().Payload), `{"state":"QUEUED","rowCount":0}`)

	e, err := models.ParseID(models.PrefixExport, id["id"].(string))
	require.NoError(t, err)
	require.NoError(t, s.Exports.Run(t.Context(), e))
	done := s.must(s.key, askExport, id)
	require.Equal(t, "DONE", done.at(t, "export", "state"))
	require.EqualValues(t, 2, done.at(t, "export", "rowCount"))
	require.EqualValues(t, 2, done.at(t, "export", "recordsTotal"))
	require.Equal(t, "2026-01", done.at(t, "export", "period", "key"))
	require.Contains(t, done.at(t, "export", "downloadUrl"), "https://acme.example/exports/export_")
	for last := ""; ; {
		f := listens.hear()
		if f.Type == "complete" {
			require.Contains(t, last, `{"state":"DONE","rowCount":2}`)
			break
		}
		last = string(f.Payload)
	}
	missing := s.must(s.key, start, input("PAYOUTS", models.NewID().Format(models.PrefixPeriod)))
	require.Equal(t, "PERIOD_NOT_FOUND", missing.at(t, "startExport", "userErrors", 0, "code"))
	require.Equal(t, []any{"periodId"}, missing.at(t, "startExport", "userErrors", 0, "field"))
	require.Equal(t, "NOT_FOUND", s.ask(s.key, askExport, map[string]any{"id": "nonsense"}).code())
}
