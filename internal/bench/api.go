package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tributary/internal/access"
	"tributary/models"
)

// The bars of the API: of the throughput of what is written by hand, at least this much.
const (
	apiPagePercent   = 50
	apiBulkPercent   = 40
	apiSinglePercent = 40
	apiTurns         = 3 // of each way, one after the other; the middle one counts
	apiTurn          = 4 * time.Second
	apiSellers       = 1000
)

// askAPI measures the API over HTTP on a database with many conversions, each figure beside what does the same by hand: a
// page of 50 conversions beside a handler on database/sql that checks the same key and answers the same JSON; batches of
// 500 conversions beside a multi-row INSERT of the same rows; single conversions beside one-row commits. Limits: half, 40 %, 40 %.
func askAPI(ctx context.Context, o Options) error {
	fmt.Fprintf(o.Out, "limits, of what is written by hand: a page at least %d %%, batches at least %d %%, single ones at least %d %%\n", apiPagePercent, apiBulkPercent, apiSinglePercent)
	db, remove, err := openScratch(ctx, o)
	if err != nil {
		return err
	}
	defer remove()
	w, err := newWorld(ctx, db, o.Partners)
	if err != nil {
		return err
	}
	if err := errors.Join(w.sell(ctx, o.Conversions), w.settle(ctx)); err != nil {
		return err
	}
	links, err := w.openLinks(ctx, apiSellers)
	if err != nil {
		return err
	}
	c, end, err := newAPIClient(ctx, o, w)
	if err != nil {
		return err
	}
	defer end()
	outside := false
	for _, part := range []struct {
		name    string
		measure func() (versus, error)
	}{
		{"pages", func() (versus, error) { return c.pages(ctx) }},
		{"batches", func() (versus, error) { return c.batches(ctx, links) }},
		{"singles", func() (versus, error) { return c.singles(ctx, links) }},
	} {
		if o.Only != "" && o.Only != part.name {
			continue
		}
		v, err := part.measure()
		if err != nil {
			return err
		}
		v.print(o.Out)
		outside = outside || v.percent() < v.limit
	}
	if err := c.check(ctx); err != nil {
		return err
	}
	if outside {
		return ErrOutside
	}
	return nil
}

// versus is one figure, and that of what is written by hand, each the middle of its turns.
type versus struct {
	what, unit   string
	ours, byHand []int64 // per second
	cost         [2]cost // of ours and by hand
	limit        int64
}

func (v versus) percent() int64 {
	return median(slices.Clone(v.ours)) * 100 / median(slices.Clone(v.byHand))
}

func (v versus) print(out io.Writer) {
	fmt.Fprintf(out, "%s: %d %s, by hand %d: %d %%, limit %d (turns %v, by hand %v)\n", v.what, median(slices.Clone(v.ours)), v.unit,
		median(slices.Clone(v.byHand)), v.percent(), v.limit, v.ours, v.byHand)
	fmt.Fprintf(out, "  processor time of one: here %s, by hand %s; in the database %s, by hand %s\n",
		v.cost[0].here, v.cost[1].here, v.cost[0].database, v.cost[1].database)
}

// cost is the processor time of one unit: on both sides of the wire, and of the database's server.
type cost struct{ here, database time.Duration }

// turns lets both ways work by turns, each with so many senders; one step tells how many units it did.
func (c *apiClient) turns(ctx context.Context, v versus, senders int, ours, byHand func(context.Context) (int64, error)) (versus, error) {
	for range apiTurns {
		for _, way := range []struct {
			step func(context.Context) (int64, error)
			into *[]int64
			cost *cost
		}{{byHand, &v.byHand, &v.cost[1]}, {ours, &v.ours, &v.cost[0]}} {
			perSecond, cost, err := c.rate(ctx, senders, way.step)
			if err != nil {
				return v, fmt.Errorf("%s: %w", v.what, err)
			}
			*way.into, *way.cost = append(*way.into, perSecond), cost
		}
	}
	return v, nil
}

