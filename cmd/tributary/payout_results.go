package main

import (
	"fmt"
	"os"

	"tributary/internal/app"
	"tributary/internal/fault"
)

type payoutResultsCmd struct {
	actor
	Merchant string `required:"" help:"Slug of the merchant."`
	File     string `arg:"" type:"existingfile" help:"CSV with the columns payout_id, reference, failure: each row has one of the last two."`
}

// Run takes the file in and prints what came of each row.
func (c payoutResultsCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // it was only read
		refused, err := app.ImportBankResults(r.Context, a, operator, c.Merchant, file, func(row app.BankRow) {
			fmt.Printf("line %-5d %-12s %s %s\n", row.Line, row.Outcome, row.PayoutID, row.Refusal)
		})
		if err == nil && refused > 0 {
			err = fault.New(fault.Precondition, "RESULTS_REFUSED", "%d rows were refused; the others are done", refused)
		}
		return err
	})
}
