package export_test

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/export"
	"tributary/internal/testkit"
	"tributary/models"
)

const secret = "a secret for tests, long enough..."

// scene is a program whose partners have sold in January, with the service that exports it.
type scene struct {
	*testkit.Scene
	t       *testing.T
	exports *export.Service
	period  models.Period
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{Scene: testkit.NewScene(t), t: t}
	var err error
	s.exports, err = export.New(s.DB, secret, "https://partners.example/")
	require.NoError(t, err)
	ann := s.Enroll("ann", models.ID{})
	s.Enroll("ben", ann.ID)
	cat := s.Enroll("cat", models.ID{})
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Enrollment{}).Where("id = ?", cat.ID).Update("external_id", "=cat").Error
	})
	for range 3 {
		s.Sell("ben", "100.00")
		s.Sell("cat", "10.00")
	}
	s.Refund("r1", s.Sell("ann", "50.00"), "20.00")
	s.period = s.CloseMonth()
	return s
}

func (s *scene) request(kind models.ExportKind) models.Export {
	s.t.Helper()
	var e models.Export
	s.Do(func(tx *models.Tx) (err error) {
		e, err = s.exports.Request(tx, s.Owner, kind, s.period.ID)
		return err
	})
	return e
}

func (s *scene) run(id models.ID) error { return s.exports.Run(s.t.Context(), id) }

func (s *scene) stored(id models.ID) models.Export {
	s.t.Helper()
	var e models.Export
	require.NoError(s.t, s.DB.Read(s.t.Context()).Where("id = ?", id).Take(&e).Error)
	return e
}

// rows runs an export and reads its file, without the header, as columns by name.
func (s *scene) rows(kind models.ExportKind) []map[string]string {
	s.t.Helper()
	e := s.request(kind)
	require.NoError(s.t, s.run(e.ID))
	return s.parse(e.ID)
}

func (s *scene) file(id models.ID) string {
	s.t.Helper()
	var text bytes.Buffer
	require.NoError(s.t, s.exports.WriteFile(s.t.Context(), s.stored(id), &text))
	return text.String()
}

func (s *scene) parse(id models.ID) []map[string]string {
	s.t.Helper()
	all, err := csv.NewReader(bytes.NewBufferString(s.file(id))).ReadAll()
	require.NoError(s.t, err)
	require.NotEmpty(s.t, all)
	rows := []map[string]string{}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	e := s.stored(id)
	require.EqualValues(s.t, len(rows), e.RowCount)
	require.EqualValues(s.t, len(s.file(id)), e.ByteCount)
	require.Equal(s.t, e.Total, e.Done)
	return rows
}
