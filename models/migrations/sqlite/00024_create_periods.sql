-- +goose Up
CREATE TABLE periods (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  period_key TEXT NOT NULL,
  starts_at DATETIME NOT NULL,
  ends_at DATETIME NOT NULL,
  state TEXT NOT NULL,
  line_count INTEGER NOT NULL,
  closed_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX periods_key ON periods (program_id, period_key);
CREATE INDEX periods_due ON periods (state, ends_at);
