-- +goose Up
CREATE TABLE stalled_conversions (
  root_id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  plan_version_id BINARY(16) NOT NULL,
  rule_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(500) NOT NULL,
  stalled_at DATETIME(6) NOT NULL,
  PRIMARY KEY (root_id),
  KEY stalled_conversions_listed (program_id, root_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
