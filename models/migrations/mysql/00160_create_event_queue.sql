-- +goose Up
CREATE TABLE event_queue (
  program_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enrollment_id BINARY(16),
  occurred_at DATETIME(6) NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (program_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
