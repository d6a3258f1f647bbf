package main

import (
	"os"

	"tributary/internal/app"
)

type statementCmd struct {
	actor
	Merchant string `required:"" help:"Slug of the merchant."`
	Program  string `required:"" help:"Slug of the program."`
	Partner  string `required:"" help:"The enrollment's id, the partner's e-mail address, or the merchant's own name for it."`
	Period   string `required:"" help:"Key of a closed period, such as 2026-01."`
	Format   string `default:"csv" enum:"csv,pdf" help:"csv or pdf."`
}

// Run writes the statement to standard output.
func (c statementCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		return app.WriteStatement(r.Context, a, operator, app.StatementRequest{Merchant: c.Merchant, Program: c.Program, Partner: c.Partner,
			Period: c.Period, Format: c.Format}, os.Stdout)
	})
}
