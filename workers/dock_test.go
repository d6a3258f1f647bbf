package workers

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/mail"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

// redisNumber is the database of these tests on a shared Redis, so that emptying it disturbs nobody.
const redisNumber = 5

// openRedis gives the address of an empty Redis and a function that empties it.
func openRedis(t *testing.T) (string, func()) {
	t.Helper()
	r := testkit.NewRedis(t, redisNumber)
	return r.URL(), func() { require.NoError(t, r.Empty()) }
}

// dock is a scene with workers at a Redis and a rail to the simulator.
type dock struct {
	*testkit.Scene
	sim     *stripesim.Server
	gate    *gate
	payouts *payout.Service
	mail    *mail.Service
	letters *mail.StandIn
	server  *Server
	empty   func() // Redis
}

func newDock(t *testing.T) *dock {
	t.Helper()
	address, empty := openRedis(t)
	d := newDockAt(t, address)
	d.empty = empty
	return d
}

func newDockAt(t *testing.T, redis string) *dock {
	t.Helper()
	d := &dock{Scene: testkit.NewScene(t)}
	var err error
	d.sim, err = stripesim.New(stripesim.Options{Now: d.Clock.Now, SecretKey: "sk_test_dock", Audit: true})
	require.NoError(t, err)
	t.Cleanup(d.sim.Close)
	d.gate = &gate{Handler: d.sim}
	front := httptest.NewServer(d.gate)
	t.Cleanup(front.Close)
	rail, err := stripeconnect.New(stripeconnect.Config{Key: "sk_test_dock", APIBase: front.URL, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	d.payouts = payout.New(d.DB, map[models.RailName]payout.Rail{models.RailNameStripe: rail}, log)
	vault, err := access.NewVault("a secret for tests, long enough...")
	require.NoError(t, err)
	d.letters = mail.NewStandIn(log)
	d.mail = mail.New(d.DB, vault, d.letters, "https://acme.example", log)
	d.server, err = New(Options{DB: d.DB, Redis: redis, Program: d.Programs, Commission: d.Commission, Payouts: d.payouts, Access: d.Access, Mail: d.mail, Audit: audit.New(d.DB), Notify: d.Notify, Exports: d.Exports, Log: log})
	require.NoError(t, err)
	return d
}

// gate stands in front of the simulator and stops transfers when it is shut.
type gate struct {
	http.Handler
	mu      sync.Mutex
	reached chan struct{}
	open    chan struct{}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reached, g.open = make(chan struct{}, 100), make(chan struct{})
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	reached, open := g.reached, g.open
	g.mu.Unlock()
	if open != nil && r.Method == http.MethodPost && r.URL.Path == "/v1/transfers" {
		reached <- struct{}{}
		<-open
	}
	g.Handler.ServeHTTP(w, r)
}

// start runs the workers until the test ends.
func (d *dock) start() {
	d.T.Helper()
	require.NoError(d.T, d.server.Start())
	d.T.Cleanup(d.server.Stop)
}

// approved gives a batch with one payout, approved and funded.
func (d *dock) approved() models.PayoutBatch {
	d.T.Helper()
	e := d.Enroll("ada", models.ID{})
	page, account, err := d.payouts.Onboard(d.T.Context(), d.Owner, e.ID, "https://acme.example/", "https://acme.example/")
	require.NoError(d.T, err)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(page)
	require.NoError(d.T, err)
	require.NoError(d.T, response.Body.Close())
	require.NoError(d.T, d.payouts.RefreshAccount(d.T.Context(), models.RailNameStripe, account.Destination))
	d.Clock.Advance(49 * time.Hour)
	d.Sell("ada", "1000.00")
	period := d.CloseMonth()
	require.NoError(d.T, d.sim.Fund("gbp", 100_000))
	var b models.PayoutBatch
	d.Do(func(tx *models.Tx) error {
		if b, err = d.payouts.Plan(tx, d.Owner, period.ID); err != nil {
			return err
		}
		b, err = d.payouts.Approve(tx, access.System("checker", d.Owner.MerchantID), b.ID, payout.HashText(b.ContentHash))
		return err
	})
	return b
}

func (d *dock) execute(b models.PayoutBatch) {
	d.T.Helper()
	d.Do(func(tx *models.Tx) error { _, err := d.payouts.Execute(tx, d.Owner, b.ID); return err })
}

// awaitClosed waits until the batch is closed, and requires one transfer and an outbox with nothing in it.
func (d *dock) awaitClosed(b models.PayoutBatch) {
	d.T.Helper()
	require.Eventually(d.T, func() bool {
		now, err := d.payouts.Batch(d.T.Context(), d.Owner, b.ID)
		return err == nil && now.State == models.BatchStateClosed && len(d.outbox()) == 0
	}, 20*time.Second, 20*time.Millisecond)
	require.Len(d.T, d.sim.Transfers(), 1)
	require.NoError(d.T, d.sim.Check())
}

func (d *dock) outbox() []models.OutboxItem {
	d.T.Helper()
	var rows []models.OutboxItem
	require.NoError(d.T, d.DB.Read(d.T.Context()).Order("id").Find(&rows).Error)
	return rows
}

// run hands a task to its handler, as asynq does.
func (d *dock) run(task string, body any) error {
	d.T.Helper()
	text, err := json.Marshal(body)
	require.NoError(d.T, err)
	return d.server.mux().ProcessTask(d.T.Context(), asynq.NewTask(task, text))
}

// dump gives every row of the database as text, but for the log of comparisons, which tells of each that was made.
func (d *dock) dump() map[string][]string {
	d.T.Helper()
	all := map[string][]string{}
	for _, model := range models.All() {
		table := model.(interface{ TableName() string }).TableName()
		if table == (models.ReconRun{}).TableName() {
			continue
		}
		var rows []map[string]any
		require.NoError(d.T, d.DB.Read(d.T.Context()).Table(table).Find(&rows).Error)
		for _, row := range rows {
			text := make([]string, 0, len(row))
			for column, value := range row {
				text = append(text, fmt.Sprintf("%s=%v", column, value))
			}
			sort.Strings(text)
			all[table] = append(all[table], strings.Join(text, " "))
		}
		sort.Strings(all[table])
	}
	return all
}
