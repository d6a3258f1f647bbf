package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/testkit"
	"tributary/models"
)

func TestAStatementIsDownloadedBehindASignIn(t *testing.T) {
	s := testkit.NewScene(t)
	ann := s.Enroll("ann", models.ID{})
	s.Sell("ann", "1000.00")
	period := s.CloseMonth()
	var rival access.Caller
	key := func(by access.Caller, scopes ...access.Scope) (secret string) {
		s.Do(func(tx *models.Tx) (err error) {
			_, secret, err = s.Access.CreateAPIKey(tx, by, access.APIKeyInput{Name: "test", Scopes: scopes})
			return err
		})
		return secret
	}
	s.Do(func(tx *models.Tx) error {
		m, err := s.Programs.CreateMerchant(tx, "rival", "Rival Ltd")
		rival = access.System("rival", m.ID)
		return err
	})
	a := &App{Access: s.Access, Commission: s.Commission, Log: slog.New(slog.DiscardHandler), Clock: s.Clock.Now}
	path := "/statements/" + period.ID.Format(models.PrefixPeriod) + "/" + ann.ID.Format(models.PrefixEnrollment)
	get := func(path, credential string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if credential != "" {
			r.Header.Set("Authorization", "Bearer "+credential)
		}
		w := httptest.NewRecorder()
		mux := http.NewServeMux()
		mux.HandleFunc("GET /statements/{period}/{enrollment}", a.statement)
		mux.ServeHTTP(w, r)
		return w
	}
	mine := key(s.Owner, access.PayoutsRead)
	for name, c := range map[string]struct {
		path, credential string
		status           int
		begins           string
	}{
		"as PDF":            {path, mine, http.StatusOK, "%PDF-"},
		"as CSV":            {path + "?format=csv", mine, http.StatusOK, "statement,section,"},
		"as what is not":    {path + "?format=xml", mine, http.StatusBadRequest, "FORMAT_UNKNOWN"},
		"nobody":            {path, "", http.StatusUnauthorized, "UNAUTHENTICATED"},
		"a bad credential":  {path, "nonsense", http.StatusUnauthorized, "UNAUTHENTICATED"},
		"the wrong scope":   {path, key(s.Owner, access.ProgramsRead), http.StatusForbidden, "FORBIDDEN"},
		"another merchant":  {path, key(rival, access.PayoutsRead), http.StatusNotFound, "STATEMENT_NOT_FOUND"},
		"a made-up id":      {"/statements/" + models.NewID().Format(models.PrefixPeriod) + "/" + ann.ID.Format(models.PrefixEnrollment), mine, http.StatusNotFound, "STATEMENT_NOT_FOUND"},
		"what is no id":     {"/statements/x/y", mine, http.StatusBadRequest, "ID_MALFORMED"},
		"ids swapped round": {"/statements/" + ann.ID.Format(models.PrefixEnrollment) + "/" + period.ID.Format(models.PrefixPeriod), mine, http.StatusBadRequest, "ID_MALFORMED"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := get(c.path, c.credential)
			require.Equal(t, c.status, answer.Code)
			require.Regexp(t, "^"+c.begins, answer.Body.String())
		})
	}
	require.Equal(t, get(path, mine).Body.Bytes(), get(path, mine).Body.Bytes())
	require.Equal(t, `attachment; filename="statement.pdf"`, get(path, mine).Header().Get("Content-Disposition"))
}
