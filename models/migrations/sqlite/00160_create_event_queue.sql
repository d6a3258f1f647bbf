-- +goose Up
CREATE TABLE event_queue (
  seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  program_id BLOB NOT NULL,
  id BLOB NOT NULL,
  type TEXT NOT NULL,
  enrollment_id BLOB,
  occurred_at DATETIME NOT NULL,
  data TEXT NOT NULL
);
CREATE INDEX event_queue_program ON event_queue (program_id);
