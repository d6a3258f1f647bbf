package engine

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Frozen is what a conversion's first line keeps of its case: whatever could be read differently later. Replay and every
// correction price with it again.
type Frozen struct {
	Customer *frozenCustomer `json:"c,omitempty"`
	Chain    []frozenMember  `json:"m,omitempty"`
	Used     []frozenUse     `json:"u,omitempty"` // of caps, by everything else
}

type frozenCustomer struct {
	FirstAt    int64 `json:"f"` // microseconds since 1970
	Before     int   `json:"b"`
	BeforeKind int   `json:"k"`
}

type frozenMember struct {
	ID        ID       `json:"i"`
	Code      string   `json:"o,omitempty"`
	Group     string   `json:"g,omitempty"`
	Country   string   `json:"n,omitempty"`
	Tags      []string `json:"t,omitempty"`
	Inactive  bool     `json:"x,omitempty"`
	Volume    int64    `json:"v,omitempty"`
	Customers int      `json:"c,omitempty"`
	Lifetime  int64    `json:"l,omitempty"`
}

type frozenUse struct {
	Cap   string `json:"k"`
	Minor int64  `json:"m,omitempty"`
	Count int64  `json:"c,omitempty"`
}

// MarshalText writes an id as hexadecimal.
func (id ID) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%x", id[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) != 2*len(id) {
		return fmt.Errorf("engine: id %q has not %d digits", text, 2*len(id))
	}
	if _, err := hex.Decode(id[:], text); err != nil {
		return fmt.Errorf("engine: id %q is not hexadecimal: %w", text, err)
	}
	return nil
}

// Freeze writes what could be read differently later: nothing where everything can be read again as it was, which is
// the case for a plan that asks for no passing facts and a chain in good standing.
func (p *Plan) Freeze(c *Case, used []Use) (string, error) {
	n := p.Needs
	var f Frozen
	if n.Customer && c.Customer.Known {
		f.Customer = &frozenCustomer{c.Customer.FirstAt.UnixMicro(), c.Customer.Before, c.Customer.BeforeKind}
	}
	keep := n.Partner || n.Lifetime || n.WindowDays > 0
	for i := range c.Chain {
		keep = keep || c.Chain[i].Inactive && i > 0
	}
	if keep {
		for _, m := range c.Chain {
			f.Chain = append(f.Chain, frozenMember{m.ID, m.Code, m.Group, m.Country, m.Tags, m.Inactive, m.VolumeMinor, m.Customers, m.LifetimeMinor})
		}
	}
	for _, u := range used {
		f.Used = append(f.Used, frozenUse{u.Key.Cap, u.Usage.Minor, u.Usage.Count})
	}
	if f.Customer == nil && f.Chain == nil && f.Used == nil {
		return "", nil
	}
	text, err := json.Marshal(f)
	return string(text), err
}

// Thaw reads what Freeze wrote.
func Thaw(text string) (Frozen, error) {
	var f Frozen
	if text == "" {
		return f, nil
	}
	err := json.Unmarshal([]byte(text), &f)
	return f, err
}

// Into gives the case its frozen facts back. A chain that was not frozen was in good standing: what became of its members
// since then takes nothing from them.
func (f Frozen) Into(c *Case) {
	if f.Customer != nil {
		c.Customer = f.Customer.read()
	}
	if f.Chain == nil {
		for i := range c.Chain {
			c.Chain[i].Inactive = false
		}
		return
	}
	c.Chain = c.Chain[:0]
	for _, m := range f.Chain {
		c.Chain = append(c.Chain, Member{m.ID, m.Code, m.Group, m.Country, m.Tags, m.Inactive, m.Volume, m.Customers, m.Lifetime})
	}
}

func (u *frozenCustomer) read() Customer {
	return Customer{Known: true, FirstAt: time.UnixMicro(u.FirstAt).UTC(), Before: u.Before, BeforeKind: u.BeforeKind}
}

// Over puts what was frozen with one plan over a case of another that was read now: who the customer was, and of members
// of the chain whether they earned, their group and what else rules ask of partners. Volumes only count where both plans
// look at the same sales in the same way; one of no plan has none.
func (f Frozen) Over(c *Case, with, of *Plan) {
	if f.Customer != nil {
		c.Customer = f.Customer.read()
	}
	alike := with != nil && with.LessTax == of.LessTax && with.LessShipping == of.LessShipping && with.LessDiscount == of.LessDiscount
	for i := range c.Chain {
		m := &c.Chain[i]
		n := slices.IndexFunc(f.Chain, func(was frozenMember) bool { return was.ID == m.ID })
		if n < 0 {
			continue
		}
		was := &f.Chain[n]
		m.Inactive = was.Inactive
		if was.Code != "" { // then the plan of that time asked
			m.Code, m.Group, m.Country, m.Tags = was.Code, was.Group, was.Country, was.Tags
		}
		if alike && with.Eligible == of.Eligible {
			m.VolumeMinor, m.Customers = was.Volume, was.Customers
		}
		if alike && with.Needs.Lifetime {
			m.LifetimeMinor = was.Lifetime
		}
	}
}

// Usage makes the frozen usage of caps the counters of a replay.
func (f Frozen) Usage(k CapKey) Usage {
	for _, u := range f.Used {
		if u.Cap == k.Cap {
			return Usage{u.Minor, u.Count}
		}
	}
	return Usage{}
}

// Recorder asks counters on behalf of a case and keeps what they said, for Freeze.
type Recorder struct {
	Counters Counters
	Asked    []Use
}

// Usage asks and keeps.
func (r *Recorder) Usage(k CapKey) Usage {
	u := r.Counters.Usage(k)
	r.Asked = append(r.Asked, Use{k, u})
	return u
}
