package paper

import (
	"fmt"
	"io"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"tributary/internal/money"
)

// MaxPDFLines is how many lines a PDF lists; of a longer statement it shows the sums, and the CSV has every line.
const MaxPDFLines = 2000

const (
	font      = "Go" // its licence allows to embed it; it has Latin, Greek and Cyrillic letters
	lineTall  = 5.0
	dateWide  = 24.0
	idWide    = 66.0
	textWide  = 60.0
	minorWide = 30.0
)

type sheet struct {
	*fpdf.Fpdf
	currency money.Currency
}

// writePDF writes a document whose dates are that of the close, so that it is the same whenever it is made.
func writePDF(w io.Writer, s Statement, lines Lines) error {
	p := sheet{fpdf.New("P", "mm", "A4", ""), s.Currency}
	p.SetCatalogSort(true)
	p.SetCreationDate(s.ClosedAt.UTC())
	p.SetModificationDate(s.ClosedAt.UTC())
	p.SetProducer("Tributary", true)
	p.SetTitle("Statement "+s.Number, true)
	p.SetMargins(15, 15, 15)
	p.SetAutoPageBreak(true, 20)
	p.AddUTF8FontFromBytes(font, "", goregular.TTF)
	p.AddUTF8FontFromBytes(font, "B", gobold.TTF)
	p.SetFooterFunc(func() {
		p.SetY(-14)
		p.SetFont(font, "", 8)
		p.CellFormat(0, lineTall, fmt.Sprintf("Statement %s, page %d", s.Number, p.PageNo()), "", 0, "R", false, 0, "")
	})
	p.AddPage()
	p.head(s)
	p.sums(s)
	if err := p.lines(s, lines); err != nil {
		return err
	}
	return p.Output(w)
}

func (p sheet) text(style string, size float64, text string) {
	p.SetFont(font, style, size)
	p.MultiCell(0, size*0.5, text, "", "L", false)
}

func (p sheet) head(s Statement) {
	p.text("B", 16, "Statement "+s.Number)
	p.Ln(3)
	p.text("", 10, "From: "+s.Merchant+", "+s.Program)
	p.text("", 10, "To: "+s.Partner)
	p.text("", 10, fmt.Sprintf("Period %s: %s to %s (%s), closed on %s", s.PeriodKey, s.From.Format(day), s.Until.AddDate(0, 0, -1).Format(day),
		s.From.Location(), s.ClosedAt.Format(day)))
	p.Ln(4)
}

func (p sheet) sums(s Statement) {
	p.sum("", "Balance when the period before closed", s.Opening)
	for _, payout := range s.Payouts {
		p.sum("", "Payout of "+payout.At.Format(day)+", "+payout.ID, -payout.Minor)
	}
	if s.Returned != 0 {
		p.sum("", "Payouts that were not made or came back", s.Returned)
	}
	p.sum("", fmt.Sprintf("Commissions, %d lines", s.Commissions.Count), s.Commissions.Minor)
	p.sum("", fmt.Sprintf("Adjustments, %d lines", s.Adjustments.Count), s.Adjustments.Minor)
	p.sum("B", "Balance when the period closed", s.Closing)
	p.Ln(4)
}

func (p sheet) sum(style, text string, minor int64) {
	p.SetFont(font, style, 10)
	p.CellFormat(dateWide+idWide+textWide, 6, text, "B", 0, "L", false, 0, "")
	p.CellFormat(minorWide, 6, p.amount(minor), "B", 1, "R", false, 0, "")
}

func (p sheet) amount(minor int64) string { return money.New(minor, p.currency).String() }

func (p sheet) lines(s Statement, lines Lines) error {
	all := s.Commissions.Count + s.Adjustments.Count
	switch {
	case all == 0:
		return nil
	case all > MaxPDFLines:
		p.text("", 10, fmt.Sprintf("The %d lines are more than fit here; the CSV of this statement lists each of them.", all))
		return nil
	}
	p.row("B", "Date", "Line", "What", "Amount")
	for line, err := range lines {
		if err != nil {
			return err
		}
		p.row("", line.At.Format(day), line.ID, line.Text, p.amount(line.Minor))
	}
	return nil
}

func (p sheet) row(style, date, id, text, amount string) {
	p.SetFont(font, style, 8)
	p.CellFormat(dateWide, lineTall, date, "", 0, "L", false, 0, "")
	p.CellFormat(idWide, lineTall, id, "", 0, "L", false, 0, "")
	p.CellFormat(textWide, lineTall, p.fit(text, textWide-2), "", 0, "L", false, 0, "")
	p.CellFormat(minorWide, lineTall, amount, "", 1, "R", false, 0, "")
}

// fit cuts a text to a width.
func (p sheet) fit(text string, wide float64) string {
	runes := []rune(text)
	for p.GetStringWidth(string(runes)) > wide {
		runes = runes[:len(runes)-1]
	}
	return string(runes)
}
