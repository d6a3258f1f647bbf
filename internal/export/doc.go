// Package export makes files of what a period of a program holds: conversions, commission lines, payouts or statements, as
// CSV.
//
// It owns the exports and the parts of their files; what it lists it only reads. Invariants: a part of a file and how far
// the records were read are one transaction, so that a file that was left in the middle goes on without a row twice; memory
// does not grow with the file; a file is at most MaxBytes and gone KeptFor after it was made; who has the address of a file,
// which is signed and soon ends, needs no credential.
package export
