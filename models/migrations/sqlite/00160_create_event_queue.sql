-- +goose Up
CREATE TABLE event_queue (
  program_id BLOB NOT NULL,
  id BLOB NOT NULL,
  type TEXT NOT NULL,
  enrollment_id BLOB,
  occurred_at DATETIME NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (program_id, id)
) WITHOUT ROWID;
