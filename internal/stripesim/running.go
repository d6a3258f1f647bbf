package stripesim

import "time"

// running is what is being executed: requests take turns, so only one that is delayed or held is ever seen running.
type running struct {
	keys    map[string]bool
	objects map[string]bool
	release chan struct{}
}

func newRunning() running {
	return running{keys: map[string]bool{}, objects: map[string]bool{}, release: make(chan struct{})}
}

func (r running) begin(key, object string) {
	if key != "" {
		r.keys[key] = true
	}
	if object != "" {
		r.objects[object] = true
	}
}

func (r running) end(key, object string) {
	delete(r.keys, key)
	delete(r.objects, object)
}

// objectOf gives the account that a write is about: two writes on one at once end in a lock timeout. The lock is held.
func (s *Server) objectOf(r request) string {
	if t := s.find(r.path("id")); t != nil {
		return t.Destination
	}
	if id := r.path("id"); id != "" {
		return id
	}
	return r.form.Get("destination")
}

// wait lets a delayed request's time pass, or a held one wait for its release. The lock is not held.
func (s *Server) wait(f Fault, release <-chan struct{}) {
	switch f.Kind {
	case Delay:
		timer := time.NewTimer(f.For)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.done:
		}
	case Hold:
		select {
		case <-release:
		case <-s.done:
		}
	}
}

// Release lets every request run that is held.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
}

func (s *Server) release() {
	close(s.running.release)
	s.running.release = make(chan struct{})
}

// Held tells how many requests with a key are held or delayed.
func (s *Server) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.running.keys)
}
