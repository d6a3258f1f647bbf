package stripesim

import (
	"fmt"
	"slices"
)

func (a *account) capabilityStatus() string {
	if a.Status == active && !a.usable() {
		return inactive
	}
	return a.Status
}

// request asks for the capability or gives it up, as a parameter says; it tells whether anything changed. A new one is
// inactive until the owner has filled in every form.
func (s *Server) request(a *account, requested string) bool {
	switch {
	case requested == "true" && a.Status == unrequested:
		status := inactive
		if a.Active {
			status = active
		}
		s.turn(a, status)
		return true
	case requested == "false" && a.Status != unrequested:
		s.turn(a, unrequested)
		return true
	}
	return false
}

// complete is the owner having filled in every form.
func (s *Server) complete(a *account) {
	a.Active = true
	if a.Status == unrequested {
		s.changed(a)
		return
	}
	s.turn(a, active)
}

func (s *Server) turn(a *account, status string) {
	a.Status = status
	s.changed(a)
}

// changed notes whether the account can be paid now and tells of it: two events for one change, as Stripe sends them.
func (s *Server) changed(a *account) {
	s.note(a)
	s.emit("account.updated", a.ID, a.json())
	if a.Status != unrequested {
		s.emit("capability.updated", a.ID, a.capabilityJSON())
	}
}

// note writes the account's history, which the audit holds transfers against.
func (s *Server) note(a *account) {
	s.state.Seq++
	if n := len(a.History); n == 0 || a.History[n-1].Usable != a.usable() {
		a.History = append(a.History, change{Seq: s.state.Seq, Usable: a.usable()})
	}
}

// usableAt tells whether the account could be paid at a point of the order of all that happens.
func (a *account) usableAt(seq int64) bool {
	usable := false
	for _, c := range a.History {
		if c.Seq <= seq {
			usable = c.Usable
		}
	}
	return usable
}

func (a *account) capabilityJSON() map[string]any {
	return map[string]any{"id": "transfers", "object": "capability", "account": a.ID, "requested": a.Status != unrequested, "requested_at": a.Created,
		"status": a.capabilityStatus(), "requirements": a.requirements(), "future_requirements": a.requirements()}
}

func (s *Server) getCapability(r request) answer {
	a, refused := s.capable(r)
	if refused != nil {
		return *refused
	}
	return ok(a.capabilityJSON())
}

func (s *Server) updateCapability(r request) answer {
	a, refused := s.capable(r)
	if refused != nil {
		return *refused
	}
	s.request(a, r.form.Get("requested"))
	return ok(a.capabilityJSON())
}

func (s *Server) capable(r request) (*account, *answer) {
	a := s.account(r.path("id"))
	if a == nil {
		refused := noAccess(r.path("id"))
		return nil, &refused
	}
	if name := r.path("capability"); name != "transfers" {
		refused := noSuch("capability", name)
		return nil, &refused
	}
	return a, nil
}

// SetCapability gives an account's capability a status: unrequested, inactive, pending or active.
func (s *Server) SetCapability(id, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(id)
	if a == nil || !slices.Contains(statuses, status) {
		return fmt.Errorf("stripesim: no account %q, or no status %q", id, status)
	}
	s.turnTo(a, status)
	return s.save()
}

func (s *Server) turnTo(a *account, status string) {
	a.Active = a.Active || status == active
	s.turn(a, status)
}
