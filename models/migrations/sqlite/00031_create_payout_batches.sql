-- +goose Up
CREATE TABLE payout_batches (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  period_id BLOB NOT NULL,
  run INTEGER NOT NULL,
  currency TEXT NOT NULL,
  state TEXT NOT NULL,
  pause_reason TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  total_minor INTEGER NOT NULL,
  payout_count INTEGER NOT NULL,
  maker TEXT NOT NULL,
  approver TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  approved_at DATETIME,
  started_at DATETIME,
  closed_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX payout_batches_run ON payout_batches (period_id, run);
CREATE INDEX payout_batches_listed ON payout_batches (program_id, id);
CREATE INDEX payout_batches_state ON payout_batches (state, id);
