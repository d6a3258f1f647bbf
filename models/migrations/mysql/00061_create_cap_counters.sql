-- +goose Up
CREATE TABLE cap_counters (
  program_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  cap VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner_id BINARY(16) NOT NULL,
  group_code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  interval_key VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  used_minor BIGINT NOT NULL,
  used_count BIGINT NOT NULL,
  PRIMARY KEY (program_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
