// Package stripeconnect owns how Stripe Connect is spoken to: it implements payout.Rail and reads Stripe's webhooks.
//
// It does not own what is to be paid or what an outcome means for a payout (payout does). It is the only importer of
// stripe-go.
//
// Invariants: every call passes the gate, and a write leaves only with a token that was taken for it; writes are never
// retried by the SDK and always carry a key of ours; nothing goes to another host than the configured one; no redirect is followed, because a
// redirected POST would come back as a success that never was; an answer counts as paid only when it names a transfer
// with exactly the amount, currency, destination, group and mode that were asked for; an error that is not understood is
// an unknown outcome.
package stripeconnect
