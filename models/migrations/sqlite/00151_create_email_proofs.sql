-- +goose Up
CREATE TABLE email_proofs (
  purpose TEXT NOT NULL,
  subject BLOB NOT NULL,
  user_id BLOB,
  email TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  asked_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME,
  PRIMARY KEY (purpose, subject)
) WITHOUT ROWID;
CREATE UNIQUE INDEX email_proofs_token ON email_proofs (token_hash);
CREATE INDEX email_proofs_expires ON email_proofs (expires_at);
