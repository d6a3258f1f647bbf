package stripesim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// The statuses of a capability.
const (
	unrequested = "unrequested"
	inactive    = "inactive"
	pending     = "pending"
	active      = "active"
)

type account struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Country   string            `json:"country"`
	Email     string            `json:"email"`
	Metadata  map[string]string `json:"metadata"`
	Agreement string            `json:"agreement"` // as it was asked for
	Active    bool              `json:"active"`    // its owner has filled in every form
	Rejected  bool              `json:"rejected"`
	Gone      bool              `json:"gone"`   // it left the platform
	Status    string            `json:"status"` // of its capability to receive transfers
	History   []change          `json:"history"`
	Created   int64             `json:"created"`
	Received  map[string]int64  // its balance, by currency
	PaidOut   map[string]int64  `json:"paid_out"` // what went to its bank, by currency
}

// change is a capability becoming usable or not, in the order of all that happens.
type change struct {
	Seq    int64 `json:"seq"`
	Usable bool  `json:"usable"`
}

func (a *account) usable() bool { return a.Status == active && !a.Rejected && !a.Gone }

var currencies = map[string]string{"GB": "gbp", "US": "usd", "CA": "cad", "CH": "chf", "JP": "jpy", "AU": "aud", "NZ": "nzd", "SE": "sek", "DK": "dkk", "NO": "nok", "PL": "pln"}

func (a *account) json() map[string]any {
	currency := currencies[a.Country]
	if currency == "" {
		currency = "eur"
	}
	capabilities := map[string]any{}
	if a.Status != unrequested {
		capabilities["transfers"] = a.capabilityStatus()
	}
	return map[string]any{"id": a.ID, "object": "account", "type": a.Type, "country": a.Country, "email": orNull(a.Email), "created": a.Created,
		"capabilities": capabilities, "charges_enabled": false, "details_submitted": a.Active, "payouts_enabled": a.usable(),
		"tos_acceptance":   map[string]any{"date": nil, "ip": nil, "user_agent": nil, "service_agreement": cmp.Or(a.Agreement, "full")},
		"default_currency": currency, "metadata": a.Metadata, "requirements": a.requirements(), "future_requirements": a.requirements(),
		"external_accounts": listOf([]any{}, false, "/v1/accounts/"+a.ID+"/external_accounts")}
}

func (a *account) requirements() map[string]any {
	due, verifying, reason := []string{}, []string{}, any(nil)
	switch {
	case a.Rejected:
		reason = "rejected.other"
	case !a.Active:
		due, reason = []string{"external_account", "tos_acceptance.date"}, "requirements.past_due"
	case a.Status == pending:
		verifying, reason = []string{"individual.verification.document"}, "requirements.pending_verification"
	case a.Status == inactive:
		due, reason = []string{"individual.verification.document"}, "requirements.past_due"
	}
	return map[string]any{"alternatives": []any{}, "current_deadline": nil, "currently_due": due, "disabled_reason": reason,
		"errors": []any{}, "eventually_due": due, "past_due": due, "pending_verification": verifying}
}

// account gives an account of the platform, or nil.
func (s *Server) account(id string) *account {
	if a := s.state.Accounts[id]; a != nil && !a.Gone {
		return a
	}
	return nil
}

func (s *Server) createAccount(r request) answer {
	kind := r.form.Get("type")
	switch kind {
	case "express", "custom", "standard":
	default:
		return missingParam("type")
	}
	a := &account{ID: newID("acct"), Type: kind, Country: r.form.Get("country"), Email: r.form.Get("email"), Metadata: metadataOf(r, nil),
		Status: unrequested, Created: s.now().Unix(), Received: map[string]int64{}, PaidOut: map[string]int64{}}
	if a.Country == "" {
		a.Country = "GB"
	}
	a.Agreement = r.form.Get("tos_acceptance[service_agreement]")
	switch {
	case a.Agreement != "" && a.Agreement != "full" && a.Agreement != "recipient":
		return invalid("", "tos_acceptance[service_agreement]", "Invalid tos_acceptance[service_agreement]: must be one of full or recipient")
	case s.options.Opens != nil && !s.options.Opens(a.Country, a.Agreement):
		return invalid("country_unsupported", "country", "Accounts in "+a.Country+" cannot be opened under this agreement.")
	}
	s.state.Accounts[a.ID] = a
	s.request(a, r.form.Get("capabilities[transfers][requested]"))
	return ok(a.json())
}

