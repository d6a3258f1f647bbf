package limiter

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Options set up a limiter. Now is the real clock also where the program's own is turned by hand: the rail's is real.
type Options struct {
	Redis   string        // redis://host:port/db
	Mode    string        // in every key: what is counted for one mode says nothing about another
	Account string        // at the rail, in every key where it is set: each account has limits of its own
	Limits  Limits        // what is not set has the default of the mode
	Brake   Brake         // what is not set has its default
	Lease   time.Duration // how long a slot or a subject of a dead process stays taken; slotLease when 0
	Now     func() time.Time
	Log     *slog.Logger
}

// Brake is how everybody slows down when the rail says "too many".
type Brake struct {
	FirstPause time.Duration // default 1 s; each further one is twice as long
	MaxPause   time.Duration // default 60 s
	Hold       time.Duration // how long the rate stays halved; default 5 min
	Creep      time.Duration // how long it takes to come back; default 5 min
}

const (
	maxWait     = 8 * time.Second  // for a token: far below a payout's claim
	slotLease   = 75 * time.Second // longer than the waits before a call and the call
	slotPoll    = 15 * time.Millisecond
	subjectPoll = 40 * time.Millisecond
	redisLimit  = 2 * time.Second
	// Of a limit this much is used, in thousandths: what is left is for calls that bunch on their way, by 21 ms in a second.
	headroom = 979
	// What is committed before a call takes time: its instant is later by this than its place in the bucket, so that also the
	// first of many come in time. It is the same for all, since the bucket of all spaces them together.
	lead = 100 * time.Millisecond
	// How far ahead of now places are given, when a call counts as late, and when it is too late to leave. The first, the last
	// and lead are less than a second together, so that a late call's further place is in each second that the call is too many in.
	ahead     = 300 * time.Millisecond
	lateAfter = 5 * time.Millisecond
	tooLate   = 300 * time.Millisecond
	period    = 100 // seconds: GCRA counts whole calls, and of a limit we want hundredths
)

// Shared is the Gate of all processes at one Redis.
type Shared struct {
	o       Options
	redis   *redis.Client
	offset  offset
	turn    chan struct{} // held by the one of this process that asks for a slot
	next    chan struct{} // held by the one of this process that asks for a place
	freed   chan struct{} // a slot of this process was given back
	mu      sync.Mutex
	owed    []*token  // released while Redis was away
	resumes time.Time // when the pause ends that this process has heard of
}

// New makes a limiter; Close ends it. Code LIMITS_INVALID.
func New(o Options) (*Shared, error) {
	o.Limits = o.Limits.OrDefaults(o.Mode)
	if o.Lease == 0 {
		o.Lease = slotLease
	}
	if err := o.Limits.check(); err != nil {
		return nil, err
	}
	for set, standard := range map[*time.Duration]time.Duration{&o.Brake.FirstPause: time.Second, &o.Brake.MaxPause: time.Minute,
		&o.Brake.Hold: 5 * time.Minute, &o.Brake.Creep: 5 * time.Minute} {
		if *set == 0 {
			*set = standard
		}
	}
	client, err := connect(o.Redis, redisLimit)
	if err != nil {
		return nil, err
	}
	return &Shared{o: o, redis: client, turn: make(chan struct{}, 1), next: make(chan struct{}, 1), freed: make(chan struct{}, 1)}, nil
}

// connect makes a client whose every step takes no longer than limit.
func connect(address string, limit time.Duration) (*redis.Client, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.MaxRetries = limit, limit, limit, 1
	options.ContextTimeoutEnabled, options.DisableIdentity = true, true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}

