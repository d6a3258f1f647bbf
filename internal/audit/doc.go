// Package audit owns what becomes of the audit log once it is written: it seals entries into a chain of blocks, proves the chain,
// and shows a merchant its own.
//
// It does not own what is noted: package models writes the entries, with the changes and in their transaction, so that no service
// can forget one.
//
// Invariants: an entry is never changed but for the block that it is sealed in, once; blocks are numbered without a gap, each with the
// hash of the one before; neither is ever deleted.
package audit
