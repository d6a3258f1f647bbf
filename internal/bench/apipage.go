package bench

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tributary/internal/money"
	"tributary/models"
)

const (
	apiPageSize  = 50
	pageSenders  = 4
	comparePages = 20
)

const pageQuery = `query Page($program: ID!, $after: String) { program(id: $program) { conversions(first: 50, after: $after) {
  nodes { id externalId source kind revision state occurredAt receivedAt country amount { amount currencyCode } sourceAmount { amount currencyCode } fxRate }
  pageInfo { hasNextPage endCursor } } } }`

// page is what is read of an answer.
type page struct {
	Data struct {
		Program struct {
			Conversions struct {
				Nodes    json.RawMessage `json:"nodes"`
				PageInfo struct {
					HasNextPage bool   `json:"hasNextPage"`
					EndCursor   string `json:"endCursor"`
				} `json:"pageInfo"`
			} `json:"conversions"`
		} `json:"program"`
	} `json:"data"`
}

// walker goes from page to page, from the start again after the last.
type walker struct {
	mu    sync.Mutex
	after string
}

func (c *apiClient) pageOf(ctx context.Context, url, after string) (page, error) {
	variables := map[string]any{"program": c.world.program.ID.Format(models.PrefixProgram)}
	if after != "" {
		variables["after"] = after
	}
	var p page
	err := c.post(ctx, url, operation{pageQuery, variables}, &p)
	return p, err
}

func (c *apiClient) walk(ctx context.Context, w *walker, url string) (int64, error) {
	w.mu.Lock()
	after := w.after
	w.mu.Unlock()
	p, err := c.pageOf(ctx, url, after)
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.after = p.Data.Program.Conversions.PageInfo.EndCursor; !p.Data.Program.Conversions.PageInfo.HasNextPage {
		w.after = ""
	}
	return 1, nil
}

// pages measures pages of conversions, after comparing what both ways answer.
func (c *apiClient) pages(ctx context.Context) (versus, error) {
	v := versus{what: fmt.Sprintf("pages of %d conversions, %d at once", apiPageSize, pageSenders), unit: "pages/s", limit: apiPagePercent}
	ours, byHand := "", ""
	for range comparePages {
		a, err := c.pageOf(ctx, c.url, ours)
		if err != nil {
			return v, err
		}
		b, err := c.pageOf(ctx, c.byHand, byHand)
		if err != nil {
			return v, err
		}
		one, other := a.Data.Program.Conversions, b.Data.Program.Conversions
		if len(one.Nodes) < apiPageSize || !bytes.Equal(one.Nodes, other.Nodes) || one.PageInfo.HasNextPage != other.PageInfo.HasNextPage {
			return v, fmt.Errorf("%w: the API answers %.600s, by hand it is %.600s", ErrWrong, one.Nodes, other.Nodes)
		}
		ours, byHand = one.PageInfo.EndCursor, other.PageInfo.EndCursor
	}
	var first, second walker
	return c.turns(ctx, v, pageSenders, func(ctx context.Context) (int64, error) { return c.walk(ctx, &first, c.url) },
		func(ctx context.Context) (int64, error) { return c.walk(ctx, &second, c.byHand) })
}

// handPage answers a page of conversions as one would write it by hand: two statements and a struct. It names the index, as the
// API does: left to itself MariaDB reads more of a large table for it.
type handPage struct{ pool *sql.DB }

type handNode struct {
	ID           string    `json:"id"`
	ExternalID   string    `json:"externalId"`
	Source       string    `json:"source"`
	Kind         string    `json:"kind"`
	Revision     int       `json:"revision"`
	State        string    `json:"state"`
	OccurredAt   string    `json:"occurredAt"`
	ReceivedAt   string    `json:"receivedAt"`
	Country      string    `json:"country"`
	Amount       handMoney `json:"amount"`
	SourceAmount handMoney `json:"sourceAmount"`
	FXRate       string    `json:"fxRate"`
}

type handMoney struct {
	Amount       string `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
}

const handInstant = "2006-01-02T15:04:05.999999Z07:00"

// ServeHTTP answers with the page.
func (h handPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.page(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(answer)
}

func (h handPage) page(r *http.Request) (any, error) {
	var request struct {
		Variables struct{ Program, After string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return nil, err
	}
	programID, err := models.ParseID(models.PrefixProgram, request.Variables.Program)
	if err != nil {
		return nil, err
	}
	var after models.ID
	if request.Variables.After != "" {
		if after, err = models.ParseID("after", request.Variables.After); err != nil {
			return nil, err
		}
	}
	currency, err := h.currencyOf(r, programID)
	if err != nil {
		return nil, err
	}
	nodes, hasMore, last, err := h.nodes(r, programID, after, currency)
	if err != nil {
		return nil, err
	}
	return map[string]any{"data": map[string]any{"program": map[string]any{"conversions": map[string]any{"nodes": nodes,
		"pageInfo": map[string]any{"hasNextPage": hasMore, "endCursor": last.Format("after")}}}}}, nil
}

// currencyOf checks the key and gives the currency of a program of its merchant.
func (h handPage) currencyOf(r *http.Request, programID models.ID) (currency money.Currency, err error) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	prefix, _, _ := strings.Cut(strings.TrimPrefix(key, "trib_"), "_")
	var hash []byte
	err = h.pool.QueryRowContext(r.Context(), `SELECT k.secret_hash, p.currency FROM api_keys k JOIN programs p ON p.merchant_id = k.merchant_id
		WHERE k.prefix = ? AND k.revoked_at IS NULL AND p.id = ?`, prefix, programID).Scan(&hash, &currency)
	if sum := models.HashOf([]byte(key)); err == nil && !bytes.Equal(sum[:], hash) {
		err = ErrWrong
	}
	return currency, err
}

func (h handPage) nodes(r *http.Request, programID, after models.ID, currency money.Currency) (nodes []handNode, hasMore bool, last models.ID, err error) {
	rows, err := h.pool.QueryContext(r.Context(), `SELECT id, external_id, source, kind, revision, state, occurred_at, received_at, country,
		amount_minor, source_amount_minor, source_currency, fx_rate FROM conversions FORCE INDEX (conversions_listed) WHERE program_id = ? AND id > ? ORDER BY id LIMIT ?`, programID, after, apiPageSize+1)
	if err != nil {
		return nil, false, last, err
	}
	defer rows.Close()
	for rows.Next() {
		if len(nodes) == apiPageSize {
			hasMore = true
			break
		}
		var n handNode
		var amount, sourceAmount int64
		var source money.Currency
		var occurred, received time.Time
		if err := rows.Scan(&last, &n.ExternalID, &n.Source, &n.Kind, &n.Revision, &n.State, &occurred, &received, &n.Country, &amount,
			&sourceAmount, &source, &n.FXRate); err != nil {
			return nil, false, last, err
		}
		n.ID, n.OccurredAt, n.ReceivedAt = last.Format(models.PrefixConversion), occurred.Format(handInstant), received.Format(handInstant)
		n.Amount = handMoney{money.New(amount, currency).Decimal(), string(currency)}
		n.SourceAmount = handMoney{money.New(sourceAmount, source).Decimal(), string(source)}
		nodes = append(nodes, n)
	}
	return nodes, hasMore, last, rows.Err()
}
