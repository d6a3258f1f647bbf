package limiter

import "github.com/redis/go-redis/v9"

// Redis's own clock in milliseconds, and what the brake leaves of the rate, in thousandths: base for as long as hold, then
// linearly up to all of it over creep.
const luaBrake = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function factor(hold, creep)
  local base, since = redis.call("HGET", KEYS[1], "base"), redis.call("HGET", KEYS[1], "since")
  if not base or not since then return 1000 end
  local over = now - tonumber(since) - hold
  if over <= 0 then return tonumber(base) end
  return math.min(1000, math.floor(tonumber(base) + (1000 - tonumber(base)) * over / creep))
end
local function paused()
  return math.max(0, tonumber(redis.call("HGET", KEYS[1], "pause_until") or "0") - now)
end
`

// enter takes a slot and the subject's lock, both or none, unless there is a pause. It answers what came of it, how
// long the pause lasts in milliseconds, and the factor.
// KEYS brake, slots, subject; ARGV holder, slots (0: none needed), lease, whether there is a subject, hold, creep.
var enter = redis.NewScript(luaBrake + `
local pause, f = paused(), factor(tonumber(ARGV[5]), tonumber(ARGV[6]))
if pause > 0 then return {1, pause, f} end
local cap = tonumber(ARGV[2])
if cap > 0 then
  redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", now)
  if redis.call("ZCARD", KEYS[2]) >= cap then return {2, 0, f} end
  if ARGV[4] == "1" and not redis.call("SET", KEYS[3], ARGV[1], "NX", "PX", ARGV[3]) then return {3, 0, f} end
  redis.call("ZADD", KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
  redis.call("PEXPIRE", KEYS[2], ARGV[3])
end
return {0, 0, f}
`)

// The answers of enter.
const (
	entered     = 0
	isPaused    = 1
	isFull      = 2
	subjectHeld = 3
)

// leave gives back a slot and the subject's lock, if they are still the holder's.
// KEYS slots, subject; ARGV holder.
var leave = redis.NewScript(`
redis.call("ZREM", KEYS[1], ARGV[1])
if redis.call("GET", KEYS[2]) == ARGV[1] then redis.call("DEL", KEYS[2]) end
return 0
`)

// push starts a pause, twice as long as the one before it, and halves the rate. While a pause lasts it changes nothing: what
// was under way when it began is refused too, and says nothing new. It answers how long the pause lasts in milliseconds.
// KEYS brake; ARGV first pause, longest, jitter in thousandths, hold, creep.
var push = redis.NewScript(luaBrake + `
local pause = paused()
if pause > 0 then return pause end
local hold, creep = tonumber(ARGV[4]), tonumber(ARGV[5])
local f = factor(hold, creep)
local strikes = 0
if f < 1000 then strikes = tonumber(redis.call("HGET", KEYS[1], "strikes") or "0") end
pause = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 2 ^ math.min(strikes, 30))
pause = math.floor(pause / 2 + pause / 2 * tonumber(ARGV[3]) / 1000)
redis.call("HSET", KEYS[1], "pause_until", now + pause, "strikes", strikes + 1, "base", math.max(100, math.floor(f / 2)), "since", now + pause)
redis.call("PEXPIRE", KEYS[1], pause + hold + creep)
return pause
`)

// chargePoints takes points from all the buckets, or from none where one has too few. It answers how long that one needs, in
// milliseconds, and what is left in each. Buckets are in thousandths of a point: so many flow back in whole milliseconds.
// KEYS buckets; ARGV points (less than 0 gives back), and for each bucket the most it holds and what flows back a second.
var chargePoints = redis.NewScript(`
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local points, wait, left = tonumber(ARGV[1]) * 1000, 0, {}
for i, key in ipairs(KEYS) do
  local most, rate = tonumber(ARGV[2 * i]) * 1000, tonumber(ARGV[2 * i + 1])
  left[i] = most
  local before = redis.call("HMGET", key, "left", "at")
  if before[1] and before[2] then
    left[i] = math.min(most, tonumber(before[1]) + math.max(0, now - tonumber(before[2])) * rate)
  end
  if points > left[i] then wait = math.max(wait, math.ceil((points - left[i]) / rate)) end
end
local answer = {wait}
for i, key in ipairs(KEYS) do
  local most, rate = tonumber(ARGV[2 * i]) * 1000, tonumber(ARGV[2 * i + 1])
  if wait == 0 then
    left[i] = math.min(most, left[i] - points)
    redis.call("HSET", key, "left", string.format("%.0f", left[i]), "at", string.format("%.0f", now))
    redis.call("PEXPIRE", key, math.ceil((most - left[i]) / rate) + 1000)
  end
  answer[i + 1] = math.floor(left[i] / 1000)
end
return answer
`)
