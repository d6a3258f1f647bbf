// Package access owns who is calling and what they may do: logins, passwords, sessions and their tokens, API keys, roles
// and scopes, and the memory of mutations already answered.
//
// It does not own the decision inside a domain ("is this my link?"): each service asks the Caller it is given in
// its first line. It does not own transport: headers are read in graph.
//
// Invariants: secrets are stored only as hashes; the tenant comes from the credential, never from an argument; the
// zero Caller may do nothing. It alone writes users, sessions, refresh_tokens, email_proofs, staff, api_keys,
// staff_invites, partner_invites' use, and idempotency_keys.
package access
