package app

import (
	"context"
	"io"

	"tributary/internal/access"
	"tributary/internal/payout"
)

// BankRow is what came of one row of bank results, as the command line prints it.
type BankRow struct {
	Line                       int
	PayoutID, Outcome, Refusal string
}

// ImportBankResults takes in a merchant's bank results, row by row, and gives how many rows were refused. Codes
// MERCHANT_NOT_FOUND, and those of payout.Service.ImportBankResults.
func ImportBankResults(ctx context.Context, a *App, operator, merchantSlug string, file io.Reader, each func(BankRow)) (refused int, err error) {
	merchant, err := a.Program.MerchantBySlug(ctx, merchantSlug)
	if err != nil {
		return 0, err
	}
	by, err := access.Operator(operator, merchant.ID)
	if err != nil {
		return 0, err
	}
	err = a.Payouts.ImportBankResults(ctx, by, file, func(r payout.BankResult) {
		row := BankRow{Line: r.Line, PayoutID: r.PayoutID, Outcome: string(r.Outcome)}
		if r.Err != nil {
			refused++
			row.Refusal = r.Err.Error()
		}
		each(row)
	})
	return refused, err
}
