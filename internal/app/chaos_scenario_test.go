package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tributary/internal/money"
	"tributary/internal/stripesim"
)

// killPoint is where a worker is killed.
type killPoint string

// The points. T1 is the transaction that commits an attempt, T2 the one that records its answer.
const (
	beforeAttemptCommits killPoint = "before T1 commits"
	beforeItLeaves       killPoint = "after T1, before the request leaves"
	whileItLeaves        killPoint = "a part of the request has left"
	inTheAir             killPoint = "the request is in the air"
	beforeItRuns         killPoint = "the rail has the request, it never runs"
	untilItRunsLate      killPoint = "the rail has the request, it runs late"
	afterItRan           killPoint = "it ran, no answer has left"
	afterTheAnswer       killPoint = "the answer is on its way"
	answerInHand         killPoint = "answer in hand, before T2"
	beforeAnswerCommits  killPoint = "T2 is written, not committed"
	beforeTaskAnswered   killPoint = "after T2, before the bell is answered"
	beforeTaskAcked      killPoint = "the bell is answered, the task not acknowledged"
	atStatement          killPoint = "at the n-th statement"
	atCommit             killPoint = "at the n-th commit, which does not arrive"
	atCommitted          killPoint = "at the n-th commit, which is carried out"
	atRedis              killPoint = "at the n-th message to Redis"
	atSomeTime           killPoint = "at some time"
	nowhere              killPoint = ""
)

// pointsOf gives the points that a kind of database allows: SQLite has no line on which a commit could be seen.
func pointsOf(isMySQL bool) []killPoint {
	points := []killPoint{beforeAttemptCommits, beforeItLeaves, whileItLeaves, inTheAir, beforeItRuns, untilItRunsLate, afterItRan, afterTheAnswer,
		answerInHand, beforeAnswerCommits, beforeTaskAnswered, beforeTaskAcked, atStatement, atRedis, atSomeTime}
	if isMySQL {
		points = append(points, atCommit, atCommitted)
	}
	return points
}

// trouble is what else happens in a run.
type trouble string

// The troubles.
const (
	noTrouble    trouble = "nothing else"
	jump         trouble = "25 hours between crash and resume"
	emptied      trouble = "Redis emptied"
	redisAway    trouble = "Redis away for 2 minutes"
	databaseLost trouble = "database connections lost between POST and T2"
)

// troublesOf gives the troubles that a kind of database allows: a connection to SQLite is a file, which is not lost while its
// process lives.
func troublesOf(isMySQL bool) []trouble {
	if isMySQL {
		return []trouble{noTrouble, jump, emptied, redisAway, databaseLost}
	}
	return []trouble{noTrouble, jump, emptied, redisAway}
}

// partnerKind is why a partner is paid, or not.
type partnerKind int

const (
	payable      partnerKind = iota
	notOnboarded             // its payout is held
	tooLittle                // its payout is carried
)

const killsPerRun = 3

type kill struct {
	point killPoint
	n     int
}

// scenario is everything that a test decides about one run; all of it derives from the seed.
type scenario struct {
	seed     int
	random   *rand.Rand // for what is decided on the way
	currency money.Currency
	partners []partnerKind
	workers  int
	kills    []kill
	trouble  trouble
	after    int // how many crashes the trouble comes after,
	at       int // and at which transfer from then on
	way      int // which form it has
	faults   []stripesim.Fault
	later    []stripesim.Fault // after the first crash: they meet requests that are made again
	isShort  bool              // of funds at first
	loses    int               // the partner whose account becomes unusable after the plan; -1: none
	releases bool              // people give up what they could send again
	hears    bool              // webhooks, twice and in disorder
	survives bool              // one of two workers goes on beside what the other left
}