func (s *Server) getAccount(r request) answer {
	a := s.account(r.path("id"))
	if a == nil {
		return noAccess(r.path("id"))
	}
	return ok(a.json())
}

// platform gives the id of the account whose key it is: each secret key has its own.
func (s *Server) platform() string {
	sum := sha256.Sum256([]byte("platform of " + s.options.SecretKey))
	return "acct_" + hex.EncodeToString(sum[:12])
}

func (s *Server) getPlatform(request) answer {
	a := account{ID: s.platform(), Type: "standard", Country: "GB", Metadata: map[string]string{}, Status: active, Active: true}
	return ok(a.json())
}

func (s *Server) updateAccount(r request) answer {
	a := s.account(r.path("id"))
	if a == nil {
		return noAccess(r.path("id"))
	}
	if r.form.Has("email") {
		a.Email = r.form.Get("email")
	}
	a.Metadata = metadataOf(r, a.Metadata)
	if !s.request(a, r.form.Get("capabilities[transfers][requested]")) {
		s.emit("account.updated", a.ID, a.json())
	}
	return ok(a.json())
}

// metadataOf gives metadata with the request's put over it; an empty value takes a key away.
func metadataOf(r request, old map[string]string) map[string]string {
	merged := maps.Clone(old)
	if merged == nil {
		merged = map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(r.form)) {
		key, found := strings.CutPrefix(name, "metadata[")
		if !found {
			continue
		}
		key = strings.TrimSuffix(key, "]")
		if value := r.form.Get(name); value != "" {
			merged[key] = value
		} else {
			delete(merged, key)
		}
	}
	return merged
}

// Reject takes an account's capability away, as Stripe does with one it does not trust.
func (s *Server) Reject(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.account(id); a != nil {
		a.Rejected = true
		s.changed(a)
	}
	return s.save()
}

// Deauthorize takes an account off the platform, as its owner can. What it holds stays with it.
func (s *Server) Deauthorize(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.account(id); a != nil {
		s.leave(a)
	}
	return s.save()
}

func (s *Server) leave(a *account) {
	a.Gone = true
	s.note(a)
	s.emit("account.application.deauthorized", a.ID, map[string]any{"id": "ca_simulated", "object": "application", "name": "Simulated platform"})
}

func (s *Server) rejectByHTTP(r request) answer {
	return s.byHTTP(r, func(a *account) { a.Rejected = true; s.changed(a) })
}

func (s *Server) byHTTP(r request, do func(*account)) answer {
	a := s.account(r.path("id"))
	if a == nil {
		return noSuch("account", r.path("id"))
	}
	do(a)
	return ok(a.json())
}

func (s *Server) deauthorizeByHTTP(r request) answer { return s.byHTTP(r, s.leave) }

func (s *Server) onboardByHTTP(r request) answer { return s.byHTTP(r, s.complete) }

var statuses = []string{unrequested, inactive, pending, active}

func (s *Server) capabilityByHTTP(r request) answer {
	status := r.form.Get("status")
	if !slices.Contains(statuses, status) {
		return invalid("parameter_invalid_string_empty", "status", "One of "+strings.Join(statuses, ", "))
	}
	return s.byHTTP(r, func(a *account) { s.turnTo(a, status) })
}

// OpenActive makes accounts that are complete and can receive transfers at once, and gives their ids.
func (s *Server) OpenActive(n int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		a := &account{ID: newID("acct"), Type: "express", Country: "DE", Active: true, Status: active, Created: s.now().Unix(),
			Metadata: map[string]string{}, Received: map[string]int64{}, PaidOut: map[string]int64{}}
		s.note(a)
		ids[i], s.state.Accounts[a.ID] = a.ID, a
	}
	return ids, s.save()
}
