-- +goose Up
CREATE TABLE event_queue (
  seq BIGINT NOT NULL AUTO_INCREMENT,
  program_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enrollment_id BINARY(16),
  occurred_at DATETIME(6) NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (seq),
  KEY event_queue_program (program_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