func newScenario(seed int, isMySQL bool) scenario {
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	points, troubles := pointsOf(isMySQL), troublesOf(isMySQL)
	s := scenario{seed: seed, random: random, currency: pick[money.Currency](random, "GBP", "EUR", "JPY"), workers: 1 + random.IntN(2),
		trouble: troubles[seed%len(troubles)], at: 1 + random.IntN(3), way: random.IntN(4), isShort: random.IntN(6) == 0, loses: -1,
		releases: random.IntN(4) == 0, survives: random.IntN(2) == 0, hears: random.IntN(3) == 0}
	for i := range 4 + random.IntN(5) {
		kind := payable
		if i > 2 && random.IntN(4) == 0 {
			kind = pick(random, notOnboarded, tooLittle)
		}
		s.partners = append(s.partners, kind)
	}
	if random.IntN(6) == 0 {
		s.loses = random.IntN(len(s.partners))
	}
	for i := range killsPerRun { // each point is met in turn, whatever the number of runs
		point := points[(killsPerRun*seed+i)%len(points)]
		s.kills = append(s.kills, kill{point, times(random, point, i > 0)})
	}
	if s.trouble == jump { // then lists are read, and little is sent
		point := pick(random, atStatement, atRedis, atSomeTime)
		s.kills = []kill{s.kills[0], {point, times(random, point, true)}}
	}
	if s.after = random.IntN(len(s.kills) + 1); s.after > 0 { // less is left to be sent
		s.at = 1
	}
	s.faults, s.later = faultsOf(random), faultsOf(random)
	for range random.IntN(3) { // what is turned away says nothing about what was sent before
		s.later = append(s.later, stripesim.Fault{Method: "POST", Path: "/v1/transfers", Skip: random.IntN(2), Count: 1,
			Kind: pick(random, stripesim.RateLimited, stripesim.LockTimeout, stripesim.KeyInUse, stripesim.BadRequest, stripesim.Unauthorized)})
	}
	return s
}

// times gives at which of its times a point kills: late enough to vary, early enough to come.
func times(random *rand.Rand, point killPoint, isLater bool) int {
	switch point {
	case atStatement:
		return 1 + random.IntN(120)
	case atCommit, atCommitted:
		return 1 + random.IntN(25)
	case atRedis:
		return 1 + random.IntN(80)
	case atSomeTime:
		return 100 + random.IntN(500) // milliseconds
	}
	if isLater { // less is left to be sent
		return 1
	}
	return 1 + random.IntN(2)
}

// faultsOf gives a few ways in which the rail goes wrong by itself.
func faultsOf(random *rand.Rand) []stripesim.Fault {
	var faults []stripesim.Fault
	for range random.IntN(4) {
		f := stripesim.Fault{Method: "POST", Path: "/v1/transfers", Skip: random.IntN(5), Count: 1,
			Kind: pick(random, stripesim.DropBefore, stripesim.DropAfter, stripesim.ServerError, stripesim.KeptError, stripesim.LateSuccess, stripesim.Delay,
				stripesim.RateLimited, stripesim.LockTimeout, stripesim.KeyInUse, stripesim.HTML502, stripesim.EmptyJSON, stripesim.BrokenJSON,
				stripesim.CutBody, stripesim.RedirectAway, stripesim.BadRequest, stripesim.Unauthorized)}
		switch f.Kind {
		case stripesim.LateSuccess:
			f.For = time.Duration(1+random.IntN(70)) * time.Hour // within the time that a 5xx is waited for
		case stripesim.Delay:
			f.For = time.Duration(50+random.IntN(200)) * time.Millisecond
		}
		faults = append(faults, f)
	}
	if random.IntN(3) == 0 { // a list that breaks off says nothing
		faults = append(faults, stripesim.Fault{Kind: pick(random, stripesim.DropBefore, stripesim.EmptyJSON, stripesim.CutBody, stripesim.Unauthorized),
			Method: "GET", Path: "/v1/transfers", Count: 1 + random.IntN(2)})
	}
	return faults
}

func pick[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

// String tells the scenario, for whoever has to find out what went wrong in it.
func (s scenario) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %s, %d workers, partners %v, %s after %d at %d (%d)", s.seed, s.currency, s.workers, s.partners, s.trouble, s.after, s.at, s.way)
	for _, k := range s.kills {
		fmt.Fprintf(&b, "; killed %s (%d)", k.point, k.n)
	}
	for _, f := range slices.Concat(s.faults, s.later) {
		fmt.Fprintf(&b, "; %s %s after %d x%d %s", f.Method, f.Kind, f.Skip, f.Count, f.For)
	}
	fmt.Fprintf(&b, "; short %t, loses %d, releases %t, survives %t, hears %t", s.isShort, s.loses, s.releases, s.survives, s.hears)
	return b.String()
}
