package stripesim

import (
	"net/http"
	"time"
)

type account struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Country  string `json:"country"`
	Email    string `json:"email"`
	Active   bool   `json:"active"`
	Rejected bool   `json:"rejected"`
	Created  int64  `json:"created"`
	Received map[string]int64
}

type link struct {
	Account string    `json:"account"`
	Return  string    `json:"return"`
	Refresh string    `json:"refresh"`
	Expires time.Time `json:"expires"`
	Used    bool      `json:"used"`
}

const linkLife = 5 * time.Minute

func (a *account) json() map[string]any {
	status, due, reason := "inactive", []string{"external_account", "tos_acceptance.date"}, any("requirements.past_due")
	if a.Active {
		status, due, reason = "active", []string{}, nil
	}
	if a.Rejected {
		status, due, reason = "inactive", []string{}, "rejected.other"
	}
	usable := a.Active && !a.Rejected
	requirements := map[string]any{"alternatives": []any{}, "current_deadline": nil, "currently_due": due, "disabled_reason": reason,
		"errors": []any{}, "eventually_due": due, "past_due": due, "pending_verification": []any{}}
	return map[string]any{"id": a.ID, "object": "account", "type": a.Type, "country": a.Country, "email": a.Email, "created": a.Created,
		"capabilities": map[string]any{"transfers": status}, "charges_enabled": false, "details_submitted": a.Active, "payouts_enabled": usable,
		"default_currency": "gbp", "metadata": map[string]any{}, "requirements": requirements, "future_requirements": requirements,
		"external_accounts": listOf([]any{}, false, "/v1/accounts/"+a.ID+"/external_accounts")}
}

func listOf(data []any, more bool, url string) map[string]any {
	return map[string]any{"object": "list", "data": data, "has_more": more, "url": url}
}

func (s *Server) createAccount(r request) answer {
	kind := r.form.Get("type")
	switch kind {
	case "express", "custom", "standard":
	default:
		return missingParam("type")
	}
	a := &account{ID: s.state.newID("acct"), Type: kind, Country: r.form.Get("country"), Email: r.form.Get("email"),
		Created: s.options.Now().Unix(), Received: map[string]int64{}}
	if a.Country == "" {
		a.Country = "GB"
	}
	s.state.Accounts[a.ID] = a
	return ok(a.json())
}

func (s *Server) getAccount(r request) answer {
	a := s.state.Accounts[r.path("id")]
	if a == nil {
		return failure(http.StatusForbidden, "invalid_request_error", "account_invalid", "",
			"The provided key does not have access to account '"+r.path("id")+"' (or that account does not exist).")
	}
	return ok(a.json())
}

func (s *Server) createLink(r request) answer {
	for _, param := range []string{"account", "type", "refresh_url", "return_url"} {
		if r.form.Get(param) == "" {
			return missingParam(param)
		}
	}
	id := r.form.Get("account")
	if s.state.Accounts[id] == nil {
		return refusal("resource_missing", "No such account: '"+id+"'")
	}
	token := s.state.newID("link")
	l := &link{Account: id, Return: r.form.Get("return_url"), Refresh: r.form.Get("refresh_url"), Expires: s.options.Now().Add(linkLife)}
	s.state.Links[token] = l
	return ok(map[string]any{"object": "account_link", "created": s.options.Now().Unix(), "expires_at": l.Expires.Unix(),
		"url": "http://" + r.host + "/connect/onboard/" + token})
}

// onboardPage completes the account behind a link, as if its owner had filled in every form.
func (s *Server) onboardPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	l := s.state.Links[r.PathValue("token")]
	usable := l != nil && !l.Used && s.options.Now().Before(l.Expires)
	if usable {
		l.Used = true
		s.activate(l.Account)
	}
	err := s.save()
	s.mu.Unlock()
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case l == nil:
		http.NotFound(w, r)
	case !usable:
		http.Redirect(w, r, l.Refresh, http.StatusSeeOther)
	default:
		http.Redirect(w, r, l.Return, http.StatusSeeOther)
	}
}

func (s *Server) activate(id string) {
	if a := s.state.Accounts[id]; a != nil {
		a.Active = true
		s.emit("account.updated", id, a.json())
	}
}

// Reject takes an account's capability away, as Stripe does with one it does not trust.
func (s *Server) Reject(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.state.Accounts[id]; a != nil {
		a.Rejected = true
		s.emit("account.updated", id, a.json())
	}
	return s.save()
}

func (s *Server) onboardByHTTP(r request) answer {
	a := s.state.Accounts[r.path("id")]
	if a == nil {
		return refusal("resource_missing", "No such account")
	}
	s.activate(a.ID)
	return ok(a.json())
}
