package engine

// RuleVerdict says what a rule did with a conversion.
type RuleVerdict string

// The verdicts of rules.
const (
	Matched        RuleVerdict = "MATCHED"
	OtherKind      RuleVerdict = "OTHER_KIND"
	ConditionFalse RuleVerdict = "CONDITION_FALSE"
	NoItems        RuleVerdict = "NO_ITEMS"     // none that it takes
	NothingLeft    RuleVerdict = "NOTHING_LEFT" // earlier rules took every item
)

// LevelVerdict says what came of one member of the upline.
type LevelVerdict string

// The verdicts of members.
const (
	Paid             LevelVerdict = "PAID"
	ToHouse          LevelVerdict = "TO_HOUSE"
	SkippedInactive  LevelVerdict = "SKIPPED_INACTIVE"
	SkippedVolume    LevelVerdict = "SKIPPED_VOLUME"
	SkippedCustomers LevelVerdict = "SKIPPED_CUSTOMERS"
)

// Trace says how an outcome came about, in the order in which it did. A nil trace takes nothing.
type Trace struct {
	Gross, Net int64
	Less       []Deduction // from gross to net
	Rules      []RuleStep
	Portions   []PortionStep
}

// Deduction is what the plan takes off the basis.
type Deduction struct {
	What  string
	Minor int64
}

// RuleStep is one rule that was asked.
type RuleStep struct {
	RuleID  string
	Verdict RuleVerdict
	Detail  string // the condition that was false
}

// PortionStep is how one rule paid what it took.
type PortionStep struct {
	RuleID     string
	Why        Refusal
	PaysNobody bool
	Overridden bool
	Reward     Reward
	Seller     Share // before caps
	Caps       []CapStep
	Levels     []LevelStep
	Trims      []TrimStep
}

// CapStep is one cap that was asked.
type CapStep struct {
	Cap           Cap
	Used          Usage
	Before, After int64
}

// LevelStep is one member of the upline.
type LevelStep struct {
	Member  ID
	Level   int // the level it took, or would have taken
	Verdict LevelVerdict
	Share   Share // before caps on the program; zero when it was skipped
}

// TrimStep is what rounding had put above the bound.
type TrimStep struct {
	Level int
	Minor int64
}

func (t *Trace) reset(p *Plan, c *Case, net int64) {
	*t = Trace{Gross: c.Sale.Gross, Net: net}
	for _, d := range []struct {
		on    bool
		what  string
		minor int64
	}{{p.LessTax, "tax", c.Sale.Tax}, {p.LessShipping, "shipping", c.Sale.Shipping}, {p.LessDiscount, "discount", c.Sale.Discount}} {
		if d.on {
			t.Less = append(t.Less, Deduction{d.what, d.minor})
		}
	}
}

func (t *Trace) rule(r *Rule, v RuleVerdict, detail string) {
	if t != nil {
		t.Rules = append(t.Rules, RuleStep{r.ID, v, detail})
	}
}

func (t *Trace) refused(p *Portion) {
	if t != nil {
		t.Portions = append(t.Portions, PortionStep{RuleID: p.Rule.ID, Why: p.Why})
	}
}

func (t *Trace) paysNobody(r *Rule) {
	if t != nil {
		t.Portions = append(t.Portions, PortionStep{RuleID: r.ID, PaysNobody: true})
	}
}

func (t *Trace) reward(r *Rule, w *Reward, overridden bool, s *Share) {
	if t != nil {
		t.Portions = append(t.Portions, PortionStep{RuleID: r.ID, Reward: *w, Overridden: overridden, Seller: *s})
	}
}

func (t *Trace) last() *PortionStep { return &t.Portions[len(t.Portions)-1] }

func (t *Trace) cap(k *Cap, used Usage, before, after int64) {
	if t != nil {
		t.last().Caps = append(t.last().Caps, CapStep{*k, used, before, after})
	}
}

func (t *Trace) level(m *Member, level int, v LevelVerdict, s *Share) {
	if t == nil {
		return
	}
	step := LevelStep{Member: m.ID, Level: level, Verdict: v}
	if s != nil {
		step.Share = *s
	}
	t.last().Levels = append(t.last().Levels, step)
}

func (t *Trace) trimmed(s *Share, back int64) {
	if t != nil {
		t.last().Trims = append(t.last().Trims, TrimStep{s.Level, back})
	}
}
