package app

import (
	"net/http"

	"tributary/graph"
)

func (a *App) graphql() http.Handler {
	return graph.NewHandler(graph.Services{DB: a.DB, Access: a.Access, Program: a.Program, Tracking: a.Tracking, Commission: a.Commission,
		Payouts: a.Payouts, Streams: a.streams, Origins: a.Config.Origins, Log: a.Log})
}
