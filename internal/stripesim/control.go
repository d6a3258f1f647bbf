package stripesim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const controls = "/v1/test/"

func isControl(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, controls) }

// addControls adds the routes that are not Stripe's: they turn the simulator's clock, fund it, and make it misbehave.
func (s *Server) addControls() {
	s.mux.Handle("POST /v1/test/fund", s.write(s.fundByHTTP))
	s.mux.Handle("POST /v1/test/accounts/{id}/onboard", s.write(s.onboardByHTTP))
	s.mux.Handle("POST /v1/test/accounts/{id}/capability", s.write(s.capabilityByHTTP))
	s.mux.Handle("POST /v1/test/accounts/{id}/reject", s.write(s.rejectByHTTP))
	s.mux.Handle("POST /v1/test/accounts/{id}/deauthorize", s.write(s.deauthorizeByHTTP))
	s.mux.Handle("POST /v1/test/accounts/{id}/payout", s.write(s.payOutByHTTP))
	s.mux.Handle("GET /v1/test/check", s.read(s.checkByHTTP))
	s.mux.Handle("GET /v1/test/clock", s.read(s.clockByHTTP))
	s.mux.Handle("POST /v1/test/clock", s.write(s.advanceByHTTP))
	s.mux.Handle("GET /v1/test/faults", s.read(s.faultsByHTTP))
	s.mux.Handle("POST /v1/test/faults", s.write(s.addFaultByHTTP))
	s.mux.Handle("DELETE /v1/test/faults", s.write(s.clearFaultsByHTTP))
	s.mux.Handle("GET /v1/test/running", s.read(s.runningByHTTP))
	s.mux.Handle("POST /v1/test/release", s.write(s.releaseByHTTP))
	s.mux.Handle("POST /v1/test/events", s.write(s.eventsByHTTP))
}

func (s *Server) clockByHTTP(request) answer {
	return ok(map[string]any{"object": "clock", "now": s.now().Unix(), "ahead": time.Duration(s.offset.Load()).String()})
}

func (s *Server) advanceByHTTP(r request) answer {
	d, err := time.ParseDuration(r.form.Get("advance"))
	if err != nil || d < 0 {
		return invalid("", "advance", "A duration such as 25h, not below zero")
	}
	s.offset.Add(int64(d))
	return s.clockByHTTP(r)
}

// count reads a number that is not below zero; without one it is otherwise.
func count(r request, name string, otherwise int) (int, *answer) {
	text := r.form.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		refused := invalid("parameter_invalid_integer", name, "Invalid integer")
		return 0, &refused
	}
	return n, nil
}

func (s *Server) addFaultByHTTP(r request) answer {
	times, refused := count(r, "count", 1)
	if refused != nil {
		return *refused
	}
	skip, refused := count(r, "skip", 0)
	if refused != nil {
		return *refused
	}
	f, err := newFault(Fault{Kind: FaultKind(r.form.Get("kind")), Method: r.form.Get("method"), Path: r.form.Get("path"), Query: r.form.Get("query"),
		Destination: r.form.Get("destination"), Skip: skip, Count: times}, r.form.Get("for"))
	if err != nil {
		return invalid("", "kind", err.Error())
	}
	s.faults = append(s.faults, f)
	return s.faultsByHTTP(r)
}

func (s *Server) clearFaultsByHTTP(r request) answer {
	s.faults = nil
	return s.faultsByHTTP(r)
}

// faultsByHTTP gives what is left of the script.
func (s *Server) faultsByHTTP(request) answer {
	data := []any{}
	for _, f := range s.faults {
		if f.Count > 0 {
			data = append(data, map[string]any{"kind": f.Kind, "method": f.Method, "path": f.Path, "query": f.Query, "destination": f.Destination, "skip": f.Skip, "count": f.Count, "for": f.For.String()})
		}
	}
	return ok(listOf(data, false, controls+"faults"))
}

func (s *Server) runningByHTTP(request) answer {
	return ok(map[string]any{"object": "running", "keys": len(s.running.keys)})
}

func (s *Server) releaseByHTTP(request) answer {
	held := len(s.running.keys)
	s.release()
	return ok(map[string]any{"object": "release", "held": held})
}

func (s *Server) eventsByHTTP(r request) answer {
	twice, refused := count(r, "duplicate", s.unruly.twice)
	if refused != nil {
		return *refused
	}
	swap, refused := count(r, "disorder", s.unruly.swap)
	if refused != nil {
		return *refused
	}
	s.unruly.twice, s.unruly.swap = twice, swap
	return ok(map[string]any{"object": "events", "duplicate": twice, "disorder": swap})
}
