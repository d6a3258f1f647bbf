-- +goose Up
CREATE TABLE audit_blocks (
  number BIGINT NOT NULL,
  prev_hash BINARY(32) NOT NULL,
  hash BINARY(32) NOT NULL,
  entry_count INT NOT NULL,
  sealed_at DATETIME(6) NOT NULL,
  PRIMARY KEY (number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
