package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tributary/console/explore"
	"tributary/graph"
	"tributary/internal/fault"
	"tributary/internal/stripeconnect"
	"tributary/internal/tracking"
	"tributary/models"
)

const (
	headerTimeout   = 10 * time.Second
	readTimeout     = 30 * time.Second
	shutdownTimeout = 30 * time.Second
)

// Handler is every HTTP route of the program.
func (a *App) Handler(metrics ...prometheus.Collector) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics...)
	refusals := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tributary_webhooks_refused_total", Help: "Webhooks of Stripe that were turned away, by reason."}, []string{"reason"})
	registry.MustRegister(refusals)
	mux := http.NewServeMux()
	mux.Handle("/graphql", a.graphql())
	mux.Handle("GET /schema.graphql", graph.NewSchemaHandler())
	mux.Handle("GET /explore", explore.Handler())
	mux.Handle("GET /explore/{file}", explore.Handler())
	mux.HandleFunc("GET /r/{code}", a.follow)
	mux.Handle("POST /webhooks/stripe", fromStripe(stripeconnect.WebhookHandler(a.Config.StripeWebhookSecret, a.Payouts, a.Clock, a.refused(refusals))))
	mux.Handle("POST /webhooks/stripe/{merchant}", fromStripe(stripeconnect.MerchantWebhookHandler(a.Payouts, a.Clock, a.refused(refusals))))
	mux.HandleFunc("GET /statements/{period}/{enrollment}", a.statement)
	mux.HandleFunc("GET /exports/{id}", a.export)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	if a.showsMail() {
		mux.HandleFunc("GET "+devMailPath, a.devMail)
	}
	account(mux)
	mux.HandleFunc("GET /{$}", front)
	return a.proxies.before(mux)
}

// fromStripe names a webhook as what is behind its changes, for the audit log.
func fromStripe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(models.WithOrigin(r.Context(), models.Origin{Actor: "system:stripe-webhook", Action: "webhook:stripe",
			RequestID: models.NewID().String()})))
	})
}

// refused counts webhooks that were turned away and says why: one of ours that is means a secret or a version is wrong.
func (a *App) refused(count *prometheus.CounterVec) stripeconnect.Refused {
	return func(merchantID models.ID, reason string, err error) {
		count.WithLabelValues(reason).Inc()
		a.Log.Warn("a webhook is turned away", "merchant", merchantID.String(), "reason", reason, "error", err)
	}
}

func front(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("Tributary. The API is at POST /graphql, its schema at /schema.graphql; /explore asks it from a browser.\n"))
}

func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	if err := errors.Join(a.DB.Ping(r.Context()), a.RequireSchema(r.Context())); err != nil {
		a.Log.Warn("not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// follow records a click and sends the visitor on. The answer is not cached, so that every visit is counted.
func (a *App) follow(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	target, _, err := a.Tracking.RecordClick(r.Context(), tracking.Visit{Code: r.PathValue("code"), Referrer: r.Referer(), UserAgent: r.UserAgent(), Address: host,
		Query: r.URL.Query()})
	switch {
	case fault.KindOf(err) == fault.NotFound:
		http.NotFound(w, r)
		return
	case err != nil:
		a.Log.Error("click not recorded", "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, target, http.StatusFound)
}

// Serve runs HTTP, the workers, or both, until the context ends; then it stops taking requests, closes the connections
// that stay open, lets running work end, and returns.
func (a *App) Serve(ctx context.Context, withHTTP, withWorkers bool) error {
	if err := a.RequireSchema(ctx); err != nil {
		return err
	}
	var collectors []prometheus.Collector
	if withWorkers {
		w, err := a.NewWorkers()
		if err != nil {
			return err
		}
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Stop()
		collectors = append(collectors, w.Collector())
	}
	handler := a.Handler(collectors...)
	if !withHTTP {
		handler = a.operations(collectors...)
	}
	return a.listen(ctx, handler)
}

// operations is what a worker process answers: health and metrics only.
func (a *App) operations(metrics ...prometheus.Collector) http.Handler {
	full := a.Handler(metrics...)
	mux := http.NewServeMux()
	for _, path := range []string{"GET /healthz", "GET /readyz", "GET /metrics"} {
		mux.Handle(path, full)
	}
	return mux
}

func (a *App) listen(ctx context.Context, handler http.Handler) error {
	listener, err := net.Listen("tcp", a.Config.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	a.Log.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	server.RegisterOnShutdown(a.streams.Close) // they would never end by themselves
	err = server.Shutdown(stop)
	a.streams.Close() // WebSockets are not the server's to wait for
	return err
}
