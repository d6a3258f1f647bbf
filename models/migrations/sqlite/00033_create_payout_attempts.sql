-- +goose Up
CREATE TABLE payout_attempts (
  id BLOB NOT NULL,
  payout_id BLOB NOT NULL,
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  idem_key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  sent_at DATETIME NOT NULL,
  finished_at DATETIME,
  outcome TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  replayed BOOLEAN NOT NULL,
  error_code TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX payout_attempts_seq ON payout_attempts (payout_id, generation, seq);
