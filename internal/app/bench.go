package app

import (
	"context"
	"io"
	"log/slog"

	"tributary/internal/bench"
)

// Bench runs one measurement on scratch databases of the configured server.
func Bench(ctx context.Context, c Config, name string, partners, conversions int, out io.Writer, log *slog.Logger) error {
	return bench.Run(ctx, name, bench.Options{Database: c.DatabaseURL, Partners: partners, Conversions: conversions, Out: out, Log: log})
}
