-- +goose Up
CREATE TABLE mails (
  id BLOB NOT NULL,
  recipient TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  tries INTEGER NOT NULL,
  next_try_at DATETIME NOT NULL,
  use_before DATETIME,
  sealed BLOB NOT NULL,
  created_at DATETIME NOT NULL,
  sent_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX mails_created ON mails (created_at, state);
