package paper

import (
	"encoding/csv"
	"io"
	"time"

	"tributary/internal/money"
)

// writeCSV writes one row for each movement. The amounts of all rows but the last add up to that of the last, CLOSING.
func writeCSV(w io.Writer, s Statement, lines Lines) error {
	out := csv.NewWriter(w)
	row := func(section string, at time.Time, id, text string, minor int64) error {
		return out.Write([]string{s.Number, section, at.Format(day), id, text, money.New(minor, s.Currency).Decimal(), string(s.Currency)})
	}
	if err := out.Write([]string{"statement", "section", "date", "id", "text", "amount", "currency"}); err != nil {
		return err
	}
	if err := row("OPENING", s.From, "", "balance when the period before closed", s.Opening); err != nil {
		return err
	}
	for _, p := range s.Payouts {
		if err := row("PAYOUT", p.At, p.ID, "payout", -p.Minor); err != nil {
			return err
		}
	}
	if s.Returned != 0 {
		if err := row("RETURNED", s.ClosedAt, "", "payouts that were not made or came back", s.Returned); err != nil {
			return err
		}
	}
	for line, err := range lines {
		if err != nil {
			return err
		}
		section := "COMMISSION"
		if line.IsAdjustment {
			section = "ADJUSTMENT"
		}
		if err := row(section, line.At, line.ID, line.Text, line.Minor); err != nil {
			return err
		}
	}
	if err := row("CLOSING", s.ClosedAt, "", "balance when the period closed", s.Closing); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
