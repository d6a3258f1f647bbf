package graph_test

import (
	"maps"
	"slices"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// state is all the database holds: the rows of each table, each column as text, less what every request leaves behind.
type state map[string][]map[string]string

func (s *served) state() state {
	s.T.Helper()
	all := state{}
	for _, name := range s.filled() {
		if name == (models.Throttle{}).TableName() {
			continue
		}
		var found []map[string]any
		require.NoError(s.T, s.DB.Read(s.T.Context()).Table(name).Find(&found).Error)
		for _, row := range found {
			delete(row, "last_used_at")
			shown := map[string]string{}
			for column, value := range row {
				shown[column] = sprint(value)
			}
			all[name] = append(all[name], shown)
		}
	}
	return all
}

// varying are the columns, as table.column, that differ between two states that the same led to: ids and secrets.
func varying(a, b state) map[string]bool {
	found := map[string]bool{}
	for name, rows := range a {
		for column := range rows[0] {
			if !slices.Equal(a.column(name, column), b.column(name, column)) {
				found[name+"."+column] = true
			}
		}
	}
	return found
}

func (a state) column(name, column string) []string {
	var values []string
	for _, row := range a[name] {
		values = append(values, row[column])
	}
	slices.Sort(values)
	return values
}

// without gives the rows of each table less some columns, and how often each is there.
func (a state) without(columns map[string]bool) map[string]int {
	rows := map[string]int{}
	for name, found := range a {
		for _, row := range found {
			line := name
			for _, column := range slices.Sorted(maps.Keys(row)) {
				if !columns[name+"."+column] {
					line += " " + column + "=" + row[column]
				}
			}
			rows[line]++
		}
	}
	return rows
}
