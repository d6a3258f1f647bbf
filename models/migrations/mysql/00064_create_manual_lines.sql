-- +goose Up
CREATE TABLE manual_lines (
  commission_id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  reverses_id BINARY(16),
  reason VARCHAR(200) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  PRIMARY KEY (commission_id),
  UNIQUE KEY manual_lines_reverses (reverses_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
