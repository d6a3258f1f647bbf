package commission_test

import (
	"fmt"

	"tributary/internal/commission"
)

// levels shows the levels of an explanation, a line each.
func shownLevels(e commission.Explanation) (rows []string) {
	for _, l := range e.Levels {
		basis, amount := "", ""
		if l.Basis != nil {
			basis = l.Basis.Decimal()
		}
		if l.Amount != nil {
			amount = l.Amount.Decimal()
		}
		rows = append(rows, fmt.Sprintf("%s %d %s %s %s %v: %s", l.Verdict, l.Level, basis, l.Percent, amount, l.Own, l.Reason))
	}
	return rows
}

// caps shows the caps of an explanation, a line each.
func caps(e commission.Explanation) (rows []string) {
	for _, c := range e.Caps {
		text := c.Per + "/" + c.Scope
		if c.Limit != nil {
			text += " limit " + c.Limit.Decimal() + " room " + c.Room.Decimal()
		}
		if c.Used != nil {
			text += fmt.Sprintf(" used %s %d", c.Used.Decimal(), *c.UsedCount)
		}
		if c.Count != nil {
			text += fmt.Sprintf(" of %d", *c.Count)
		}
		rows = append(rows, fmt.Sprintf("%s cut %v", text, c.Cut))
	}
	return rows
}
