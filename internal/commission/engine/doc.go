// Package engine owns what a conversion earns: the plan as people write it, its compiled form, and the pure function
// from (plan, case) to shares with their trace, with everything that follows from them: corrections, caps, and what is
// settled when a period closes. It also owns the examples and the analysis that a plan must pass.
//
// It does not own storage, time, or ids: callers read the facts and keep the lines. The same functions serve accrual,
// explanation, what-if, replay and the examples of a plan file.
//
// Invariants: nothing here reads a clock, a file or a database; the same plan and case give the same shares; a compiled
// plan does not change, so any number of goroutines may use one; amounts are integers of the smallest unit, rounded half
// to even line by line, and no line is paid twice for one reason.
package engine