// For gives a limiter for another account at the rail: it counts apart from this one and all others, over the same
// connections, which this one ends. Limits that are not set have the default of the mode. Code LIMITS_INVALID.
func (s *Shared) For(account, mode string, limits Limits) (*Shared, error) {
	o := s.o
	o.Mode, o.Account, o.Limits = mode, account, limits.OrDefaults(mode)
	if err := o.Limits.check(); err != nil {
		return nil, err
	}
	return &Shared{o: o, redis: s.redis, turn: make(chan struct{}, 1), next: make(chan struct{}, 1), freed: make(chan struct{}, 1)}, nil
}

// Close ends the connections.
func (s *Shared) Close() { _ = s.redis.Close() }

func (s *Shared) key(parts string) string {
	scope := s.o.Mode
	if s.o.Account != "" {
		scope += ":" + s.o.Account
	}
	return "{tributary:limit:" + scope + "}:" + parts
}

// Take implements Gate.
func (s *Shared) Take(ctx context.Context, e Endpoint, subject string) (Token, error) {
	t := &token{gate: s, endpoint: e, subject: subject, holder: rand.Text()}
	deadline := s.o.Now().Add(maxWait)
	factor, err := s.enter(ctx, t, deadline)
	if err != nil {
		return nil, err
	}
	t.factor = factor
	if t.at, err = s.reserve(ctx, e, factor, deadline); err != nil {
		t.Release()
		return nil, err
	}
	return t, nil
}

// enter waits until there is no pause, a slot is free and the subject is nobody else's, and gives what the brake leaves of
// the rate. In a process one asks at a time, so that waiting costs Redis little.
func (s *Shared) enter(ctx context.Context, t *token, deadline time.Time) (int64, error) {
	for {
		if err := s.wait(ctx, deadline, s.turn, 0); err != nil {
			return 0, err
		}
		s.giveBackOwed(ctx)
		verdict, pause, factor, err := s.tryEnter(ctx, t, deadline)
		<-s.turn
		switch {
		case err != nil || verdict == entered:
			return factor, err
		case verdict == isPaused && s.o.Now().Add(pause).After(deadline):
			return 0, &Busy{After: pause}
		case verdict == subjectHeld:
			pause = subjectPoll
		}
		if err := s.wait(ctx, deadline, nil, pause); err != nil {
			return 0, err
		}
	}
}

// tryEnter asks until the answer is anything but that all slots are taken.
func (s *Shared) tryEnter(ctx context.Context, t *token, deadline time.Time) (verdict int64, pause time.Duration, factor int64, err error) {
	slots, hasSubject := s.o.Limits.InFlight, "0"
	if t.endpoint == Reads {
		slots = 0
	}
	if t.subject != "" {
		hasSubject = "1"
	}
	for {
		answer, err := enter.Run(ctx, s.redis, []string{s.key("brake"), s.key("slots"), s.key("subject:" + t.subject)}, t.holder, slots,
			s.o.Lease.Milliseconds(), hasSubject, s.o.Brake.Hold.Milliseconds(), s.o.Brake.Creep.Milliseconds()).Int64Slice()
		if err != nil || len(answer) != 3 {
			return 0, 0, 0, s.away(ctx, err)
		}
		verdict, pause, factor = answer[0], time.Duration(answer[1])*time.Millisecond, answer[2]
		if verdict == isPaused {
			s.heard(pause)
		}
		if verdict != isFull {
			return verdict, pause, factor, nil
		}
		timer := time.NewTimer(slotPoll)
		select {
		case <-s.freed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return 0, 0, 0, ctx.Err()
		}
		if s.o.Now().After(deadline) {
			return 0, 0, 0, &Busy{After: time.Second}
		}
	}
}

