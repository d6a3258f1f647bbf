// Package workers owns when things happen: the names and options of every task, the schedule, the outbox that turns
// committed requests into tasks, and the server that runs them.
//
// It does not own what a task does: a handler decodes an id, calls a service, and maps the error.
//
// Invariants: the database holds the work and Redis only rings the bell, so an emptied Redis loses nothing; every
// handler may run twice and at the same time as itself; a payload holds ids only.
package workers
