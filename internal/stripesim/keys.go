package stripesim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

const keyLife = 24 * time.Hour

// kept is the stored answer of an idempotency key. All keys of the platform share one namespace.
type kept struct {
	Hash      string    `json:"hash"`
	RequestID string    `json:"request_id"`
	Status    int       `json:"status"`
	Body      []byte    `json:"body"`
	Since     time.Time `json:"since"`
}

func hashOf(r *http.Request) string {
	sum := sha256.Sum256([]byte(r.URL.Path + "?" + r.PostForm.Encode()))
	return hex.EncodeToString(sum[:])
}

// write runs a handler under the request's idempotency key: the same key and parameters give the stored answer, other
// parameters are refused, and a key that is running is in use.
func (s *Server) write(handle func(request) answer, params ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, refused := s.open(r, params)
		if refused != nil {
			send(w, req.id, *refused)
			return
		}
		send(w, req.id, s.once(req, handle))
	})
}

func (s *Server) once(r request, handle func(request) answer) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored := s.recall(r); stored != nil {
		return *stored
	}
	object := s.objectOf(r)
	switch {
	case strings.HasPrefix(r.url, controls): // what happens to an account while a request runs is what they are for
	case s.running.keys[r.key]:
		return keyInUse()
	case s.running.objects[object]:
		return lockTimeout()
	}
	if r.fault.Kind == Delay || r.fault.Kind == Hold {
		s.running.begin(r.key, object)
		release := s.running.release
		s.mu.Unlock()
		s.wait(r.fault, release)
		s.mu.Lock()
		s.running.end(r.key, object)
	}
	var a answer
	switch r.fault.Kind {
	case LateSuccess:
		a = s.postpone(r)
	case rolling:
		r.key = r.fault.Path
		a = handle(r)
		a.store = false
	case KeptError:
		handle(r)
		a = internalError()
		a.store = true
	default:
		a = handle(r)
	}
	return s.keep(r, a)
}

// keep stores an answer under its key, and everything on disk, before it leaves. The lock is held.
func (s *Server) keep(r request, a answer) answer {
	if s.options.Audit {
		if err := s.audit(); err != nil {
			return failure(http.StatusInternalServerError, "api_error", "", "", "The simulator's books are wrong: "+err.Error())
		}
	}
	body, err := json.Marshal(a.body)
	if err == nil && r.key != "" && a.store {
		s.forgetKeys()
		s.state.Keys[r.key] = kept{Hash: r.hash, RequestID: r.id, Status: a.status, Body: body, Since: s.now()}
	}
	if err == nil {
		err = s.save()
	}
	if err != nil {
		return failure(http.StatusInternalServerError, "api_error", "", "", err.Error())
	}
	return a
}

// recall gives what is stored under the request's key, or nil. The lock is held.
func (s *Server) recall(r request) *answer {
	earlier, found := s.state.Keys[r.key]
	if !found || r.key == "" || s.now().Sub(earlier.Since) >= keyLife {
		return nil
	}
	if earlier.Hash != r.hash {
		a := failure(http.StatusBadRequest, "idempotency_error", "", "",
			"Keys for idempotent requests can only be used with the same parameters they were first used with.")
		return &a
	}
	return &answer{status: earlier.Status, body: json.RawMessage(earlier.Body),
		header: map[string]string{"Idempotent-Replayed": "true", "Original-Request": earlier.RequestID}}
}

// forgetKeys drops what is past its life. The lock is held.
func (s *Server) forgetKeys() {
	for key, k := range s.state.Keys {
		if s.now().Sub(k.Since) >= keyLife {
			delete(s.state.Keys, key)
		}
	}
}
