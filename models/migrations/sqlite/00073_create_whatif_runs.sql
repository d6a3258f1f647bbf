-- +goose Up
CREATE TABLE whatif_runs (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  state TEXT NOT NULL,
  plan_source TEXT NOT NULL,
  plan_hash BLOB NOT NULL,
  starts_at DATETIME NOT NULL,
  ends_at DATETIME NOT NULL,
  currency TEXT NOT NULL,
  actor TEXT NOT NULL,
  requested_at DATETIME NOT NULL,
  attempts INTEGER NOT NULL,
  claimed_at DATETIME,
  progress_at DATETIME,
  finished_at DATETIME,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  conversions INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  actual_minor INTEGER NOT NULL,
  draft_minor INTEGER NOT NULL,
  settled BOOLEAN NOT NULL,
  detail TEXT NOT NULL,
  error_message TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX whatif_runs_listed ON whatif_runs (program_id, id);
