-- +goose Up
CREATE TABLE stalled_conversions (
  root_id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  plan_version_id BLOB NOT NULL,
  rule_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  stalled_at DATETIME NOT NULL,
  PRIMARY KEY (root_id)
) WITHOUT ROWID;
CREATE INDEX stalled_conversions_listed ON stalled_conversions (program_id, root_id);
