package stripesim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

const secretKey = "sk_test_world"

// world is a simulator behind HTTP, with a clock turned by hand.
type world struct {
	t       *testing.T
	sim     *stripesim.Server
	url     string
	now     time.Time
	options stripesim.Options
}

func newWorld(t *testing.T, o stripesim.Options) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	o.Now, o.SecretKey, o.Audit = func() time.Time { return w.now }, secretKey, true
	w.options = o
	w.start()
	return w
}

func (w *world) start() {
	w.t.Helper()
	sim, err := stripesim.New(w.options)
	require.NoError(w.t, err)
	server := httptest.NewServer(sim)
	w.t.Cleanup(func() { server.Close(); sim.Close() })
	w.sim, w.url = sim, server.URL
}

// reply is an answer with its JSON decoded.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (r reply) code() any {
	e, ok := r.body["error"].(map[string]any)
	if !ok {
		return nil
	}
	if e["code"] == nil {
		return e["type"]
	}
	return e["code"]
}

func (w *world) do(method, path, key, authorization string, form url.Values) reply {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(form.Encode()))
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", authorization)
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	r := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		require.NoError(w.t, json.Unmarshal(text, &r.body), r.text)
	}
	return r
}

func (w *world) post(path, key string, pairs ...string) reply {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.do(http.MethodPost, path, key, "Bearer "+secretKey, form)
}

func (w *world) get(path string) reply {
	w.t.Helper()
	return w.do(http.MethodGet, path, "", "Bearer "+secretKey, nil)
}

// account makes an account, with the capability when it is to be paid.
func (w *world) account(active bool) string {
	w.t.Helper()
	a := w.post("/v1/accounts", "", "type", "express", "country", "GB", "capabilities[transfers][requested]", "true")
	require.Equal(w.t, http.StatusOK, a.status, a.text)
	id := a.body["id"].(string)
	if active {
		require.Equal(w.t, http.StatusOK, w.post("/v1/test/accounts/"+id+"/onboard", "").status)
	}
	return id
}

func (w *world) transfer(key, destination, group, amount string) reply {
	w.t.Helper()
	return w.post("/v1/transfers", key, "amount", amount, "currency", "gbp", "destination", destination, "transfer_group", group)
}

// available gives what is left of the pounds.
func (w *world) available() float64 {
	w.t.Helper()
	list := w.get("/v1/balance").body["available"].([]any)
	for _, a := range list {
		if entry := a.(map[string]any); entry["currency"] == "gbp" {
			return entry["amount"].(float64)
		}
	}
	return 0
}
