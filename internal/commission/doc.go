// Package commission owns what a conversion earns: the plan and its pure engine, the immutable lines, the settlement
// periods with their statements, and the work that turns the accrual queue into lines.
//
// It does not own attribution (tracking), the tree's edges (tree), or what happens to money once it is payable (payout).
//
// Invariants: the engine is pure; a line is never updated or deleted and is born with its period; a line enters a
// period only if the period is still open when the transaction ends; lines and their journal are one transaction, so
// are a period's close and its statements; a what-if and a replay write nothing but their own results, and a preview of
// another sponsor nothing. It alone writes plan_versions, periods, commissions, statements, whatif_runs, whatif_partners
// and replay_runs, and takes from accrual_queue.
package commission
