-- +goose Up
CREATE TABLE outbox (
  id BINARY(16) NOT NULL,
  task VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id BINARY(16) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  ring_at DATETIME(6) NOT NULL,
  rings INT NOT NULL,
  PRIMARY KEY (id),
  KEY outbox_due (ring_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
