// Package models owns what is in the database: one struct per table, opening a database, transactions with
// their retries, bulk inserts, keyset pages, the entries of the audit log, and the versioned migrations of both dialects.
//
// It does not own rules: every table has exactly one service package that writes it, and queries live beside
// the rule that needs them.
//
// Invariants: money is an int64 of minor units beside its currency; instants are UTC with microseconds; ids are
// UUIDv7 made before the insert; nothing is written outside InTx, and nothing that is audited without a note of who did it;
// structs and both migration folders agree. Package audit seals the entries; the rest of that table is written here alone.
package models
