-- +goose Up
CREATE TABLE exports (
  id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  period_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  actor TEXT NOT NULL,
  requested_at DATETIME NOT NULL,
  attempts INTEGER NOT NULL,
  claimed_at DATETIME,
  progress_at DATETIME,
  finished_at DATETIME,
  expires_at DATETIME,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  byte_count INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  place TEXT NOT NULL,
  prune_at DATETIME,
  error_message TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX exports_listed ON exports (program_id, id);
CREATE INDEX exports_prune ON exports (prune_at);
