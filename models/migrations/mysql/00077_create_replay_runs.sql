-- +goose Up
CREATE TABLE replay_runs (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  period_id BINARY(16) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  started_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6) NOT NULL,
  line_count BIGINT NOT NULL,
  conversions BIGINT NOT NULL,
  differences BIGINT NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  stored_minor BIGINT NOT NULL,
  recomputed_minor BIGINT NOT NULL,
  detail MEDIUMTEXT NOT NULL,
  PRIMARY KEY (id),
  KEY replay_runs_listed (period_id, id),
  KEY replay_runs_due (program_id, period_id, started_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
