-- +goose Up
CREATE TABLE event_counters (
  program_id BLOB NOT NULL,
  last_number INTEGER NOT NULL,
  PRIMARY KEY (program_id)
) WITHOUT ROWID;
