package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"tributary/internal/bench"
	"tributary/models"
)

// BenchSizes are how much is measured, and on which scratch Redis.
type BenchSizes struct {
	Partners    int    `default:"100000" help:"Partners in the tree."`
	Conversions int    `default:"1000000" help:"Conversions of the large run; the small one is a tenth."`
	Payouts     int    `default:"10000" help:"Payouts of the large batch; the limited ones have a fifth."`
	Part        string `help:"Of api, only this: pages, batches or singles."`
	Redis       string `name:"bench-redis" env:"TRIBUTARY_BENCH_REDIS_URL" help:"redis://host:port that nobody else uses, for payout; one in this process when empty."`
}

// Bench runs one measurement on scratch databases of the configured server.
func Bench(ctx context.Context, c Config, name string, sizes BenchSizes, out io.Writer, log *slog.Logger) error {
	return bench.Run(ctx, name, bench.Options{Database: c.DatabaseURL, Redis: sizes.Redis, Partners: sizes.Partners, Conversions: sizes.Conversions,
		Payouts: sizes.Payouts, Part: sizes.Part, API: func(db *models.DB) http.Handler {
			a := &App{Config: Config{Secret: strings.Repeat("s", minSecretBytes)}, Log: log, DB: db}
			a.wire()
			return a.graphql()
		}, Out: out, Log: log})
}
