-- +goose Up
CREATE TABLE cap_counters (
  program_id BLOB NOT NULL,
  id BLOB NOT NULL,
  cap TEXT NOT NULL,
  owner_id BLOB NOT NULL,
  group_code TEXT NOT NULL,
  interval_key TEXT NOT NULL,
  used_minor INTEGER NOT NULL,
  used_count INTEGER NOT NULL,
  PRIMARY KEY (program_id, id)
) WITHOUT ROWID;
