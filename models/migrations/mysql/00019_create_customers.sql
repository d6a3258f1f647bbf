-- +goose Up
CREATE TABLE customers (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  external_id VARCHAR(190) NOT NULL,
  enrollment_id BINARY(16),
  bound_at DATETIME(6),
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY customers_external (program_id, external_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
