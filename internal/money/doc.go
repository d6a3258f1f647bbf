// Package money owns amounts: integer minor units with their ISO 4217 currency, rates in parts per million,
// rounding, splitting, and conversion by an exact rate.
//
// It does not own which currency a program uses, nor any fee or commission rule. It is pure: no clock, no I/O.
//
// Invariants: no float anywhere; arithmetic that would overflow is an error, never a wrapped number; there is one
// rounding rule, half to even (MulDivHalfEven); a split always sums to its whole.
package money
