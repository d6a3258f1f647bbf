package models

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm/schema"

	"sync"
)

func TestEveryTableIsAuditedOrLeftOutForAReason(t *testing.T) {
	tables := map[string]map[string]bool{}
	for _, row := range All() {
		parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		tables[parsed.Table] = map[string]bool{}
		for _, name := range parsed.DBNames {
			tables[parsed.Table][name] = true
		}
		a, isNoted, err := auditingOf(parsed.Table)
		require.NoError(t, err, "decide how changes of %s are noted", parsed.Table)
		if !isNoted {
			continue
		}
		for _, name := range append(append([]string{a.key}, a.secret...), a.quiet...) {
			require.True(t, tables[parsed.Table][name], "%s has no column %s", parsed.Table, name)
		}
	}
	for table := range audited {
		require.Contains(t, tables, table)
	}
	for name := range columnPrefixes {
		isColumn := false
		for _, columns := range tables {
			isColumn = isColumn || columns[name]
		}
		require.True(t, isColumn, "no table has a column %s", name)
	}
	_, _, err := auditingOf("new_table")
	require.ErrorIs(t, err, ErrNotAudited)
}

// Whatever is proof of who somebody is must not be written down in clear.
func TestSecretsAreDeclared(t *testing.T) {
	for _, row := range All() {
		parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		for _, name := range parsed.DBNames {
			switch name {
			case "password_hash", "secret_hash", "token_hash", "secret_key", "webhook_secret":
				require.Contains(t, audited[parsed.Table].secret, name, parsed.Table)
			}
		}
	}
}
