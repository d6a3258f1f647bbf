-- +goose Up
CREATE TABLE periods (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  period_key VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  starts_at DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NOT NULL,
  state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  line_count BIGINT NOT NULL,
  closed_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY periods_key (program_id, period_key),
  KEY periods_due (state, ends_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
