package stripesim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// now is the simulator's clock: the one it was given, and how far it was turned since.
func (s *Server) now() time.Time { return s.options.Now().Add(time.Duration(s.offset.Load())) }

// Advance turns the clock on. Keys get older, links expire, and what was to happen late happens.
func (s *Server) Advance(d time.Duration) error {
	s.mu.Lock()
	s.offset.Add(int64(d))
	err := s.save()
	s.mu.Unlock()
	s.rollForward()
	return err
}

// late is a request that was answered with 500 and runs nevertheless, when its time has come.
type late struct {
	Path string    `json:"path"`
	Form string    `json:"form"`
	Key  string    `json:"key"`
	Due  time.Time `json:"due"`
}

// rollForward runs what is due. What is kept under its key stays the 500 that was answered.
func (s *Server) rollForward() {
	for _, l := range s.takeDue() {
		r := httptest.NewRequest(http.MethodPost, l.Path, strings.NewReader(l.Form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+s.options.SecretKey)
		r = r.WithContext(withFault(r.Context(), Fault{Kind: rolling, Path: l.Key}))
		s.mux.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func (s *Server) takeDue() []late {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due, rest []late
	for _, l := range s.state.Late {
		if l.Due.After(s.now()) {
			rest = append(rest, l)
		} else {
			due = append(due, l)
		}
	}
	s.state.Late = rest
	return due
}

// postpone answers with a 500 that is kept, and notes that the request is to run later. The lock is held.
func (s *Server) postpone(r request) answer {
	s.state.Late = append(s.state.Late, late{Path: r.url, Form: r.form.Encode(), Key: r.key, Due: s.now().Add(r.fault.For)})
	a := internalError()
	a.store = true
	return a
}
