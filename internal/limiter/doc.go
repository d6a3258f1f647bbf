// Package limiter owns how fast and how many at once the calls to a rail may leave, over all processes together: its
// state is in Redis, under keys that carry the mode (live or test) and, where there are several, the account at the rail.
//
// It does not own the calls, nor what an answer means: whoever sends takes a token before each call, waits for its
// instant, spends it on one call, and gives it back. It knows no payout and no Stripe.
//
// How it works. A bucket per endpoint and one for all (GCRA, by Redis's clock) gives each token an instant at which its
// call may leave, one interval after the one before it, so that what the sender does before that instant costs nothing.
// A call that leaves later than that counts twice, at its place and where it left, so that no second has more calls than the
// limit however senders are held up; one that is much too late takes another instant. A slot per write bounds how many are under way
// at once, and a lock per subject keeps two writes from one destination; both have a lease, for the dead. When the rail
// says "too many", everybody pauses (jittered, doubling up to a minute), and goes on at half the rate for some
// minutes, which then creeps up again.
//
// An emptied Redis has forgotten what was given: once, as many calls as were under way may come on top of the limits.
//
// Points limits what is asked of our own API in the same Redis: leaky buckets of points, by caller and by tenant. It waits for
// nobody, and fails open: while Redis is away, each process counts for itself.
//
// Invariants of the calls to a rail: fails closed: no Redis, no token; every wait is bounded; a token is good for one call.
package limiter
