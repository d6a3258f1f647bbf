package engine

import (
	"fmt"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/internal/money"
)

// The limits of examples.
const (
	maxExamples = 500
	maxSteps    = 500 // of one example
)

// ExampleSpec is one example of a plan file: partners, what happens, and the lines that must come of it.
type ExampleSpec struct {
	Name     string                 `yaml:"name"`
	Shows    []string               `yaml:"shows,omitempty"`   // what it is an example of
	Earlier  []PlanSpec             `yaml:"earlier,omitempty"` // versions before this one, the latest first
	Partners map[string]PartnerSpec `yaml:"partners"`          // by code
	Steps    []EventSpec            `yaml:"steps"`
	Expect   []ExpectSpec           `yaml:"expect"`
}

// PartnerSpec is one enrollment of an example.
type PartnerSpec struct {
	Sponsor  string   `yaml:"sponsor,omitempty"`
	Group    string   `yaml:"group,omitempty"`
	Tags     []string `yaml:"tags,omitempty"`
	Country  string   `yaml:"country,omitempty"`
	Inactive bool     `yaml:"inactive,omitempty"`
}

// EventSpec is one thing that happens: exactly one of its fields.
type EventSpec struct {
	Sale      *SaleSpec    `yaml:"sale,omitempty"` // the same id again restates it
	Refund    *RefundSpec  `yaml:"refund,omitempty"`
	Void      string       `yaml:"void,omitempty"` // the id of a conversion that does not count
	Manual    *ManualSpec  `yaml:"manual,omitempty"`
	Placement *AgreeSpec   `yaml:"placement,omitempty"`
	Sponsor   *SponsorSpec `yaml:"sponsor,omitempty"`
	Partner   *ChangeSpec  `yaml:"partner,omitempty"`
	Close     time.Time    `yaml:"close,omitempty"` // the period that contains the instant
}

// SaleSpec is a conversion; amounts are decimals in the program's currency.
type SaleSpec struct {
	ID       string            `yaml:"id"`
	Kind     string            `yaml:"kind,omitempty"` // SALE when absent
	By       string            `yaml:"by"`             // the code of the partner who brought it
	At       time.Time         `yaml:"at"`
	Amount   string            `yaml:"amount"`
	Tax      string            `yaml:"tax,omitempty"`
	Shipping string            `yaml:"shipping,omitempty"`
	Discount string            `yaml:"discount,omitempty"`
	Customer string            `yaml:"customer,omitempty"`
	Country  string            `yaml:"country,omitempty"`
	Coupon   string            `yaml:"coupon,omitempty"`
	Metadata map[string]string `yaml:"metadata,omitempty"`
	Items    []ItemSpec        `yaml:"items,omitempty"`
	Method   string            `yaml:"method,omitempty"`
	Link     string            `yaml:"link,omitempty"`
	Subs     map[string]string `yaml:"subs,omitempty"`
}

// ItemSpec is one line of an order.
type ItemSpec struct {
	SKU      string `yaml:"sku"`
	Category string `yaml:"category,omitempty"`
	Name     string `yaml:"name,omitempty"`
	Quantity int64  `yaml:"quantity,omitempty"` // 1 when absent
	Amount   string `yaml:"amount"`
}

// RefundSpec takes back a part of a conversion; an amount below zero gives back, as when a dispute is won.
type RefundSpec struct {
	Of     string            `yaml:"of"`
	Amount string            `yaml:"amount"`
	Items  map[string]string `yaml:"items,omitempty"` // amounts by sku
}

// ManualSpec is a line by hand.
type ManualSpec struct {
	To     string    `yaml:"to"`
	Amount string    `yaml:"amount"`
	At     time.Time `yaml:"at"`
}

// AgreeSpec is a placement agreement.
type AgreeSpec struct {
	ID    string    `yaml:"id"`
	To    string    `yaml:"to"`
	From  time.Time `yaml:"from"`
	Until time.Time `yaml:"until,omitempty"`
}

// SponsorSpec is a change of sponsor.
type SponsorSpec struct {
	Of string    `yaml:"of"`
	To string    `yaml:"to"`
	At time.Time `yaml:"at"`
}

// ChangeSpec is what becomes of a partner.
type ChangeSpec struct {
	Code        string `yaml:"code"`
	PartnerSpec `yaml:",inline"`
}

// ExpectSpec is a line that must be there; what is left out is not compared.
type ExpectSpec struct {
	To      string `yaml:"to"`
	Amount  string `yaml:"amount"`
	Of      string `yaml:"of,omitempty"`
	Rule    string `yaml:"rule,omitempty"`
	Kind    string `yaml:"kind,omitempty"`
	Level   *int   `yaml:"level,omitempty"`
	Basis   string `yaml:"basis,omitempty"`
	Period  string `yaml:"period,omitempty"`
	Matures string `yaml:"matures,omitempty"` // a date of the program's calendar
	Stopped string `yaml:"stopped,omitempty"` // the conversion of this id stops, and pays nobody until it is mended
}

// Setting is the program that examples run in.
type Setting struct {
	Terms
	PeriodKind PeriodKind
}

// CheckExamples runs the examples of a plan. The first that comes to other lines is refused, with what was expected and
// what came. Codes EXAMPLE_INVALID, EXAMPLE_FAILS, and those of Compile.
func CheckExamples(spec PlanSpec, examples []ExampleSpec, in Setting) error {
	if len(examples) > maxExamples {
		return fault.InvalidField("examples", "EXAMPLE_INVALID", "a plan has at most %d examples", maxExamples)
	}
	if len(examples) == 0 {
		return nil
	}
	plan, err := spec.Compile(in.Terms)
	if err != nil {
		return below("plan", err)
	}
	names := map[string]bool{}
	for i, e := range examples {
		if e.Name == "" || names[e.Name] {
			return fault.InvalidField(nth("examples", i)+".name", "EXAMPLE_INVALID", "an example has a name, and no two have the same")
		}
		names[e.Name] = true
		if err := e.check(plan, in); err != nil {
			return below(nth("examples", i), err)
		}
	}
	return nil
}