// rate lets senders repeat a step for a turn and gives how many units they did in a second, and the processor time of one.
func (c *apiClient) rate(ctx context.Context, senders int, step func(context.Context) (int64, error)) (int64, cost, error) {
	var done atomic.Int64
	var wait sync.WaitGroup
	failed := make(chan error, senders)
	start, used := time.Now(), cost{coreTime(), c.databaseTime()}
	for range senders {
		wait.Go(func() {
			for time.Since(start) < apiTurn {
				n, err := step(ctx)
				if err != nil {
					failed <- err
					return
				}
				done.Add(n)
			}
		})
	}
	wait.Wait()
	took := time.Since(start)
	select {
	case err := <-failed:
		return 0, cost{}, err
	default:
		n := time.Duration(max(1, done.Load()))
		each := cost{((coreTime() - used.here) / n).Round(time.Microsecond), ((c.databaseTime() - used.database) / n).Round(time.Microsecond)}
		return int64(float64(done.Load()) / took.Seconds()), each, nil
	}
}

// apiClient sends requests to the API in this process, and to what is written by hand beside it.
type apiClient struct {
	world      *world
	key        string
	url        string
	byHand     string
	sent       atomic.Int64
	newOrders  atomic.Int64
	httpClient *http.Client
	server     int // process id of the database's server; 0 where it cannot be told
}

func newAPIClient(ctx context.Context, o Options, w *world) (*apiClient, func(), error) {
	c := &apiClient{world: w, httpClient: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	err := models.InTx(ctx, w.db, func(tx *models.Tx) error {
		var err error
		_, c.key, err = access.New(w.db, "").CreateAPIKey(tx, access.System("bench", w.program.MerchantID),
			access.APIKeyInput{Name: "bench", Scopes: []access.Scope{access.ProgramsRead, access.ConversionsRead, access.ConversionsWrite}})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	pool, err := w.db.Read(ctx).DB()
	if err != nil {
		return nil, nil, fmt.Errorf("reach the pool: %w", err)
	}
	c.server = serverProcess(ctx, pool)
	api, hand := httptest.NewServer(o.API(w.db)), httptest.NewServer(handPage{pool})
	c.url, c.byHand = api.URL, hand.URL
	return c, func() { api.Close(); hand.Close() }, nil
}

// post sends JSON with the key and reads the answer into one.
func (c *apiClient) post(ctx context.Context, url string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.key)
	response, err := c.httpClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %d %.300s", ErrWrong, response.StatusCode, got)
	}
	if err := json.Unmarshal(got, answer); err != nil {
		return fmt.Errorf("%w: %.300s: %w", ErrWrong, got, err)
	}
	return nil
}

// operation is a request of GraphQL.
type operation struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

// openLinks gives n more partners an enrollment and a link each, and the codes of the links.
func (w *world) openLinks(ctx context.Context, n int) ([]string, error) {
	var partners, enrollments, links [][]any
	codes := make([]string, n)
	for i := range n {
		partner, enrollment := models.NewID(), models.NewID()
		codes[i] = fmt.Sprintf("s%06d", i)
		partners = append(partners, []any{partner, fmt.Sprintf("seller%d@bench.example", i), "Seller", "", w.start})
		enrollments = append(enrollments, []any{enrollment, w.program.ID, w.program.MerchantID, partner, codes[i], models.EnrollmentStatusActive, "", "", w.start, "bench"})
		links = append(links, []any{models.NewID(), w.program.ID, enrollment, codes[i], "https://bench.example/", true, w.start})
	}
	return codes, errors.Join(
		w.insert(ctx, "partners", []string{"id", "email", "name", "country", "created_at"}, partners),
		w.insert(ctx, "enrollments", enrollmentColumns, enrollments),
		w.insert(ctx, "links", []string{"id", "program_id", "enrollment_id", "code", "destination_url", "active", "created_at"}, links))
}
