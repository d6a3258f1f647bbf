// Package stripesim owns a stand-in for Stripe Connect over HTTP: accounts with a transfers capability, account links,
// transfers against a platform balance, listing, reversals, idempotency keys, limits, and signed webhooks, in the shapes of
// API version 2023-10-16; and a script of what is to go wrong. docs/stripesim.md says all of it.
//
// It does not own anything of ours: it imports none of our packages and knows no payout. It is not Stripe: identity
// checks, charges, and fees are left out.
//
// Invariants: no transfer without the capability and the balance; one transfer per idempotency key for 24 hours of its
// clock; what was funded equals what is left plus what the accounts hold and sent to their banks; state is on disk before an
// answer leaves, when a state file is set.
package stripesim

// APIVersion is the Stripe API version whose shapes are spoken.
const APIVersion = "2023-10-16"
