package export

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// encode writes rows as CSV.
func encode(rows [][]string) ([]byte, error) {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		if err := out.Write(row); err != nil {
			return nil, err
		}
	}
	out.Flush()
	return text.Bytes(), out.Error()
}

// harmless puts a quote in front of a text that a spreadsheet would run as a formula. Numbers stay as they are.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) || isNumber(cell) {
		return cell
	}
	return "'" + cell
}

// isNumber tells whether a cell is a negative amount: a minus, digits, and a fraction.
func isNumber(cell string) bool {
	digits := strings.Replace(strings.TrimPrefix(cell, "-"), ".", "", 1)
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
