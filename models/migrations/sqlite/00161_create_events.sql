-- +goose Up
CREATE TABLE events (
  program_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  id BLOB NOT NULL,
  type TEXT NOT NULL,
  enrollment_id BLOB,
  occurred_at DATETIME NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (program_id, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_id ON events (id);
CREATE INDEX events_enrollment ON events (enrollment_id, number);
