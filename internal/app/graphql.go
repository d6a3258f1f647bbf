package app

import "net/http"

func (a *App) graphql() http.Handler { return http.NotFoundHandler() }
