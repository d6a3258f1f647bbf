package notify_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/internal/testkit"
	"tributary/models"
)

// call is one request that a receiver got.
type call struct {
	method, address, body string
	header                http.Header
}

// receiver is somebody's server: it keeps what it is sent, and answers with its status.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	during func() // while a call is answered
	calls  []call
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls = append(r.calls, call{q.Method, q.URL.RequestURI(), string(body), q.Header})
		w.Header().Set("Location", "/elsewhere")
		if r.during != nil {
			r.during()
		}
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, "thank you\x00")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) got() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call{}, r.calls...)
}

// told is a scene with an endpoint of the merchant, of the given types.
type told struct {
	*testkit.Scene
	endpoint models.WebhookEndpoint
	secret   string
}

func newTold(t *testing.T, url string, types ...string) *told {
	t.Helper()
	s := &told{Scene: testkit.NewScene(t)}
	s.Do(func(tx *models.Tx) (err error) {
		s.endpoint, s.secret, err = s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{ProgramID: s.Program.ID, URL: url, Types: types})
		return err
	})
	return s
}

// work sweeps, and does what the sweep asked for, as a worker would.
func (s *told) work() {
	s.T.Helper()
	require.NoError(s.T, s.Notify.Sweep(s.T.Context()))
	var asked []models.OutboxItem
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("task = ?", models.TaskWebhookDeliver).Find(&asked).Error)
	for _, item := range asked {
		require.NoError(s.T, s.Notify.Deliver(s.T.Context(), item.SubjectID))
		s.Do(func(tx *models.Tx) error { return tx.Where("id = ?", item.ID).Delete(&models.OutboxItem{}).Error })
	}
}

func (s *told) now() models.WebhookEndpoint {
	s.T.Helper()
	e, err := s.Notify.Endpoint(s.T.Context(), s.Owner, s.endpoint.ID)
	require.NoError(s.T, err)
	return e
}

func (s *told) deliveries() []models.WebhookDelivery {
	s.T.Helper()
	slice, err := s.Notify.Deliveries(s.T.Context(), s.Owner, s.endpoint.ID, models.Page{Size: models.MaxPageSize})
	require.NoError(s.T, err)
	return slice.Rows
}

// after turns the clock on and works.
func (s *told) after(d time.Duration) {
	s.T.Helper()
	s.Clock.Advance(d)
	s.work()
}

// refused runs fn in a transaction that must fail with the code.
func (s *told) refused(code string, fn func(tx *models.Tx) error) {
	s.T.Helper()
	require.Equal(s.T, code, fault.CodeOf(models.InTx(s.T.Context(), s.DB, fn)))
}