func (e ExampleSpec) check(plan *Plan, in Setting) error {
	s := stage{in: in, plans: []*Plan{plan}, codes: map[ID]string{}, stopped: map[string]bool{}}
	for i, earlier := range e.Earlier {
		p, err := earlier.Compile(in.Terms)
		if err != nil {
			return below(nth("earlier", i), err)
		}
		if !p.EffectiveFrom.Before(s.plans[i].EffectiveFrom) {
			return fault.InvalidField(nth("earlier", i)+".effective_from", "EXAMPLE_INVALID", "earlier versions stand in order, the latest first")
		}
		s.plans = append(s.plans, p)
	}
	s.book = NewBook(in.Zone, in.PeriodKind, s.plans...)
	if err := s.enroll(e.Partners); err != nil {
		return err
	}
	if len(e.Steps) == 0 || len(e.Steps) > maxSteps {
		return fault.InvalidField("steps", "EXAMPLE_INVALID", "an example has 1 to %d steps", maxSteps)
	}
	for i, step := range e.Steps {
		if err := s.run(step); err != nil {
			return below(nth("steps", i), err)
		}
	}
	return s.compare(e)
}

// compare pairs every expected line with one that came. Lines of nothing need not be expected.
func (s *stage) compare(e ExampleSpec) error {
	taken := make([]bool, len(s.book.Lines))
	for i, want := range e.Expect {
		if want.Stopped != "" {
			if !s.stopped[want.Stopped] {
				return fault.InvalidField(nth("expect", i), "EXAMPLE_FAILS", "example %q: expected %s to stop; it did not", e.Name, want.Stopped)
			}
			delete(s.stopped, want.Stopped)
			continue
		}
		found := false
		for n := range s.book.Lines {
			ok, err := s.matches(want, &s.book.Lines[n])
			if err != nil {
				return below(nth("expect", i), err)
			}
			if ok && !taken[n] {
				taken[n], found = true, true
				break
			}
		}
		if !found {
			return fault.InvalidField(nth("expect", i), "EXAMPLE_FAILS", "example %q: expected %s; got\n%s", e.Name, want, s.list(taken))
		}
	}
	for id := range s.stopped {
		return fault.InvalidField("expect", "EXAMPLE_FAILS", "example %q: %s stopped, which was not expected", e.Name, id)
	}
	for n, l := range s.book.Lines {
		if !taken[n] && l.Amount != 0 {
			return fault.InvalidField("expect", "EXAMPLE_FAILS", "example %q: expected no more; got\n%s", e.Name, s.list(taken))
		}
	}
	return nil
}

func (s *stage) matches(want ExpectSpec, l *Line) (bool, error) {
	amount, err := s.signed("amount", want.Amount)
	if err != nil {
		return false, err
	}
	basis, err := s.signed("basis", want.Basis)
	if err != nil {
		return false, err
	}
	return want.To == s.codes[l.Enrollment] && amount == l.Amount &&
		(want.Of == "" || want.Of == l.Source) &&
		(want.Rule == "" || want.Rule == l.RuleID) &&
		(want.Kind == "" || strings.EqualFold(want.Kind, string(l.Kind))) &&
		(want.Level == nil || *want.Level == l.Level) &&
		(want.Basis == "" || basis == l.Basis) &&
		(want.Period == "" || want.Period == l.Period) &&
		(want.Matures == "" || want.Matures == l.MaturesAt.In(s.in.Zone).Format(time.DateOnly)), nil
}

// String shows the line as the file has it.
func (w ExpectSpec) String() string {
	text := fmt.Sprintf("to %s: %s", w.To, w.Amount)
	for _, f := range []struct{ name, value string }{{"of", w.Of}, {"rule", w.Rule}, {"kind", w.Kind}, {"basis", w.Basis}, {"period", w.Period}, {"matures", w.Matures}} {
		if f.value != "" {
			text += ", " + f.name + " " + f.value
		}
	}
	if w.Level != nil {
		text += fmt.Sprintf(", level %d", *w.Level)
	}
	return text
}

// list shows the lines that came and were not expected before.
func (s *stage) list(taken []bool) string {
	var lines []string
	for n, l := range s.book.Lines {
		if !taken[n] {
			level := l.Level
			lines = append(lines, "  "+ExpectSpec{To: s.codes[l.Enrollment], Amount: s.decimal(l.Amount), Of: l.Source, Rule: l.RuleID, Kind: string(l.Kind),
				Basis: s.decimal(l.Basis), Period: l.Period, Matures: l.MaturesAt.In(s.in.Zone).Format(time.DateOnly), Level: &level}.String())
		}
	}
	if lines == nil {
		return "  nothing"
	}
	return strings.Join(lines, "\n")
}

func (s *stage) decimal(minor int64) string { return money.New(minor, s.in.Currency).Decimal() }

// signed reads an amount that may be below zero; an empty one is nothing.
func (s *stage) signed(path, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	a, err := money.Parse(text, s.in.Currency)
	return a.Minor, at(path, err)
}

// Compare tells whether lines that were made elsewhere are those that the example expects; codes name the enrollments,
// stopped the conversions that could not be priced. Code EXAMPLE_FAILS.
func (e ExampleSpec) Compare(lines []Line, codes map[ID]string, stopped map[string]bool, in Setting) error {
	s := stage{in: in, codes: codes, stopped: stopped, book: &Book{Lines: lines}}
	return s.compare(e)
}
