// Package notify owns the event log of every program, the endpoints that are told of it, and the deliveries to them.
//
// It does not own what an event means: services emit theirs in the transaction that changes the state.
//
// Invariants: an event is committed with the change it tells of, or neither is; numbers of a program's log begin with 1,
// have no gaps and never change; what is numbered later was committed no earlier than the last numbering before it; only
// numbered events are seen; a delivery is made with the move of its endpoint's cursor, and no call is made inside a transaction;
// a call goes to no private address that was not allowed. It alone writes event_queue, events, event_counters,
// webhook_endpoints and webhook_deliveries.
package notify
