package limiter

import (
	"context"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"

	"tributary/internal/fault"
)

// Allowance is how many points a bucket holds when it is full, and how many flow back into it a second.
type Allowance struct{ Most, PerSecond int }

// DefaultAllowance is that of one caller.
var DefaultAllowance = Allowance{Most: 2_000, PerSecond: 100}

const (
	tenantShare   = 5         // a tenant has as many times what one of its callers has
	leastPoints   = 1_000     // so that no single request is dearer than a full bucket
	mostPoints    = 1_000_000 // of a bucket, and a second
	pointsLimit   = 250 * time.Millisecond
	pointsRetry   = time.Second // for so long Redis is not asked again after it did not answer
	localBuckets  = 10_000      // kept by one process while Redis is away; the least recently used goes first
	pointsKeySlot = "{tributary:points:"
)

// ErrAllowance is returned for an allowance that cannot be.
var ErrAllowance = fault.New(fault.Invalid, "API_POINTS_INVALID", "the API's points are 1000 to 1000000, and 1 to 1000000 a second")

// OrDefaults fills what is not set.
func (a Allowance) OrDefaults() Allowance {
	if a.Most == 0 {
		a.Most = DefaultAllowance.Most
	}
	if a.PerSecond == 0 {
		a.PerSecond = DefaultAllowance.PerSecond
	}
	return a
}

// Check refuses an allowance outside the limits. Code API_POINTS_INVALID.
func (a Allowance) Check() error {
	if a.Most < leastPoints || a.Most > mostPoints || a.PerSecond < 1 || a.PerSecond > mostPoints {
		return ErrAllowance
	}
	return nil
}

func (a Allowance) times(n int) Allowance {
	return Allowance{Most: a.Most * n, PerSecond: a.PerSecond * n}
}

// Points limits what is asked of the API: each caller and each tenant has a leaky bucket that all processes share. Unlike
// Shared it fails open: while Redis is away, each process counts for itself.
type Points struct {
	redis   *redis.Client
	each    Allowance
	now     func() time.Time
	log     *slog.Logger
	mu      sync.Mutex
	resumes time.Time // when Redis is asked again
	local   *lru.Cache[string, localBucket]
}

// PointsLeft is the fullness of the emptier of the buckets that were charged, and of the caller's where both are alike.
type PointsLeft struct {
	Allowance
	Left int
	Wait time.Duration // until there is enough for what was refused; 0 when it was granted
}

// NewPoints makes the limit of the API; Close ends it. Code API_POINTS_INVALID.
func NewPoints(address string, each Allowance, now func() time.Time, log *slog.Logger) (*Points, error) {
	each = each.OrDefaults()
	if err := each.Check(); err != nil {
		return nil, err
	}
	client, err := connect(address, pointsLimit)
	if err != nil {
		return nil, err
	}
	local, err := lru.New[string, localBucket](localBuckets)
	if err != nil {
		return nil, err
	}
	return &Points{redis: client, each: each, now: now, log: log, local: local}, nil
}

// Close ends the connections.
func (p *Points) Close() { _ = p.redis.Close() }

// bucket is one that is charged, by its key in Redis.
type bucket struct {
	key string
	Allowance
}

// Charge takes points from the buckets of the caller and of its tenant, if it has one: from both or from neither. Less than
// none gives back; no bucket overflows.
func (p *Points) Charge(ctx context.Context, caller, tenant string, points int) PointsLeft {
	slot := tenant
	if slot == "" {
		slot = caller
	}
	buckets := []bucket{{pointsKeySlot + slot + "}:by:" + caller, p.each}}
	if tenant != "" {
		buckets = append(buckets, bucket{pointsKeySlot + slot + "}:all", p.each.times(tenantShare)})
	}
	if p.mayAsk() {
		left, err := p.charge(ctx, buckets, points)
		if err == nil {
			return left
		}
		p.away(ctx, err)
	}
	return p.chargeHere(buckets, points)
}

func (p *Points) charge(ctx context.Context, buckets []bucket, points int) (PointsLeft, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pointsLimit)
	defer cancel()
	keys, args := make([]string, len(buckets)), []any{points}
	for i, b := range buckets {
		keys[i], args = b.key, append(args, b.Most, b.PerSecond)
	}
	answer, err := chargePoints.Run(ctx, p.redis, keys, args...).Int64Slice()
	if err != nil {
		return PointsLeft{}, err
	}
	return leastOf(buckets, answer[1:], answer[0]), nil
}

// leastOf tells of the bucket that is emptiest, and of the wait in milliseconds.
func leastOf(buckets []bucket, left []int64, wait int64) PointsLeft {
	least := 0
	for i := range buckets {
		if left[i] < left[least] {
			least = i
		}
	}
	return PointsLeft{Allowance: buckets[least].Allowance, Left: int(left[least]), Wait: time.Duration(wait) * time.Millisecond}
}

func (p *Points) mayAsk() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.now().Before(p.resumes)
}

func (p *Points) away(ctx context.Context, err error) {
	p.mu.Lock()
	p.resumes = p.now().Add(pointsRetry)
	p.mu.Unlock()
	p.log.WarnContext(ctx, "Redis does not answer: this process counts the API's points for itself", "error", err)
}
