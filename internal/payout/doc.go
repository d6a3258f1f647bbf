// Package payout owns paying partners: payout accounts, batches, payouts, their attempts, and reconciliation.
//
// It does not own what is payable (commission closes periods, ledger holds balances) nor how a rail is spoken to: it
// defines the Rail it needs.
//
// Invariants: amount and destination are frozen when a batch is planned, and reserved in the ledger in the same
// transaction; an amount is the balance, or the part of the latest period's lines that a debt may not take, once; an attempt is committed before its call leaves and no call happens inside a transaction; a call whose
// outcome is not known leaves the payout UNKNOWN, which releases nothing; the idempotency key is derived from payout
// and generation, and a new generation is opened only after a definitive refusal, or by two people; no state changes but
// by a rule of the machine, with its journal. It alone writes stripe_credentials, payout_accounts, payout_batches, payouts, payout_attempts,
// payout_decisions, payout_stops, recon_runs, recon_findings and stripe_events.
package payout
