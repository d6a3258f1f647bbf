package graph_test

import (
	"strings"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// tables are the names of all tables.
func tables() []string {
	var names []string
	for _, table := range models.All() {
		names = append(names, table.(interface{ TableName() string }).TableName())
	}
	return names
}

// keep copies every row there is; the function it gives makes the database what it was.
func (s *served) keep() (restore func()) {
	s.T.Helper()
	run := func(statement string, tables []string) {
		s.T.Helper()
		s.Do(func(tx *models.Tx) error {
			for _, table := range tables {
				if err := tx.Exec(strings.ReplaceAll(statement, "@", table)).Error; err != nil {
					return err
				}
			}
			return nil
		})
	}
	kept := s.filled()
	run("CREATE TABLE `kept_@` AS SELECT * FROM `@`", kept)
	return func() {
		s.T.Helper()
		run("DELETE FROM `@`", s.filled())
		run("INSERT INTO `@` SELECT * FROM `kept_@`", kept)
	}
}

// filled are the tables that have a row. Most are empty: one statement says which are not.
func (s *served) filled() []string {
	s.T.Helper()
	var asked, found []string
	for _, name := range tables() {
		asked = append(asked, "SELECT '"+name+"' AS name WHERE EXISTS (SELECT 1 FROM `"+name+"`)")
	}
	require.NoError(s.T, s.DB.Read(s.T.Context()).Raw(strings.Join(asked, " UNION ALL ")).Scan(&found).Error)
	return found
}
