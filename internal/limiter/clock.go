package limiter

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// offset is how far Redis's clock is ahead of this process's, as far as the answers tell: each says that Redis's time lay
// between asking and hearing. So an instant is the same in all processes, however late its answer came.
type offset struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration
}

func (o *offset) observe(redis, asked, heard time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	least, most := redis.Sub(heard), redis.Sub(asked)
	if !o.known {
		o.ahead, o.known = least, true
	}
	o.ahead = min(max(o.ahead, least), most)
}

// here gives an instant of Redis's clock on this process's.
func (o *offset) here(now, redis time.Time) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return now.Add(redis.Sub(now) - o.ahead) // keeps the reading of the monotonic clock
}

// stamped runs scripts together with TIME, so that it is known when they ran.
type stamped struct {
	*redis.Client
	offset *offset
	now    func() time.Time
	ranAt  time.Time
}

// EvalSha implements what redis_rate asks for.
func (s *stamped) EvalSha(ctx context.Context, hash string, keys []string, args ...any) *redis.Cmd {
	return s.run(ctx, func(p redis.Pipeliner) *redis.Cmd { return p.EvalSha(ctx, hash, keys, args...) })
}

// Eval implements what redis_rate asks for, where Redis does not know the script yet.
func (s *stamped) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return s.run(ctx, func(p redis.Pipeliner) *redis.Cmd { return p.Eval(ctx, script, keys, args...) })
}

func (s *stamped) run(ctx context.Context, add func(redis.Pipeliner) *redis.Cmd) *redis.Cmd {
	pipe := s.TxPipeline()
	answer, at := add(pipe), pipe.Time(ctx)
	asked := s.now()
	if _, err := pipe.Exec(ctx); err != nil {
		if answer.Err() == nil {
			answer.SetErr(err)
		}
		return answer
	}
	s.ranAt = at.Val()
	s.offset.observe(s.ranAt, asked, s.now())
	return answer
}
