-- +goose Up
CREATE TABLE refresh_tokens (
  token_hash BLOB NOT NULL,
  session_id BLOB NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME,
  PRIMARY KEY (token_hash)
) WITHOUT ROWID;
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
