-- +goose Up
CREATE TABLE audit_blocks (
  number INTEGER NOT NULL,
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  entry_count INTEGER NOT NULL,
  sealed_at DATETIME NOT NULL,
  PRIMARY KEY (number)
) WITHOUT ROWID;
