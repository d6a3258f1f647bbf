-- +goose Up
CREATE TABLE replay_runs (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  period_id BLOB NOT NULL,
  actor TEXT NOT NULL,
  started_at DATETIME NOT NULL,
  finished_at DATETIME NOT NULL,
  line_count INTEGER NOT NULL,
  conversions INTEGER NOT NULL,
  differences INTEGER NOT NULL,
  currency TEXT NOT NULL,
  stored_minor INTEGER NOT NULL,
  recomputed_minor INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX replay_runs_listed ON replay_runs (period_id, id);
CREATE INDEX replay_runs_due ON replay_runs (program_id, period_id, started_at);
