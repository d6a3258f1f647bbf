package stripesim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"
)

const keyLife = 24 * time.Hour

// kept is the stored answer of an idempotency key.
type kept struct {
	Hash      string    `json:"hash"`
	RequestID string    `json:"request_id"`
	Status    int       `json:"status"`
	Body      []byte    `json:"body"`
	Since     time.Time `json:"since"`
}

// write runs a handler under the request's idempotency key: the same key and parameters give the stored answer, other
// parameters are refused. Requests take turns, so a key never meets itself running; the fault KeyInUse stands for that.
func (s *Server) write(handle func(request) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, refused := s.open(r)
		if refused != nil {
			send(w, req.id, *refused)
			return
		}
		key := r.Header.Get("Idempotency-Key")
		sum := sha256.Sum256([]byte(r.URL.Path + "?" + r.PostForm.Encode()))
		hash := hex.EncodeToString(sum[:])
		s.mu.Lock()
		if earlier, found := s.state.Keys[key]; found && key != "" && s.options.Now().Sub(earlier.Since) < keyLife {
			s.mu.Unlock()
			replay(w, req.id, earlier, hash)
			return
		}
		a := handle(req)
		body, err := json.Marshal(a.body)
		if err == nil && key != "" && a.store {
			s.forgetKeys()
			s.state.Keys[key] = kept{Hash: hash, RequestID: req.id, Status: a.status, Body: body, Since: s.options.Now()}
		}
		if err == nil {
			err = s.save()
		}
		s.mu.Unlock()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		sendRaw(w, req.id, a.status, body)
	})
}

// forgetKeys drops what is past its life. The lock is held.
func (s *Server) forgetKeys() {
	for key, k := range s.state.Keys {
		if s.options.Now().Sub(k.Since) >= keyLife {
			delete(s.state.Keys, key)
		}
	}
}

// keepInstead puts another answer under a key that is kept.
func (s *Server) keepInstead(key string, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := json.Marshal(a.body)
	if k, found := s.state.Keys[key]; found && err == nil {
		k.Status, k.Body = a.status, body
		s.state.Keys[key] = k
		_ = s.save() // the caller answers 500 either way
	}
}

func replay(w http.ResponseWriter, requestID string, earlier kept, hash string) {
	if earlier.Hash != hash {
		send(w, requestID, failure(http.StatusBadRequest, "idempotency_error", "", "",
			"Keys for idempotent requests can only be used with the same parameters they were first used with."))
		return
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.Header().Set("Original-Request", earlier.RequestID)
	sendRaw(w, requestID, earlier.Status, earlier.Body)
}
