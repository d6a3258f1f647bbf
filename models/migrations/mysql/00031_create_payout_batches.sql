-- +goose Up
CREATE TABLE payout_batches (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  period_id BINARY(16) NOT NULL,
  run INT NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pause_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content_hash BINARY(32) NOT NULL,
  total_minor BIGINT NOT NULL,
  payout_count INT NOT NULL,
  maker VARCHAR(100) NOT NULL,
  approver VARCHAR(100) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  approved_at DATETIME(6),
  started_at DATETIME(6),
  closed_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY payout_batches_run (period_id, run),
  KEY payout_batches_listed (program_id, id),
  KEY payout_batches_state (state, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
