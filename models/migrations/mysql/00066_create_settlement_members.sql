-- +goose Up
CREATE TABLE settlement_members (
  period_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  group_code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  inactive BOOLEAN NOT NULL,
  PRIMARY KEY (period_id, enrollment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
