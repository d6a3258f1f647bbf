package limiter

// Limits are calls per second, over all processes, and how many writes may be under way at once.
type Limits struct {
	Global    int // of everything together
	Transfers int
	Accounts  int // opening them
	Links     int
	Reads     int
	InFlight  int // writes
}

// The modes of a rail's key.
const (
	Live = "live"
	Test = "test"
	// StandIn is a simulator: it has no limits of its own, so these only keep it and this machine in bounds.
	StandIn = "stand-in"
)

// Defaults gives the limits of a mode. Those of live and test stay well below what Stripe states (docs.stripe.com/rate-limits,
// 2026-10): live 100 a second in total, test 25, each endpoint 25, opening accounts 30 and 5.
func Defaults(mode string) Limits {
	switch mode {
	case Live:
		return Limits{Global: 50, Transfers: 10, Accounts: 10, Links: 10, Reads: 20, InFlight: 5}
	case StandIn:
		return Limits{Global: 500, Transfers: 200, Accounts: 200, Links: 200, Reads: 200, InFlight: 16}
	}
	return Limits{Global: 20, Transfers: 4, Accounts: 3, Links: 4, Reads: 10, InFlight: 5}
}

// OrDefaults fills what is not set. A rate of transfers that is set, with no bound on what is under way, gets the one that
// it needs while a call takes expectedCall.
func (l Limits) OrDefaults(mode string) Limits {
	d := Defaults(mode)
	if l.Transfers > 0 && l.InFlight == 0 {
		l.InFlight = max(d.InFlight, InFlightFor(l.Transfers))
	}
	for _, f := range []struct {
		set      *int
		standard int
	}{{&l.Global, d.Global}, {&l.Transfers, d.Transfers}, {&l.Accounts, d.Accounts}, {&l.Links, d.Links}, {&l.Reads, d.Reads}, {&l.InFlight, d.InFlight}} {
		if *f.set == 0 {
			*f.set = f.standard
		}
	}
	return l
}

// expectedCall is what a call, what is committed before it and the wait for its instant are expected to take together at
// most, in seconds.
const expectedCall = 1

// InFlightFor gives how many calls must be under way at once to reach a rate: rate times duration.
func InFlightFor(perSecond int) int { return perSecond * expectedCall }

const maxLimit = 100_000

func (l Limits) check() error {
	for _, n := range []int{l.Global, l.Transfers, l.Accounts, l.Links, l.Reads, l.InFlight} {
		if n < 1 || n > maxLimit {
			return ErrLimits
		}
	}
	return nil
}

func (l Limits) of(e Endpoint) int {
	switch e {
	case Transfers:
		return l.Transfers
	case Accounts:
		return l.Accounts
	case Links:
		return l.Links
	}
	return l.Reads
}
