package limiter

import "time"

// localBucket is a bucket of this process alone, for as long as Redis is away.
type localBucket struct {
	left int64 // in thousandths of a point
	at   time.Time
}

// chargeHere does what chargePoints does.
func (p *Points) chargeHere(buckets []bucket, points int) PointsLeft {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, need, wait := p.now(), 1000*int64(points), int64(0)
	left := make([]int64, len(buckets))
	for i, b := range buckets {
		left[i] = 1000 * int64(b.Most)
		if before, ok := p.local.Get(b.key); ok {
			left[i] = min(left[i], before.left+max(0, now.Sub(before.at).Milliseconds())*int64(b.PerSecond))
		}
		if short := need - left[i]; short > 0 {
			wait = max(wait, (short+int64(b.PerSecond)-1)/int64(b.PerSecond))
		}
	}
	whole := make([]int64, len(buckets))
	for i, b := range buckets {
		if wait == 0 {
			left[i] = min(1000*int64(b.Most), left[i]-need)
			p.local.Add(b.key, localBucket{left: left[i], at: now})
		}
		whole[i] = left[i] / 1000
	}
	return leastOf(buckets, whole, wait)
}
