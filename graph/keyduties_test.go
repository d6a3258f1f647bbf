package graph_test

import (
	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

// keyDuties are those of the mutations about API keys.
func keyDuties() map[string]duty {
	return map[string]duty{
		"createApiKey": {scope: access.KeysWrite, input: in(map[string]any{"name": "shop", "scopes": []string{"keys:write"}, "expiresAt": "2027-01-01T00:00:00Z"}),
			answer: "apiKey { id name scopes expiresAt } secret", other: map[string]any{"name": "other"}, once: []string{"secret"}},
		"rotateApiKey": {scope: access.KeysWrite, input: func(s *served) map[string]any {
			s.keyFor(s.Owner, access.KeysWrite)
			var key models.APIKey
			require.NoError(s.T, s.DB.Read(s.T.Context()).Order("id DESC").Limit(1).Take(&key).Error)
			return map[string]any{"id": key.ID.Format(models.PrefixAPIKey), "overlapHours": 24}
		}, answer: "apiKey { id name scopes } secret replacedApiKey { id expiresAt }", other: map[string]any{"overlapHours": 25}, once: []string{"secret"}},
		"revokeApiKey": {scope: access.KeysWrite, input: func(s *served) map[string]any {
			var key models.APIKey
			s.keyFor(s.Owner, access.ProgramsRead)
			require.NoError(s.T, s.DB.Read(s.T.Context()).Order("id DESC").Limit(1).Take(&key).Error)
			return map[string]any{"id": key.ID.Format(models.PrefixAPIKey)}
		}, answer: "apiKey { id revokedAt }", other: map[string]any{"id": models.NewID().Format(models.PrefixAPIKey)}},
	}
}
