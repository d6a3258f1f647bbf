package stripesim

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// traffic is what arrives, by the real clock.
type traffic struct {
	mu       sync.Mutex
	arrivals []arrival // oldest first
	refused  int
	tokens   float64 // of the bucket, when the limit is one
}

type arrival struct {
	at   time.Time
	what string // method and path
}

// meter counts a request and gives the reason to turn it away, or "": in no second more than so many, however they are
// spaced; with a burst set, so many in the long run. What is refused counts too. Without a real clock nothing is counted.
func (s *Server) meter(r *http.Request) string {
	if s.options.RealNow == nil {
		return ""
	}
	s.traffic.mu.Lock()
	defer s.traffic.mu.Unlock()
	t := &s.traffic
	now, what := s.options.RealNow(), r.Method+" "+r.URL.Path
	isEmpty := s.options.Burst > 0 && !t.draw(s.options.PerSecond, s.options.Burst, now)
	t.arrivals = append(t.arrivals, arrival{at: now, what: what})
	reason := ""
	switch {
	case isEmpty, s.options.Burst == 0 && t.isOver(s.options.PerSecond, "", now):
		reason = "global-rate"
	case t.isOver(s.options.PerEndpoint, what, now):
		reason = "endpoint-rate"
	default:
		return ""
	}
	t.refused++
	return reason
}

// draw takes one out of a bucket that holds burst and is filled at a rate, the kind that Stripe says it has
// (stripe.com/blog/rate-limiters); false when it is empty.
func (t *traffic) draw(perSecond, burst int, now time.Time) bool {
	if len(t.arrivals) == 0 {
		t.tokens = float64(burst)
	} else {
		passed := now.Sub(t.arrivals[len(t.arrivals)-1].at)
		t.tokens = min(float64(burst), t.tokens+passed.Seconds()*float64(perSecond))
	}
	if t.tokens < 1 {
		return false
	}
	t.tokens--
	return true
}

// isOver tells whether more than so many arrived within the last second; of one endpoint, or of all.
func (t *traffic) isOver(limit int, what string, now time.Time) bool {
	if limit == 0 {
		return false
	}
	counted := 0
	for i := len(t.arrivals) - 1; i >= 0 && now.Sub(t.arrivals[i].at) < time.Second && counted <= limit; i-- {
		if what == "" || t.arrivals[i].what == what {
			counted++
		}
	}
	return counted > limit
}

// limited answers a request itself when it is over the limit: before anything looks at its key. Then it lets the latency pass.
func (s *Server) limited(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/v1/") || isControl(r) {
		return false
	}
	reason := s.meter(r)
	if s.options.Latency > 0 {
		timer := time.NewTimer(s.options.Latency)
		defer timer.Stop()
		<-timer.C // also for a client that has gone: what it asked for was on its way
	}
	if reason != "" {
		send(w, newID("req"), tooMany(reason))
	}
	return reason != ""
}

func tooMany(reason string) answer {
	a := failure(http.StatusTooManyRequests, "rate_limit_error", "rate_limit", "", "Too many requests")
	a.header = map[string]string{"Stripe-Rate-Limited-Reason": reason}
	return a
}

func lockTimeout() answer {
	return failure(http.StatusTooManyRequests, "invalid_request_error", "lock_timeout", "", "This object cannot be accessed right now")
}

func keyInUse() answer {
	return failure(http.StatusConflict, "invalid_request_error", "idempotency_key_in_use", "", "There is currently another in-progress request using this key")
}

// Load is what arrived of one kind of request, by the real clock.
type Load struct {
	Requests     int
	Refused      int // of all kinds, for the limit
	First, Last  time.Time
	MostInSecond int // in any second, wherever it begins
}

// Load tells what arrived of the requests whose method and path begin with a text, such as "POST /v1/transfers"; all with
// the empty one.
func (s *Server) Load(prefix string) Load {
	s.traffic.mu.Lock()
	defer s.traffic.mu.Unlock()
	l := Load{Refused: s.traffic.refused}
	var times []time.Time
	begin := 0
	for _, a := range s.traffic.arrivals {
		if !strings.HasPrefix(a.what, prefix) {
			continue
		}
		times = append(times, a.at)
		for a.at.Sub(times[begin]) >= time.Second {
			begin++
		}
		l.MostInSecond = max(l.MostInSecond, len(times)-begin)
	}
	if l.Requests = len(times); l.Requests > 0 {
		l.First, l.Last = times[0], times[len(times)-1]
	}
	return l
}
