-- +goose Up
CREATE TABLE outbox (
  id BLOB NOT NULL,
  task TEXT NOT NULL,
  subject_id BLOB NOT NULL,
  created_at DATETIME NOT NULL,
  ring_at DATETIME NOT NULL,
  rings INTEGER NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (ring_at);
