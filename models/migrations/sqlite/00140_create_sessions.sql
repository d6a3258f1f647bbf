-- +goose Up
CREATE TABLE sessions (
  id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  merchant_id BLOB,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  used_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  confirmed_at DATETIME,
  ended_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, used_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);