// wait waits for room in a channel, or without one for a while, and no longer than the deadline.
func (s *Shared) wait(ctx context.Context, deadline time.Time, room chan<- struct{}, while time.Duration) error {
	left := deadline.Sub(s.o.Now())
	if room == nil && while < left {
		left = while
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	if room == nil && s.o.Now().Before(deadline) {
		return nil
	}
	return &Busy{After: time.Second}
}

// reserve waits until the endpoint's own bucket and that of all calls have a place, and gives the instant at which the call may
// leave: the later of the two places. In a process one asks at a time, so that waiting costs Redis little.
func (s *Shared) reserve(ctx context.Context, e Endpoint, factor int64, deadline time.Time) (time.Time, error) {
	if err := s.wait(ctx, deadline, s.next, 0); err != nil {
		return time.Time{}, err
	}
	defer func() { <-s.next }()
	var at time.Time
	for _, b := range s.rows(e, factor) {
		from, err := s.await(ctx, b, deadline)
		if err != nil {
			return at, err
		}
		if from.After(at) {
			at = from
		}
	}
	return at.Add(lead), nil
}

// row is places one step apart, kept in a bucket.
type row struct {
	name string
	rate int // calls per period
}

func (b row) step() time.Duration { return period * time.Second / time.Duration(b.rate) }

func (s *Shared) rows(e Endpoint, factor int64) [2]row {
	rate := func(perSecond int) int { return max(1, int(int64(perSecond)*period*headroom/1000*factor/1000)) }
	return [2]row{{string(e), rate(s.o.Limits.of(e))}, {"all", rate(s.o.Limits.Global)}}
}

func (s *Shared) await(ctx context.Context, b row, deadline time.Time) (time.Time, error) {
	for {
		from, after, err := s.place(ctx, b, ahead)
		if err != nil || after == 0 {
			return from, err
		}
		if err := s.wait(ctx, deadline, nil, after); err != nil {
			return from, err
		}
	}
}

// place takes the next place of a bucket unless it is further ahead than horizon: then it tells when it will not be.
func (s *Shared) place(ctx context.Context, b row, horizon time.Duration) (from time.Time, after time.Duration, err error) {
	at := &stamped{Client: s.redis, offset: &s.offset, now: s.o.Now}
	limit := redis_rate.Limit{Rate: b.rate, Period: period * time.Second, Burst: 1 + int(horizon/b.step())}
	result, err := redis_rate.NewLimiter(at).Allow(ctx, s.key(b.name), limit)
	switch {
	case err != nil:
		return from, 0, s.away(ctx, err)
	case result.Allowed == 0:
		return from, max(result.RetryAfter, time.Millisecond), nil
	}
	return s.offset.here(s.o.Now(), at.ranAt.Add(max(0, result.ResetAfter-b.step()))), 0, nil
}

// takePlaces takes one more place of the endpoint, for a call that left at another's.
func (s *Shared) takePlaces(ctx context.Context, e Endpoint, factor int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisLimit)
	defer cancel()
	for _, b := range s.rows(e, factor) {
		if _, _, err := s.place(ctx, b, maxWait); err != nil {
			s.o.Log.Warn("a call that left late is not counted twice", "error", err)
		}
	}
}

// Pushback implements Gate.
func (s *Shared) Pushback(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisLimit)
	defer cancel()
	b, jitter := s.o.Brake, mathrand.IntN(1001)
	pause, err := push.Run(ctx, s.redis, []string{s.key("brake")}, b.FirstPause.Milliseconds(), b.MaxPause.Milliseconds(), jitter,
		b.Hold.Milliseconds(), b.Creep.Milliseconds()).Int64()
	if err != nil {
		pause = b.FirstPause.Milliseconds() // whoever asks for a token now is refused anyway; this process also holds what it has
		s.o.Log.Error("the pause is not shared", "error", err)
	}
	s.heard(time.Duration(pause) * time.Millisecond)
	s.o.Log.Warn("the rail refuses calls for its limits: all pause", "reason", reason, "milliseconds", pause)
}

func (s *Shared) heard(pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.o.Now().Add(pause); until.After(s.resumes) {
		s.resumes = until
	}
}

// pausedFor gives how long the pause lasts that this process has heard of.
func (s *Shared) pausedFor() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resumes.Sub(s.o.Now())
}

func (s *Shared) away(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrAway.Because(err)
}
