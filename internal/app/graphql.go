package app

import (
	"context"
	"net/http"
	"time"

	"tributary/graph"
	"tributary/internal/limiter"
)

func (a *App) graphql() http.Handler {
	return graph.NewHandler(graph.Services{DB: a.DB, Access: a.Access, Program: a.Program, Tracking: a.Tracking, Commission: a.Commission,
		Payouts: a.Payouts, Audit: a.Audit, Notify: a.Notify, Exports: a.Exports, Streams: a.streams, Origins: a.Config.Origins, Budget: a.budget, Log: a.Log})
}

// openBudget makes the limit of the API. Its clock is the real one whatever the program's shows: its callers' is real.
func (a *App) openBudget(context.Context) error {
	points, err := limiter.NewPoints(a.Config.RedisURL, a.Config.API.allowance(), time.Now, a.Log)
	if err != nil {
		return err
	}
	a.stops = append(a.stops, points.Close)
	a.budget = budget{points}
	return nil
}

// budget is the limit of package limiter as the edge needs it.
type budget struct{ points *limiter.Points }

// Charge implements graph.Budget.
func (b budget) Charge(ctx context.Context, caller, tenant string, points int) graph.Balance {
	left := b.points.Charge(ctx, caller, tenant, points)
	return graph.Balance{Most: left.Most, Left: left.Left, PerSecond: left.PerSecond, Wait: left.Wait}
}
