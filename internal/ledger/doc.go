// Package ledger owns the double entry: journals, their entries, and the cached balances.
//
// It does not own why money moves (commission and payout decide that) nor the commission lines, which are the
// sub-ledger: they carry the id of their journal.
//
// Invariants: insert only; a journal has a unique business key and at least two entries that sum to zero; a balance
// equals the sum of its entries. It alone writes journals, ledger_entries and ledger_balances.
package ledger
