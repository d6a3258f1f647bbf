// Package mail owns the mails the system writes: their rows, their words, and how they reach a mail server.
//
// It does not own when one is written or to whom: services write a Letter in the transaction of what it tells of. It does not
// own the tokens in them: whoever makes a token keeps its hash.
//
// Invariants: a mail is written if and only if its transaction commits; it is sent at least once (a process that dies after
// the server took it sends it again, under the same Message-ID) and never after what it asks for has ended; what it says is
// sealed until it is sent, and then removed; no name in it can add a header or a line. It alone writes mails.
package mail
