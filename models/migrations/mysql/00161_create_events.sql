-- +goose Up
CREATE TABLE events (
  program_id BINARY(16) NOT NULL,
  number BIGINT NOT NULL,
  id BINARY(16) NOT NULL,
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enrollment_id BINARY(16),
  occurred_at DATETIME(6) NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (program_id, number),
  UNIQUE KEY events_id (id),
  KEY events_enrollment (enrollment_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
