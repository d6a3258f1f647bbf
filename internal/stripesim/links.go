package stripesim

import (
	"net/http"
	"slices"
	"time"
)

type link struct {
	Account string    `json:"account"`
	Return  string    `json:"return"`
	Refresh string    `json:"refresh"`
	Expires time.Time `json:"expires"`
	Used    bool      `json:"used"`
}

const linkLife = 5 * time.Minute

func (s *Server) createLink(r request) answer {
	for _, param := range []string{"account", "type", "refresh_url", "return_url"} {
		if r.form.Get(param) == "" {
			return missingParam(param)
		}
	}
	if !slices.Contains([]string{"account_onboarding", "account_update"}, r.form.Get("type")) {
		return invalid("", "type", "Invalid type: must be one of account_onboarding or account_update")
	}
	id := r.form.Get("account")
	if s.account(id) == nil {
		return refusal("resource_missing", "No such account: '"+id+"'")
	}
	token := newID("link")
	l := &link{Account: id, Return: r.form.Get("return_url"), Refresh: r.form.Get("refresh_url"), Expires: s.now().Add(linkLife)}
	s.state.Links[token] = l
	return ok(map[string]any{"object": "account_link", "created": s.now().Unix(), "expires_at": l.Expires.Unix(),
		"url": "http://" + r.host + "/connect/onboard/" + token})
}

// onboardPage completes the account behind a link, as if its owner had filled in every form.
func (s *Server) onboardPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	l := s.state.Links[r.PathValue("token")]
	usable := l != nil && !l.Used && s.now().Before(l.Expires)
	if usable {
		l.Used = true
		if a := s.account(l.Account); a != nil {
			s.complete(a)
		}
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
