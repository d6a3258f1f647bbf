package app

import (
	"net/http"

	"tributary/graph"
)

func (a *App) graphql() http.Handler {
	return graph.NewHandler(graph.Services{DB: a.DB, Access: a.Access, Program: a.Program, Tracking: a.Tracking, Commission: a.Commission, Notify: a.Notify,
		Payouts: a.Payouts, Log: a.Log})
}
