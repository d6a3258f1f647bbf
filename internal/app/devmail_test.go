package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/mail"
)

// Mails open logins: nobody but this machine reads them.
func TestMailsAreShownOnThisMachineOnly(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	standIn := mail.NewStandIn(log)
	require.NoError(t, standIn.Send(t.Context(), mail.Message{To: "ann@partners.example", Subject: "Set a new password",
		Text: "Hello <Ann>", Link: "http://127.0.0.1:8080/account#do=reset-password&token=t"}))
	for _, c := range []struct {
		addr, host string
		standIn    *mail.StandIn
		status     int
	}{
		{"127.0.0.1:8080", "127.0.0.1:8080", standIn, http.StatusOK},
		{"[::1]:8080", "localhost", standIn, http.StatusOK},
		{"0.0.0.0:8080", "127.0.0.1:8080", standIn, http.StatusNotFound},
		{":8080", "localhost:8080", standIn, http.StatusNotFound},
		{"127.0.0.1:8080", "shop.example", standIn, http.StatusNotFound},
		{"127.0.0.1:8080", "localhost.evil.example:8080", standIn, http.StatusNotFound},
		{"127.0.0.1:8080", "127.0.0.1:8080", nil, http.StatusNotFound},
	} {
		a := &App{Config: Config{Addr: c.addr}, Log: log, standIn: c.standIn}
		request := httptest.NewRequest(http.MethodGet, "/dev/mail", nil)
		request.Host = c.host
		answer := httptest.NewRecorder()
		a.Handler().ServeHTTP(answer, request)
		require.Equal(t, c.status, answer.Code, "%+v", c)
		if c.status == http.StatusOK {
			require.Contains(t, answer.Body.String(), `<a href="http://127.0.0.1:8080/account#do=reset-password&amp;token=t">`)
			require.Contains(t, answer.Body.String(), "Hello &lt;Ann&gt;")
		}
	}
}
